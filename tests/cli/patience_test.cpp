// SPDX-License-Identifier: Apache-2.0
#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

/// A network that learns nothing, so that its inner score cannot rise.
constexpr const char* idle =
    "--set train.select=inner --set train.inner_share=0.3 --set train.patience=2 "
    "--set train.optimiser.learning_rate=0";

DOCTEST_TEST_SUITE("cli/patience") {
  DOCTEST_TEST_CASE("a run whose inner score does not rise stops, is finished, and says so in its report") {
    const BlobFolder folder(40);
    const fs::path out = folder.train("run", idle);
    const Table journal = read_table(out / "journal.csv");
    DOCTEST_CHECK(journal.text(journal.rows() - 1, "step") == "15");
    DOCTEST_CHECK(has(text_of(out / "log.txt"), "stopped after step 15 of 40"));
    const std::string page = text_of(out / "report.html");
    DOCTEST_CHECK(has(page, "Stopped early"));
    DOCTEST_CHECK(has(page, "after step 15: "));
    DOCTEST_CHECK(fs::exists(out / "validation" / "summary.json"));
    const std::string line = "train " + folder.config().string() + " --out " + out.string() + " " + idle;
    expect(run(line + " --resume"), 0, {"already finished"});
  }

  DOCTEST_TEST_CASE("a comparison shows the steps that its networks really took") {
    const BlobFolder folder(40);
    const fs::path out = folder / "compared";
    expect(run("compare " + folder.config().string() + " --fold 0 --no-controls " + idle + " --out " +
               out.string()),
           0, {"stopped after step 15 of 40"});
    const Table arms = read_table(out / "arms.tsv");
    DOCTEST_CHECK(arms.text(0, "steps") == "15");
    DOCTEST_CHECK(has(text_of(out / "comparison.json"), "train.patience"));
  }

  DOCTEST_TEST_CASE("patience without anybody who chooses the weights is refused") {
    const BlobFolder folder;
    expect(run("train " + folder.config().string() + " --out " + (folder / "out").string() +
               " --set train.patience=2"),
           3, {"train.patience", "select: final", "select: inner"});
    DOCTEST_CHECK_FALSE(fs::exists(folder / "out"));
  }
}

}  // namespace
}  // namespace tazuna::testing
