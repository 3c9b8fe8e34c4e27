// SPDX-License-Identifier: Apache-2.0
#include "infer/scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "core/text.hpp"
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
    for (const char* name : {"cases.tsv", "means.tsv", "summary.json"})
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

  DOCTEST_TEST_CASE("sessions of one person stay together in the intervals, folds or not") {
    const ScratchFolder folder;
    std::vector<CaseScore> rows;
    ScoreNotes notes;
    for (int person = 0; person < 6; ++person) {
      for (int session = 0; session < 3; ++session) {
        const std::string id = cat("sub-", person, "_ses-", session);
        rows.push_back(
            {id, "t", "x", {{"dice", 0.1 * person + 0.001 * session}, {"tp", 5}, {"fp", 1}, {"fn", 2}}});
        notes.persons[id] = cat("sub-", person);
      }
    }
    const MeanInterval together = mean_scores(rows, notes).front().over_cases;
    const MeanInterval apart = mean_scores(rows).front().over_cases;
    DOCTEST_CHECK(together.n == 18);
    DOCTEST_CHECK(together.persons == 6);
    DOCTEST_CHECK(apart.persons == 18);
    DOCTEST_CHECK(together.mean == doctest::Approx(apart.mean));
    DOCTEST_CHECK(together.high - together.low > 1.4 * (apart.high - apart.low));
    write_scores(folder.path(), rows, notes);
    std::ranges::reverse(rows);
    write_scores(folder.path() / "reversed", rows, notes);
    for (const char* name : {"cases.tsv", "means.tsv", "summary.json"})
      DOCTEST_CHECK(read_text(folder.path() / name) == read_text(folder.path() / "reversed" / name));
  }

  DOCTEST_TEST_CASE("scores of subject tasks are read back, and the summary repeats them") {
    const ScratchFolder folder;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    write_scores(folder.path(), {});
    DOCTEST_CHECK_FALSE(Json::parse(read_text(folder.path() / "summary.json")).contains("subject_tasks"));
    write_task_scores(folder.path(),
                      {{"grade", {{"auc", 0.75, 0.5, 0.875, 12, 11}, {"ppv", nan, nan, nan, 12, 11}}},
                       {"age", {{"mae_years", 6.1, 5, 7, 9, 9}}}});
    const auto scores = read_task_scores(folder.path() / "task_scores.tsv");
    DOCTEST_REQUIRE(scores.at("grade").size() == 2);
    DOCTEST_CHECK(scores.at("grade")[0].metric == "auc");
    DOCTEST_CHECK(scores.at("grade")[0].high == 0.875);
    DOCTEST_CHECK(scores.at("grade")[0].persons == 11);
    DOCTEST_CHECK(std::isnan(scores.at("grade")[1].value));
    DOCTEST_CHECK(scores.at("age")[0].value == 6.1);
    write_scores(folder.path(), {{"a", "t", "x", {{"dice", 0.5}}}});
    const Json summary = Json::parse(read_text(folder.path() / "summary.json"));
    DOCTEST_CHECK(summary["subject_tasks"]["grade"]["auc"]["value"] == 0.75);
    DOCTEST_CHECK(summary["subject_tasks"]["grade"]["ppv"]["low"].is_null());
    DOCTEST_CHECK(summary["subject_tasks"]["age"]["mae_years"]["n"] == 9);
    DOCTEST_CHECK(summary["mean"]["x"]["Dice"] == 0.5);
  }

  DOCTEST_TEST_CASE("means.tsv holds what the summary says, and reads back the same") {
    const ScratchFolder folder;
    const double nan = std::numeric_limits<double>::quiet_NaN(),
                 inf = std::numeric_limits<double>::infinity();
    ScoreNotes notes;
    notes.labels = {{"t", {{"x", 3}}}};
    notes.failed = {{"z", "no file"}};
    const std::vector<CaseScore> rows{
        {"a", "t", "x", {{"dice", 0.25}, {"hd95_mm", inf}, {"tp", 6}, {"fp", 4}, {"fn", 0}}},
        {"b", "t", "x", {{"dice", 0.75}, {"hd95_mm", 2}, {"tp", 2}, {"fp", 0}, {"fn", 1}}},
        {"c", "t", "x", {{"dice", nan}, {"hd95_mm", nan}, {"tp", 0}, {"fp", 0}, {"fn", 0}}},
        {"z", "t", "x", {{"dice", nan}, {"hd95_mm", nan}, {"tp", nan}, {"fp", nan}, {"fn", nan}}}};
    write_scores(folder.path(), rows, notes);
    const Json summary = Json::parse(read_text(folder.path() / "summary.json"));
    const std::vector<MeanScore> means = read_means(folder.path() / "means.tsv");
    DOCTEST_REQUIRE(means.size() == 5);
    DOCTEST_CHECK(means[0].metric == "dice");
    DOCTEST_CHECK(means[0].over_cases.mean == 0.5);
    DOCTEST_CHECK(means[0].over_cases.n == 2);
    DOCTEST_CHECK(means[0].over_cases.undefined == 1);
    DOCTEST_CHECK(means[1].over_cases.infinite == 1);
    DOCTEST_CHECK(std::isnan(means[1].over_cases.low));
    const Json dice = summary["intervals"]["3"]["Dice"];
    DOCTEST_CHECK(dice["mean"] == summary["mean"]["3"]["Dice"]);
    DOCTEST_CHECK(dice["low"] == means[0].over_cases.low);
    DOCTEST_CHECK(dice["high"] == means[0].over_cases.high);
    DOCTEST_CHECK(dice["persons"] == 2);
    DOCTEST_CHECK(summary["intervals"]["3"]["HD95"]["high"].is_null());
    DOCTEST_CHECK(summary["mean"]["3"]["n_pred"].get<double>() == doctest::Approx(4));
    DOCTEST_CHECK(summary["metric_per_case"][0]["metrics"]["3"]["n_pred"] == 10);
    DOCTEST_CHECK(summary["metric_per_case"].size() == 3);
    DOCTEST_CHECK(summary["foreground_mean"]["Dice"] == 0.5);
  }
}

}  // namespace
}  // namespace tazuna
