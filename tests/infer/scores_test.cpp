// SPDX-License-Identifier: Apache-2.0
#include "infer/scores.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using Json = nlohmann::json;

DOCTEST_TEST_SUITE("infer/scores") {
  DOCTEST_TEST_CASE("rows that were written are read back, sorted by case") {
    const ScratchFolder folder;
    const double nan = std::numeric_limits<double>::quiet_NaN(),
                 inf = std::numeric_limits<double>::infinity();
    write_scores(folder.path(),
                 {{"b", "t", "x", {{"dice", 0.1}, {"hd95_mm", inf}}}, {"a", "t", "x", {{"dice", nan}}}});
    const std::vector<CaseScore> rows = read_scores(folder.path() / "cases.tsv");
    DOCTEST_REQUIRE(rows.size() == 2);
    DOCTEST_CHECK(rows[0].case_id == "a");
    DOCTEST_CHECK(std::isnan(rows[0].metrics[0].second));
    DOCTEST_CHECK(rows[1].metrics[0].second == 0.1);
    DOCTEST_CHECK(rows[1].metrics[1].second == inf);
  }

  DOCTEST_TEST_CASE("pooling folds gives the tables of all rows at once") {
    const ScratchFolder folder;
    const CaseScore a{"a", "t", "x", {{"dice", 0.25}}}, b{"b", "t", "x", {{"dice", 0.75}}};
    write_scores(folder.path() / "0", {b});
    write_scores(folder.path() / "1", {a});
    std::vector<CaseScore> pooled = read_scores(folder.path() / "0" / "cases.tsv");
    for (const CaseScore& row : read_scores(folder.path() / "1" / "cases.tsv")) pooled.push_back(row);
    write_scores(folder.path() / "pooled", pooled);
    write_scores(folder.path() / "once", {a, b});
    for (const char* name : {"cases.tsv", "summary.json"})
      DOCTEST_CHECK(read_text(folder.path() / "pooled" / name) == read_text(folder.path() / "once" / name));
  }

  DOCTEST_TEST_CASE("labels of several tasks do not meet in the summary") {
    const ScratchFolder folder;
    ScoreNotes notes;
    notes.labels = {{"one", {{"x", 1}}}, {"two", {{"x", 1}}}};
    write_scores(folder.path(), {{"a", "one", "x", {{"dice", 0.25}}}, {"a", "two", "x", {{"dice", 0.75}}}},
                 notes);
    const Json summary = Json::parse(read_text(folder.path() / "summary.json"));
    DOCTEST_CHECK(summary["mean"]["one.1"]["Dice"] == 0.25);
    DOCTEST_CHECK(summary["mean"]["two.1"]["Dice"] == 0.75);
    DOCTEST_CHECK(summary["metric_per_case"].size() == 1);
  }
}

}  // namespace
}  // namespace tazuna
