// SPDX-License-Identifier: Apache-2.0
#include "report/page.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <fstream>

#include "core/random.hpp"
#include "core/text.hpp"
#include "report/tables_shown.hpp"
#include "tests/python.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr const char* header =
    "case\ttask\tstructure\tdice\thd95_mm\tnsd\tvolume_error_mm3\tvolume_error_percent\tpredicted_mm3\t"
    "reference_mm3\n";

/// A report on `cases` of random scores, with a picture of the first.
Report made_report(const std::vector<std::string>& cases, const std::vector<std::string>& structures,
                   const std::string& task = "t") {
  Report report;
  report.title = "A cohort";
  report.lead = "What was done.";
  report.cases_file = "validation/cases.tsv";
  report.means_file = "validation/means.tsv";
  Random random({"page"});
  report.cases = Table(split_text(trimmed(header), '\t'));
  for (const std::string& name : cases) {
    for (const std::string& structure : structures) {
      const double truth = random.uniform(900, 1100), answer = random.uniform(900, 1100);
      report.cases.add({name, task, structure, random.uniform(), random.uniform(0, 9), random.uniform(),
                        answer - truth, 100 * (answer - truth) / truth, answer, truth});
    }
  }
  const auto count = static_cast<int64_t>(cases.size());
  for (const std::string& structure : structures)
    for (const char* metric : {"dice", "hd95_mm", "nsd", "volume_error_mm3"})
      report.means.push_back({task, structure, metric, {0.5, 0.4, 0.6, count, count, 0, 0}});
  report.curves = {{"Training loss", "loss", {{"fold 0", {1, 2, 3}, {3, 2, std::nan("")}}}, false},
                   {"Held-out Dice", "Dice", {{"fold 0", {1, 3}, {0.5, 0.7}}}, true}};
  CaseVolumes volumes;
  volumes.image.voxels = at::arange(1000, at::kFloat).view({1, 10, 10, 10});
  volumes.image.geometry.size = {10, 10, 10};
  volumes.reference = at::zeros({10, 10, 10}, at::kInt);
  volumes.reference.narrow(0, 3, 4).narrow(1, 3, 4).narrow(2, 3, 4).fill_(1);
  volumes.predicted = volumes.reference;
  volumes.structures = {{structures.front(), 1}};
  report.examples = {{"worst of 1", cases.front(), task, structures, "T1w", draw_case(volumes, 10000), ""},
                     {"best of 1", cases.back(), task, structures, "T1w", {}, "the image was moved <away>"}};
  report.facts = {{"Trained on", "160 cases"}};
  report.environment = {{"Program", "tazuna"}};
  report.limits = {"Research use only."};
  return report;
}

void expect_sound(const Report& report) {
  const ScratchFolder folder;
  const auto file = folder.path() / "report.html";
  std::ofstream(file, std::ios::binary) << page(report);
  run_python("report/golden/check_page.py", {file});
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

DOCTEST_TEST_SUITE("report/page") {
  DOCTEST_TEST_CASE("a page is sound markup, fetches nothing and shows no number as a computer writes none") {
    expect_sound(made_report({"sub-01", "sub-02", "sub-03", "sub-04", "sub-05"}, {"left", "right"}));
  }

  DOCTEST_TEST_CASE("names with letters of markup stay names") {
    const std::string evil = "<b>&\"'><script>alert(1)</script>";
    Report report = made_report({evil, "b"}, {evil + "s"}, evil + "t");
    report.title = report.lead = report.limits[0] = report.facts[0].value = report.facts[0].name = evil;
    report.curves[0].title = report.curves[0].curves[0].name = report.curves[0].y_name = evil;
    report.examples[0].sequence = evil;
    const std::string text = page(report);
    DOCTEST_CHECK_FALSE(has(text, "<script>alert"));
    DOCTEST_CHECK_FALSE(has(text, "<b>&\""));
    DOCTEST_CHECK(has(text, "&lt;b&gt;&amp;&quot;&#39;&gt;&lt;script&gt;"));
    expect_sound(report);
  }

  DOCTEST_TEST_CASE("undefined and infinite scores are said in words, in means and in rows") {
    Report report = made_report({"a"}, {"lesion"});
    const double nan = std::nan(""), inf = HUGE_VAL;
    report.cases.add({"b", "t", "lesion", nan, nan, nan, nan, nan, nan, nan});
    report.cases.add({"c", "t", "lesion", 0.0, inf, 0.0, -1000.0, -100.0, 0.0, 1000.0});
    report.means = {{"t", "lesion", "dice", {nan, nan, nan, 0, 0, 3, 0}},
                    {"t", "lesion", "hd95_mm", {2, nan, nan, 1, 1, 1, 1}}};
    const std::string text = page(report);
    DOCTEST_CHECK(has(text, "not defined"));
    DOCTEST_CHECK(has(text, ">∞</td>"));
    DOCTEST_CHECK(has(text, "n 1, 1 undefined, 1 infinite"));
    expect_sound(report);
  }

  DOCTEST_TEST_CASE("every number of the table of cases stands exactly in the page") {
    const Report report = made_report({"sub-01", "sub-02", "sub-03"}, {"left", "right"});
    const std::string table = cases_table(report, 100);
    for (size_t row = 0; row < report.cases.rows(); ++row)
      for (const char* column :
           {"dice", "hd95_mm", "nsd", "volume_error_percent", "predicted_mm3", "reference_mm3"})
        DOCTEST_CHECK(has(table, cat("data-value=\"", number_text(report.cases.number(row, column)), "\"")));
  }

  DOCTEST_TEST_CASE("of too many rows those of lowest Dice are shown, in the order of the file") {
    Report report = made_report({"z", "y"}, {"s"});
    report.cases = Table(split_text(trimmed(header), '\t'));
    for (const auto& [name, dice] : std::vector<std::pair<std::string, double>>{
             {"c1", 0.9}, {"c2", 0.1}, {"c3", std::nan("")}, {"c4", 0.2}})
      report.cases.add({name, "t", "s", dice, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0});
    const std::string table = cases_table(report, 2);
    DOCTEST_CHECK(has(table, ">c2<"));
    DOCTEST_CHECK(has(table, ">c4<"));
    DOCTEST_CHECK(table.find(">c2<") < table.find(">c4<"));
    DOCTEST_CHECK_FALSE(has(table, ">c1<"));
    DOCTEST_CHECK_FALSE(has(table, ">c3<"));
  }

  DOCTEST_TEST_CASE("answers about people held aside stand on the page without any structure as well") {
    Report report;
    report.title = "answers";
    AnsweredTask age{.name = "age", .unit = "years"};
    age.answerers = {Answerer{.answers = {{"a", "a", 40, 43.5}}}};
    age.scores = {{"age", "-", "mae_years", {3.5, 1, 6, 1, 1, 0, 0}}};
    age.scores_file = "held_aside/task_scores.tsv";
    report.aside_answered = {age};
    const std::string text = page(report);
    DOCTEST_CHECK(has(text, "People held aside"));
    DOCTEST_CHECK(has(text, "data-value=\"3.5\""));
    DOCTEST_CHECK(has(text, "by the final weights (held_aside/task_scores.tsv)"));
    expect_sound(report);
  }

  DOCTEST_TEST_CASE("a report of nothing is a page that says so") {
    Report report;
    report.title = "empty";
    report.no_scores = "There are no scores yet.";
    const std::string text = page(report);
    DOCTEST_CHECK(has(text, "There are no scores yet."));
    DOCTEST_CHECK(has(text, "The run has no journal yet."));
    DOCTEST_CHECK_FALSE(has(text, "href=\"#cases\""));
    expect_sound(report);
  }

  DOCTEST_TEST_CASE("a held-out curve says that it chose nothing, a training curve does not") {
    const std::string text = page(made_report({"a"}, {"s"}));
    const size_t training = text.find("<b>Training loss</b>"), held_out = text.find("<b>Held-out Dice</b>");
    DOCTEST_REQUIRE(training != std::string::npos);
    DOCTEST_REQUIRE(held_out != std::string::npos);
    DOCTEST_CHECK(has(text.substr(held_out, 60), "Display only"));
    DOCTEST_CHECK_FALSE(has(text.substr(training, 60), "Display only"));
  }

  DOCTEST_TEST_CASE("of many structures the mean, the lowest and the highest have a tile") {
    std::vector<std::string> structures;
    for (int i = 0; i < 12; ++i) structures.push_back(cat("structure", i));
    Report report = made_report({"a", "b"}, structures);
    for (MeanRow& row : report.means) {
      if (row.metric != "dice") continue;
      row.over_cases.mean = row.structure == "structure3" ? 0.1 : row.structure == "structure7" ? 0.9 : 0.5;
    }
    const std::string text = page(report);
    const std::string tiles = text.substr(text.find("class=\"tiles\""), 2000);
    DOCTEST_CHECK(has(tiles, "Mean of 12 structures"));
    DOCTEST_CHECK(has(tiles, "structure3</h3>"));
    DOCTEST_CHECK(has(tiles, "structure7</h3>"));
    DOCTEST_CHECK_FALSE(has(tiles, "structure5</h3>"));
  }

  DOCTEST_TEST_CASE("a page of a thousand cases and four structures stays below ten megabytes") {
    std::vector<std::string> cases;
    for (int i = 0; i < 1000; ++i) cases.push_back(cat("sub-", i));
    DOCTEST_CHECK(page(made_report(cases, {"a", "b", "c", "d"})).size() < 10'000'000);
  }
}

}  // namespace
}  // namespace tazuna
