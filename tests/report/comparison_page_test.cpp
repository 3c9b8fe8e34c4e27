// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_page.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <fstream>

#include "report/comparison_tables.hpp"
#include "report/style.hpp"
#include "tests/python.hpp"
#include "tests/report/comparison_example.hpp"
#include "tests/report/svg_places.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr const char* evil = "<b>&\"'><script>alert(1)</script>";

Table cases_of(int count) {
  Table table({"case", "person", "task", "structure", "dice", "hd95_mm", "predicted_mm3", "reference_mm3"});
  Random random({"cases", count});
  for (int i = 0; i < count; ++i)
    table.add({cat("sub-", i), cat("sub-", i), "lesion", "core", random.uniform(), random.uniform(0, 9),
               random.uniform(900, 1100), random.uniform(900, 1100)});
  return table;
}

/// Two boxes of an image, of which the second speaks for the answer.
SaliencyMap made_map(const std::string& case_id) {
  Volume image;
  image.geometry.size = {8, 8, 8};
  image.voxels = at::arange(512, at::kFloat).view({1, 8, 8, 8});
  SaliencyMap map{.task = "grade",
                  .role = "worst of 30",
                  .case_id = case_id,
                  .truth = "II",
                  .answer = "III",
                  .measure = "log-odds of III",
                  .sequence = "T1w"};
  const std::vector<BoxChange> changes{{{{0, 0, 0}, {4, 8, 8}}, 0.25}, {{{4, 0, 0}, {8, 8, 8}}, -1.5}};
  map.boxes = changes.size();
  map.greatest = greatest_change(changes);
  map.planes = draw_changes(image, changes, map.measure);
  return map;
}

/// A comparison with something in every section.
Comparison full_comparison(int cases) {
  Comparison comparison = made_comparison();
  comparison.arm_table = read_table(
      "arm\tkind\ttasks\tseeds\tfolds\tsteps\tparameters\tgflop_per_step\tminutes\tfolder\tnote\n"
      "joint\tnetwork\tlesion,grade,age\t2\t3\t800\t1234567\t12.5\t17.25\tarms/joint-1\tall tasks\n"
      "volumes\tcontrol\tgrade,age\t1\t3\tn/a\tn/a\tn/a\tn/a\tn/a\tridge\n",
      '\t', "arms.tsv");
  comparison.flow = read_table(
      "fold\tpart\tcases\tpersons\tage\n0\ttrain\t40\t38\tmean 45.2, sd 12.1, 18 to "
      "71\n0\theld_out\t20\t19\tmean 40\n",
      '\t', "flow.tsv");
  comparison.scores = {{"lesion", "core", "dice", {0.7125, 0.65, 0.75, cases, cases, 0, 0}, "joint", 0.0125},
                       {"lesion", "core", "dice", {0.6975, 0.64, 0.74, cases, cases, 0, 0}, "lesion"},
                       {"lesion", "core", "hd95_mm", {4.5, 4, 5, cases - 1, cases, 0, 1}, "joint"}};
  comparison.pairs = {made_pair("lesion", "core", "dice", "joint", "lesion", -0.0125, 0.0625),
                      made_pair("grade", "-", "auc", "joint", "grade", 0.0625, 0.125),
                      made_pair("age", "-", "mae_years", "joint", "age", -0.5, 0.25),
                      made_pair("grade", "-", "auc", "joint", "volumes", -0.25, 0.25)};
  Table differences(
      {"task", "structure", "metric", "arm", "reference", "case", "person", "arm_value", "reference_value"});
  Random random({"differences"});
  for (int i = 0; i < cases; ++i) {
    const std::string name = cat("sub-", i);
    differences.add(
        {"lesion", "core", "dice", "joint", "lesion", name, name, random.uniform(), random.uniform()});
    differences.add(
        {"age", "-", "mae_years", "joint", "age", name, name, random.uniform(), random.uniform()});
  }
  comparison.differences = differences;
  comparison.cases = {{"joint", cases_of(cases)}, {"lesion", cases_of(cases)}};
  comparison.answered = {made_task(comparison, "grade", {"II", "III"}, cases),
                         made_task(comparison, "age", {}, cases)};
  comparison.curves = {{"Training loss of lesion",
                        "loss",
                        {{"joint", {1, 2}, {3, 2}, 0}, {"joint", {1, 2}, {4, 2}, 0}},
                        false,
                        "Source: arms/*/seed_*/fold_*/journal.csv (lesion_loss)"}};
  comparison.examples = {{"worst of 20", "sub-1", "lesion", {"core"}, "T1w", {}, "the image was moved"}};
  comparison.occlusion = read_table(
      "arm\tseed\tfold\tcase\tperson\ttask\tanswer\tanswer_occluded\tp_II\tp_III\tp_occluded_II\tp_occluded_"
      "III\n"
      "joint\t0\t0\tsub-0\tsub-0\tgrade\tII\tIII\t0.9\t0.1\t0.4\t0.6\n"
      "joint\t0\t0\tsub-1\tsub-1\tgrade\tIII\tIII\t0.1\t0.9\t0.1\t0.9\n"
      "joint\t0\t0\tsub-0\tsub-0\tage\t40\t42\tn/a\tn/a\tn/a\tn/a\n",
      '\t', "occlusion.tsv");
  comparison.saliency = {made_map("sub-1")};
  comparison.aside.scores = {{"lesion", "core", "dice", {0.6125, 0.5, 0.75, 7, 7, 0, 0}, "joint", 0.0125}};
  comparison.aside.pairs = {made_pair("grade", "-", "auc", "joint", "grade", -0.0625, 0.1875)};
  comparison.aside.answered = {made_task(comparison, "grade", {"II", "III"}, 7)};
  return comparison;
}

void expect_sound(const Comparison& comparison) {
  const ScratchFolder folder;
  const auto file = folder.path() / "report.html";
  std::ofstream(file, std::ios::binary) << comparison_page(comparison);
  run_python("report/golden/check_page.py", {file});
}

DOCTEST_TEST_SUITE("report/comparison_page") {
  DOCTEST_TEST_CASE("a page of everything is sound markup that fetches nothing") {
    expect_sound(full_comparison(30));
  }

  DOCTEST_TEST_CASE("a page of nothing is sound and says that nothing can be said") {
    const Comparison nothing;
    DOCTEST_CHECK(count(comparison_page(nothing), "cannot be said here") == 1);
    expect_sound(nothing);
  }

  DOCTEST_TEST_CASE("the sections stand in their order, what was found first") {
    const std::string text = comparison_page(full_comparison(30));
    size_t before = 0;
    for (const char* id :
         {"summary", "people", "arms", "structures", "answers", "differences", "pairs", "answered", "volumes",
          "curves", "pictures", "occlusion", "saliency", "aside", "limits", "environment"}) {
      const size_t at = text.find(cat("<h2 id=\"", id, "\">"));
      DOCTEST_REQUIRE_MESSAGE(at != std::string::npos, id);
      DOCTEST_CHECK_MESSAGE(at > before, id);
      before = at;
    }
    DOCTEST_CHECK(count(text, "Research use only") >= 1);
  }

  DOCTEST_TEST_CASE("every figure with numbers says which columns of which file it was drawn from") {
    const std::string text = comparison_page(full_comparison(30));
    DOCTEST_CHECK(count(text, "<figure>") > 15);
    DOCTEST_CHECK(count(text, "<figure>") + count(text, "<figure class=\"scale\">") ==
                  count(text, "<span class=\"trace\">Source: "));
    for (const char* file :
         {"comparison.tsv", "differences.tsv", "answers_grade.tsv", "answers_age.tsv", "cases.tsv",
          "journal.csv", "scores.tsv", "flow.tsv", "arms.tsv", "occlusion.tsv", "saliency.tsv",
          "held_aside/scores.tsv", "held_aside/comparison.tsv"})
      DOCTEST_CHECK_MESSAGE(count(text, file) >= 1, file);
  }

  DOCTEST_TEST_CASE("the numbers of the tables stand exactly in the page") {
    const Comparison comparison = full_comparison(30);
    const std::string text = comparison_page(comparison);
    for (const MeanRow& row : comparison.scores)
      DOCTEST_CHECK(count(text, cat("data-value=\"", number_text(row.over_cases.mean), "\"")) >= 1);
    for (const ComparedPair& pair : comparison.pairs)
      for (const double value : {pair.difference, pair.p, pair.arm_mean})
        DOCTEST_CHECK(count(text, cat("data-value=\"", number_text(value), "\"")) >= 1);
    for (const char* part : {"1\u202f234\u202f567", "17.2", "seeds ± 0.0125", "n 29, 1 infinite",
                             "mean 45.2, sd 12.1, 18 to 71", "+0.094 [+0.062, +0.125]"})
      DOCTEST_CHECK_MESSAGE(count(text, part) >= 1, part);
  }

  DOCTEST_TEST_CASE("names with letters of markup stay names") {
    Comparison comparison = full_comparison(12);
    comparison.title = comparison.lead = comparison.limits[0] = evil;
    for (ComparedArm& arm : comparison.arms) arm.name += evil;
    for (ComparedPair& pair : comparison.pairs) pair.structure = pair.arm = pair.reference = pair.task = evil;
    for (MeanRow& row : comparison.scores) {
      row.arm += evil;
      row.structure = evil;
    }
    for (AnsweredTask& task : comparison.answered) {
      task.name = evil;
      for (Answerer& one : task.answerers) one.name = evil;
      for (std::string& name : task.names) name += evil;
    }
    comparison.examples[0].case_id = comparison.examples[0].missing = evil;
    SaliencyMap& map = comparison.saliency[0];
    map.task = map.role = map.case_id = map.truth = map.answer = map.measure = map.sequence = evil;
    comparison.saliency.push_back(map);
    comparison.saliency[1].missing = evil;
    const std::string text = comparison_page(comparison);
    DOCTEST_CHECK(count(text, "<script>alert") == 0);
    DOCTEST_CHECK(count(text, "<b>&\"") == 0);
    expect_sound(comparison);
  }

  DOCTEST_TEST_CASE("occlusion counts changed answers and scores before and after against the truth") {
    Comparison comparison = full_comparison(30);  // sub-0 is II, sub-1 is III
    const std::string text = occlusion_section(comparison);
    DOCTEST_CHECK(count(text, ">1 of 2<") == 1);
    DOCTEST_CHECK(count(text, ">1.000<") == 1);
    DOCTEST_CHECK(count(text, ">0.500<") == 1);
    DOCTEST_CHECK(count(text, "by 2.00 years on average") + count(text, "by 2.0 years on average") == 1);
    comparison.occlusion = {};
    DOCTEST_CHECK(occlusion_section(comparison).empty());
  }

  DOCTEST_TEST_CASE("the number of merged cases has a column where there are any") {
    Comparison comparison = full_comparison(30);
    DOCTEST_CHECK(count(comparison_page(comparison), "Cases merged") == 0);
    comparison.pairs[1].merged = 17;
    const std::string text = comparison_page(comparison);
    DOCTEST_CHECK(count(text, ">Cases merged<") == 1);
    DOCTEST_CHECK(count(text, "data-value=\"17\"") == 1);
  }

  DOCTEST_TEST_CASE("a page of a thousand cases stays below ten megabytes") {
    DOCTEST_CHECK(comparison_page(full_comparison(1000)).size() < 10'000'000);
  }

  DOCTEST_TEST_CASE("every colour that the plots name has a value in light and in dark") {
    const std::string style(page_style());
    for (int i = 1; i <= 8; ++i) {
      DOCTEST_CHECK(count(style, cat("--c", i, ":")) == 2);
      DOCTEST_CHECK(count(style, cat(".f", i, " {")) == 1);
    }
    DOCTEST_CHECK(count(style, "http") == 0);
  }
}

}  // namespace
}  // namespace tazuna
