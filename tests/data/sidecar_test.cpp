// SPDX-License-Identifier: Apache-2.0
#include "data/sidecar.hpp"

#include "core/files.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// A dataset with sidecars; the image itself is never opened.
struct Dataset {
  void sidecar(const std::string& place, const std::string& json) {
    write_atomically(folder.path() / place, json);
  }
  std::optional<double> found() const {
    return sidecar_repetition_time(folder.path() / "sub-01/func/sub-01_task-rest_run-1_bold.nii.gz");
  }
  ScratchFolder folder;
};

}  // namespace

DOCTEST_TEST_SUITE("data/sidecar") {
  DOCTEST_TEST_CASE(
      "a sidecar describes the images that have its suffix and all its entities, from nearby first") {
    Dataset data;
    data.sidecar("dataset_description.json", "{}");
    data.sidecar("sub-01/func/sub-01_task-rest_run-1_bold.nii.gz", "");
    DOCTEST_CHECK_FALSE(data.found());
    data.sidecar("task-nback_bold.json", R"({"RepetitionTime": 9})");
    data.sidecar("task-rest_sbref.json", R"({"RepetitionTime": 9})");
    DOCTEST_CHECK_FALSE(data.found());
    data.sidecar("bold.json", R"({"RepetitionTime": 1})");
    DOCTEST_CHECK(data.found() == 1);
    data.sidecar("task-rest_bold.json", R"({"RepetitionTime": 2})");
    DOCTEST_CHECK(data.found() == 2);
    data.sidecar("sub-01/sub-01_bold.json", R"({"RepetitionTime": 3})");
    DOCTEST_CHECK(data.found() == 3);
    data.sidecar("sub-01/func/sub-01_task-rest_run-1_bold.json", R"({"TaskName": "rest"})");
    DOCTEST_CHECK(data.found() == 3);
    data.sidecar("sub-01/func/sub-01_task-rest_run-1_bold.json", R"({"RepetitionTime": 4})");
    DOCTEST_CHECK(data.found() == 4);
  }

  DOCTEST_TEST_CASE("outside of a dataset only the image's own sidecar counts") {
    Dataset data;
    data.sidecar("sub-01/func/sub-01_task-rest_run-1_bold.nii.gz", "");
    data.sidecar("sub-01/func/task-rest_bold.json", R"({"RepetitionTime": 2})");
    DOCTEST_CHECK_FALSE(data.found());
    data.sidecar("sub-01/func/sub-01_task-rest_run-1_bold.json", R"({"RepetitionTime": 0.72})");
    DOCTEST_CHECK(data.found() == 0.72);
  }

  DOCTEST_TEST_CASE("what cannot be a repetition time is refused with the file's name") {
    for (const auto& [json, part] : std::initializer_list<std::pair<const char*, const char*>>{
             {R"({"RepetitionTime": "2"})",
              "RepetitionTime is \"2\"; it must be a number of seconds above 0"},
             {R"({"RepetitionTime": 0})", "RepetitionTime is 0"},
             {R"({"RepetitionTime": [2]})", "RepetitionTime is [2]"},
             {"[2]", "it holds a list where an object is needed"},
             {"{", "this is not JSON"}}) {
      Dataset data;
      data.sidecar("sub-01/func/sub-01_task-rest_run-1_bold.json", json);
      const std::string sentence = refusal_of([&] { data.found(); });
      DOCTEST_CHECK_MESSAGE(says(sentence, part), sentence);
      DOCTEST_CHECK(says(sentence, "sub-01_task-rest_run-1_bold.json: "));
    }
  }
}
