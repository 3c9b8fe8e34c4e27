// SPDX-License-Identifier: Apache-2.0
#include "infer/met_labels.hpp"

#include <ATen/ATen.h>

#include "core/files.hpp"
#include "core/text.hpp"
#include "image/volume.hpp"
#include "infer/evaluation.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A label map whose first plane is `label`.
void write_plane(const std::filesystem::path& file, int64_t label) {
  Tensor labels = at::zeros({4, 4, 4}, at::kShort);
  labels[0].fill_(label);
  Geometry grid;
  grid.size = {4, 4, 4};
  write_labels(file, labels, grid, {});
}

/// What `evaluate` tells of the predictions and references below `folder`.
std::string told_of(const std::filesystem::path& folder) {
  Log log(Verbosity::quiet);
  std::filesystem::remove(folder / "log.txt");
  log.attach(folder / "log.txt");
  EvaluateOptions options;
  options.predictions = folder / "pred";
  options.reference = folder / "ref";
  options.out = folder / "out";
  evaluate(options, log);
  return read_text(folder / "log.txt");
}

DOCTEST_TEST_SUITE("infer/met_labels") {
  DOCTEST_TEST_CASE("labels of a map are those of its voxels, of any whole type, without 0") {
    const Tensor map = at::tensor({0, 7, 7, 0, 2, 7}, at::kInt).view({1, 2, 3});
    DOCTEST_CHECK(labels_in(map) == std::set<int64_t>{2, 7});
    DOCTEST_CHECK(labels_in(map.to(at::kByte).transpose(1, 2)) == std::set<int64_t>{2, 7});
    DOCTEST_CHECK(labels_in(at::zeros({2, 2}, at::kShort)).empty());
  }

  DOCTEST_TEST_CASE("nothing is said where a label is shared, or one side holds none") {
    DOCTEST_CHECK(nothing_in_common({1, 2}, {2, 3}) == "");
    DOCTEST_CHECK(nothing_in_common({}, {1}) == "");
    DOCTEST_CHECK(nothing_in_common({1}, {}) == "");
    DOCTEST_CHECK(
        says(nothing_in_common({1, 2, 3, 4, 5, 6, 7}, {8, 9}),
             "the predictions hold the labels 1, 2, 3, 4, 5 and 2 more, the references 8, 9: no label"));
  }

  DOCTEST_TEST_CASE("evaluate tells labels that are never shared, and predictions without a reference") {
    const ScratchFolder folder;
    for (const char* name : {"a", "b"}) write_plane(folder.path() / "ref" / cat(name, ".nii.gz"), 1);
    for (const char* name : {"a", "b"}) write_plane(folder.path() / "pred" / cat(name, ".nii.gz"), 255);
    std::string told = told_of(folder.path());
    DOCTEST_CHECK_MESSAGE(
        says(told, "the predictions hold the label 255, the references 1: no label in common"), told);
    DOCTEST_CHECK_FALSE(says(told, "no reference"));
    for (const char* name : {"b", "c"}) write_plane(folder.path() / "pred" / cat(name, ".nii.gz"), 1);
    told = told_of(folder.path());
    DOCTEST_CHECK_FALSE(says(told, "no label in common"));
    DOCTEST_CHECK_MESSAGE(says(told, "1 prediction has no reference and is not scored: c"), told);
    write_plane(folder.path() / "pred" / "d.nii.gz", 1);
    DOCTEST_CHECK(says(told_of(folder.path()), "2 predictions have no reference and are not scored: c, d"));
  }
}

}  // namespace
}  // namespace tazuna
