// SPDX-License-Identifier: Apache-2.0
// A comparison of three classes and of ordered levels, one case a person: the scores that two classes do not
// have.
#include <set>

#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

constexpr int people = 12;

/// Balls in images whose brightness goes with kind and level, so that controls answer differently for
/// different people, and the experiment that asks for both.
class Graded : public ScratchFolder {
 public:
  Graded() {
    const std::string kinds[] = {"astro", "ependy", "oligo"};
    std::string rows = "id\tT1w\tkind\tlevel\n";
    for (int i = 0; i < people; ++i) {
      const std::string name = blob_name(i);
      Image image = blob_image(i);
      const int kind = i % 3, level = i / 3;
      for (float& voxel : image.voxels)
        voxel *= 1 + 0.2F * static_cast<float>(kind == 2) + 0.1F * static_cast<float>(level);
      write_text(path() / (name + ".nii"), image.bytes());
      rows += name + "\t" + name + ".nii\t" + kinds[kind] + "\t" + std::to_string(level) + "\n";
    }
    write_text(path() / "cases.tsv", rows);
    write_text(path() / "graded.yaml",
               "data:\n  cohort: {kind: table, file: \"" + (path() / "cases.tsv").string() +
                   "\"}\n  split: {kind: kfold, folds: 2, stratify: [kind, level]}\n"
                   "input: {kind: structural, sequences: [T1w]}\n"
                   "network: {kind: residual, stages: 2, widths: [4, 8]}\n"
                   "tasks:\n"
                   "  - {name: kind, kind: classification, start: 0, target: {column: kind}}\n"
                   "  - {name: level, kind: ordinal, start: 0, target: {column: level}, cuts: ['0', '1']}\n"
                   "train: {steps: 3, batch: 2, patch: [8, 8, 8], precision: fp32, validate_every: 0}\n");
  }
  fs::path operator/(const std::string& name) const { return path() / "out" / name; }
  Finished compare() const {
    return run("compare " + (path() / "graded.yaml").string() + " --out " + (*this / "").string());
  }
};

/// What stands in a column of the rows of one task.
std::set<std::string> of_task(const fs::path& file, const std::string& task, const std::string& column) {
  const Table table = read_table(file);
  std::set<std::string> texts;
  for (size_t row = 0; row < table.rows(); ++row)
    if (table.text(row, "task") == task) texts.insert(table.text(row, column));
  return texts;
}

DOCTEST_TEST_SUITE("cli/compare_levels") {
  DOCTEST_TEST_CASE("three classes and ordered levels have the scores that scikit-learn and SciPy find") {
    const Graded folder;
    expect(folder.compare(), 0, {"the comparison is in"});
    const std::set<std::string> kinds = of_task(folder / "scores.tsv", "kind", "metric"),
                                levels = of_task(folder / "scores.tsv", "level", "metric");
    for (const char* metric : {"auc", "macro_f1", "balanced_accuracy", "accuracy"})
      DOCTEST_CHECK_MESSAGE(kinds.contains(metric), metric);
    DOCTEST_CHECK(levels == std::set<std::string>{"quadratic_kappa", "mae_levels", "accuracy", "auc_above_0",
                                                  "auc_above_1"});
    DOCTEST_CHECK(of_task(folder / "comparison.tsv", "kind", "metric") ==
                  std::set<std::string>{"accuracy", "auc_astro", "auc_ependy", "auc_oligo"});
    DOCTEST_CHECK(of_task(folder / "comparison.tsv", "level", "metric") ==
                  std::set<std::string>{"accuracy", "mae_levels", "auc_above_0", "auc_above_1"});
    DOCTEST_CHECK(of_task(folder / "scores.tsv", "level", "arm") ==
                  std::set<std::string>{"joint", "level", "intensity"});
    run_python("cli/golden/comparison.py", {folder / ""});
  }
}

}  // namespace
}  // namespace tazuna::testing
