// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include <set>

#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

constexpr const char* inner = "--set train.select=inner --set train.inner_share=0.3";

DOCTEST_TEST_SUITE("cli/inner") {
  DOCTEST_TEST_CASE(
      "people split off the training part choose the weights, and the held-out ones are scored by them") {
    const BlobFolder folder(20);
    const fs::path out = folder.train("run", inner);
    const auto parts = nlohmann::json::parse(text_of(out / "inner_split.json")).at(0);
    DOCTEST_CHECK(parts.at("train").size() == 3);
    DOCTEST_CHECK(parts.at("val").size() == 1);
    const std::string held_out = text_of(out / "validation" / "cases.tsv");
    for (const char* part : {"train", "val"})
      for (const std::string id : parts.at(part)) DOCTEST_CHECK_FALSE(has(held_out, id));
    const Table journal = read_table(out / "journal.csv");
    double best = -1;
    for (size_t row = 0; row < journal.rows(); ++row) {
      const double score = journal.number(row, "inner_score");
      if (score >= best) best = score;
    }
    DOCTEST_CHECK(best >= 0);
    const std::string log = text_of(out / "log.txt");
    DOCTEST_CHECK(has(log, "3 cases train, 1 chooses the weights, 2 are held out; "));
    DOCTEST_CHECK(has(log, "are kept: their score on the inner part is the highest"));
    expect_same_bytes(out, folder.train("again", inner));
    DOCTEST_CHECK_FALSE(fs::exists(folder.train("last") / "inner_split.json"));
  }

  DOCTEST_TEST_CASE("maps of the held-out cases are those that predict draws with the chosen weights") {
    const BlobFolder folder(20);
    const fs::path out = folder.train("run", inner);
    const Table cases = read_table(out / "validation" / "cases.tsv");
    const std::string id = cases.text(0, "case");
    const Finished done = run("predict " + out.string() + " --input " +
                              (folder.data() / "imagesTr" / (id + "_0000.nii")).string() + " --out " +
                              (folder / "predicted").string());
    DOCTEST_REQUIRE_MESSAGE(done.code == 0, done.err);
    fs::path drawn;
    for (const auto& entry : fs::directory_iterator(folder / "predicted"))
      if (has(entry.path().filename().string(), ".nii")) drawn = entry.path();
    DOCTEST_CHECK((text_of(drawn) == text_of(out / "validation" / (id + ".nii.gz"))));
  }

  DOCTEST_TEST_CASE("without validations there is nothing to choose from") {
    const BlobFolder folder;
    expect(run("train " + folder.config().string() + " --out " + (folder / "out").string() + " " + inner +
               " --set train.validate_every=0"),
           3, {"train.validate_every", "none to choose from"});
  }
}

}  // namespace
}  // namespace tazuna::testing
