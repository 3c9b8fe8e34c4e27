// SPDX-License-Identifier: Apache-2.0
#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

DOCTEST_TEST_SUITE("cli/held_aside") {
  DOCTEST_TEST_CASE("people held aside are in no fold and are scored once") {
    const BlobFolder folder;
    std::string table = "id\tT1w\tlabel\tsite\n";
    for (int i = 0; i < 6; ++i) {
      const std::string name = blob_name(i);
      table +=
          name + "\timagesTr/" + name + "_0000.nii\tlabelsTr/" + name + ".nii\t" + (i < 4 ? "A" : "B") + "\n";
    }
    write_text(folder.data() / "cases.tsv", table);
    write_text(folder.config(),
               "data:\n  cohort: {kind: table, file: \"" + (folder.data() / "cases.tsv").string() +
                   "\"}\n  split: {kind: kfold, folds: 2, hold_out: {column: site, value: B}}\n"
                   "input: {kind: structural, sequences: [T1w]}\n"
                   "network: {kind: residual, stages: 2, widths: [4, 8]}\n"
                   "tasks:\n  - {name: blob, kind: segmentation, target: {map: label, labels: {blob: 1}}}\n"
                   "train: {steps: 6, batch: 2, patch: [8, 8, 8], precision: fp32}\n");
    const fs::path out = folder.train("run");
    const Table cases = read_table(out / "held_aside" / "cases.tsv");
    DOCTEST_REQUIRE(cases.rows() == 2);
    DOCTEST_CHECK(cases.text(0, "case") == blob_name(4));
    DOCTEST_CHECK(cases.text(1, "case") == blob_name(5));
    DOCTEST_CHECK(fs::exists(out / "held_aside" / (blob_name(5) + ".nii.gz")));
    DOCTEST_CHECK_FALSE(has(text_of(out / "splits.json"), blob_name(4)));
    const std::string summary = text_of(out / "held_aside" / "summary.json");
    fs::remove(out / "held_aside" / "summary.json");
    folder.train("run", "--resume");
    DOCTEST_CHECK(text_of(out / "held_aside" / "summary.json") == summary);
    DOCTEST_CHECK(has(run("train " + folder.config().string() + " --resume --out " + out.string()).err,
                      "already finished"));
  }
}

}  // namespace
}  // namespace tazuna::testing
