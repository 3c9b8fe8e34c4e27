// SPDX-License-Identifier: Apache-2.0
#include "data/input_digest.hpp"

#include <set>

#include "core/files.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("data/input_digest") {
  DOCTEST_TEST_CASE("the digest of one file is its own, of several it hangs on each and on their order") {
    const ScratchFolder folder;
    Subject subject;
    for (const char* name : {"T1w", "FLAIR"}) {
      subject.images[name].file = folder.path() / (std::string(name) + ".nii");
      write_atomically(subject.images[name].file, std::string_view(name));
    }
    DOCTEST_CHECK(input_sha256(subject, {"T1w"}, false) == sha256(std::string_view("T1w")));
    std::set<std::string> digests{input_sha256(subject, {"T1w", "FLAIR"}, false),
                                  input_sha256(subject, {"FLAIR", "T1w"}, false),
                                  input_sha256(subject, {"T1w", "T2w"}, false)};
    write_atomically(subject.images["FLAIR"].file, std::string_view("other"));
    digests.insert(input_sha256(subject, {"T1w", "FLAIR"}, false));
    DOCTEST_CHECK(digests.size() == 4);
    subject.images["T1w"].file = folder.path() / "absent.nii";
    DOCTEST_CHECK_THROWS_WITH_AS(input_sha256(subject, {"T1w"}, false), doctest::Contains("absent.nii"),
                                 Error);
  }

  DOCTEST_TEST_CASE("of a series the repetition time in its sidecar counts, whatever else stands there") {
    const ScratchFolder folder;
    Subject subject;
    subject.images["bold"].file = folder.path() / "bold.nii";
    write_atomically(subject.images["bold"].file, std::string_view("frames"));
    const auto digest = [&](const char* sidecar, bool series = true) {
      write_atomically(folder.path() / "bold.json", std::string_view(sidecar));
      return input_sha256(subject, {"bold"}, series);
    };
    const std::string own = sha256(std::string_view("frames"));
    DOCTEST_CHECK(digest("{}") == own);
    DOCTEST_CHECK(digest(R"({"RepetitionTime": 2})", false) == own);
    const std::string two = digest(R"({"RepetitionTime": 2})");
    DOCTEST_CHECK(two != own);
    DOCTEST_CHECK(digest(R"({"RepetitionTime": 2.0, "TaskName": "rest"})") == two);
    DOCTEST_CHECK(digest(R"({"RepetitionTime": 2.01})") != two);
  }
}

}  // namespace
}  // namespace tazuna
