// SPDX-License-Identifier: Apache-2.0
#include "tables/table.hpp"
#include "tests/infer/four_cases.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

/// tiny_recipe() with a question about the whole case, for one slice of each volume along `axis`.
ModelRecipe slice_recipe(const std::string& axis, const std::string& column = "") {
  ModelRecipe recipe = tiny_recipe();
  recipe.tasks.push_back(grade_task());
  recipe.network = PlainOptions{shape_from({.widths = {4, 8},
                                            .kernels = {{1, 3, 3}, {1, 3, 3}},
                                            .strides = {{1, 1, 1}, {1, 2, 2}},
                                            .blocks = {1, 1},
                                            .decoder_blocks = {1}})};
  recipe.patch = {1, 8, 8};
  recipe.whole.multiple = {1, 2, 2};
  SliceOptions input;
  input.sequences = {"T1w"};
  input.axis = axis;
  recipe.input = input;
  recipe.preparation.slice_axis = axis;
  recipe.preparation.slice_column = column;
  if (axis == "y") recipe.preparation.arrange = {1, 0, 2};
  return recipe;
}

/// The same for series of two-second frames, seen three at a time.
ModelRecipe series_recipe() {
  ModelRecipe recipe = tiny_recipe({"bold"});
  recipe.tasks.push_back(grade_task());
  recipe.whole.multiple = {2, 2, 2};
  SeriesOptions input;
  input.sequences = {"bold"};
  input.frames = 3;
  recipe.input = input;
  recipe.preparation.frame_seconds = 2;
  return recipe;
}

void write_series(const fs::path& folder, const std::string& name, int64_t frames, const char* seconds) {
  Geometry grid;
  grid.size = {10, 8, 9};
  write_image(folder / (name + ".nii.gz"), noise({frames, 10, 8, 9}, name) + 5, grid, {});
  write_atomically(folder / (name + ".json"), cat("{\"RepetitionTime\": ", seconds, "}"));
}

DOCTEST_TEST_SUITE("infer/input_kinds") {
  DOCTEST_TEST_CASE("a slice of a volume is drawn in its place on the volume's own grid") {
    const Cohort4 cohort;
    struct Direction {
      const char* axis;
      int64_t dimension, middle;  // of [1, 10, 12, 10]
    };
    for (const Direction& along : {Direction{"z", 1, 5}, Direction{"y", 2, 6}}) {
      DOCTEST_CAPTURE(along.axis);
      save_tiny(cohort.path() / "run", slice_recipe(along.axis), 5);
      const PredictOptions options = cohort.options(along.axis);
      DOCTEST_REQUIRE(predict(options).done == 4);
      const Tensor labels = read_labels(options.out / "c1.nii.gz").volume.voxels;
      DOCTEST_CHECK(labels.sizes() == at::IntArrayRef({1, 10, 12, 10}));
      const Tensor slice = labels.select(along.dimension, along.middle);
      DOCTEST_CHECK(slice.sum().item<int64_t>() > 0);
      DOCTEST_CHECK(labels.sum().item<int64_t>() == slice.sum().item<int64_t>());
      DOCTEST_CHECK(read_table(options.out / "subjects.tsv").text(3, "grade") != "n/a");
    }
  }

  DOCTEST_TEST_CASE("the slice that a column names comes from the input's table, else its case fails") {
    const Cohort4 cohort;
    save_tiny(cohort.path() / "run", slice_recipe("z", "level"), 5);
    PredictOptions options = cohort.options("out");
    options.inputs = {cohort.path() / "cases.tsv"};
    write_atomically(
        options.inputs[0],
        std::string_view("case\tT1w\tlevel\nc1\tin/c1_0000.nii.gz\t2\nc2\tin/c2_0000.nii.gz\tn/a\n"));
    const PredictCounts counts = predict(options);
    DOCTEST_CHECK(counts.done == 1);
    DOCTEST_CHECK(counts.failed == 1);
    const Tensor labels = read_labels(options.out / "c1.nii.gz").volume.voxels;
    DOCTEST_CHECK(labels.sum().item<int64_t>() == labels.select(1, 2).sum().item<int64_t>());
    const Table status = read_table(options.out / "status.tsv");
    DOCTEST_CHECK_MESSAGE(says(status.text(1, "reason"), "level"), status.text(1, "reason"));
  }

  DOCTEST_TEST_CASE("a series is one file a case; one map is drawn on its grid, and another TR fails alone") {
    const Cohort4 cohort;
    save_tiny(cohort.path() / "run", series_recipe(), 5);
    const fs::path in = cohort.path() / "series";
    write_series(in, "a", 7, "2.0");
    write_series(in, "b", 3, "2.05");
    write_series(in, "c", 7, "3.0");
    PredictOptions options = cohort.options("out");
    options.inputs = {in};
    PredictCounts counts = predict(options);
    DOCTEST_CHECK(counts.done == 2);
    DOCTEST_CHECK(counts.failed == 1);
    for (const char* name : {"a.nii.gz", "b.nii.gz"})
      DOCTEST_CHECK(read_labels(options.out / name).volume.voxels.sizes() == at::IntArrayRef({1, 10, 8, 9}));
    const Table subjects = read_table(options.out / "subjects.tsv");
    DOCTEST_CHECK(subjects.text(0, "grade_p_II") != subjects.text(1, "grade_p_II"));
    DOCTEST_CHECK(subjects.text(2, "grade_p_II") == "n/a");
    DOCTEST_CHECK(says(read_table(options.out / "status.tsv").text(2, "reason"), "c: "));
    const auto digest_of = [&options](size_t row) {
      return read_table(options.out / "status.tsv").text(row, "input_sha256");
    };
    const std::string a = digest_of(0), b = digest_of(1);
    write_series(in, "b", 3, "2.02");
    counts = predict(options);
    DOCTEST_CHECK(counts.skipped == 1);
    DOCTEST_CHECK(counts.done == 1);
    DOCTEST_CHECK(digest_of(0) == a);
    DOCTEST_CHECK_MESSAGE(digest_of(1) != b, "the image is the same, its repetition time is another");
    const auto before = digests(options.out);
    options.overwrite = true;
    counts = predict(options);
    DOCTEST_CHECK(counts.done == 2);
    DOCTEST_CHECK(digests(options.out) == before);
  }
}

}  // namespace
}  // namespace tazuna
