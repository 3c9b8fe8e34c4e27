// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_tables.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/text.hpp"
#include "report/answer_sections.hpp"
#include "report/comparison_summary.hpp"
#include "report/frame.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/selection.hpp"
#include "report/table_markup.hpp"
#include "report/tables_shown.hpp"

namespace tazuna {
namespace {

std::string findings_list(const std::string& title, const std::vector<std::string>& findings) {
  if (findings.empty()) return "";
  std::string text = title.empty() ? "" : cat("<h3>", escaped(title), "</h3>\n");
  text += "<ul class=\"findings\">";
  for (const std::string& sentence : findings) text += cat("<li>", escaped(sentence), "</li>");
  return text + "</ul>\n";
}

/// "held_out" as people write it; "lesion,grade" with room to break the line.
std::string spaced(const std::string& text) {
  return join(split_text(text, '_'), " ");
}
std::string listed(const std::string& text) {
  return join(split_text(text, ','), ", ");
}

/// The structures of scores.tsv in its order: task and structure.
std::vector<std::pair<std::string, std::string>> structures_of(const std::vector<MeanRow>& scores) {
  std::vector<std::pair<std::string, std::string>> structures;
  for (const MeanRow& row : scores) {
    const std::pair key{row.task, row.structure};
    if (std::find(structures.begin(), structures.end(), key) == structures.end()) structures.push_back(key);
  }
  return structures;
}

const MeanRow* score_of(const std::vector<MeanRow>& scores, const std::string& arm,
                        const std::pair<std::string, std::string>& structure, const std::string& metric) {
  const auto place = std::find_if(scores.begin(), scores.end(), [&](const MeanRow& row) {
    return row.arm == arm && row.task == structure.first && row.structure == structure.second &&
           row.metric == metric;
  });
  return place == scores.end() ? nullptr : &*place;
}

/// Cases of a structure under an arm, with and without a value.
int64_t cases_of(const std::vector<MeanRow>& scores, const std::string& arm,
                 const std::pair<std::string, std::string>& structure) {
  int64_t most = 0;
  for (const MeanRow& row : scores)
    if (row.arm == arm && row.task == structure.first && row.structure == structure.second)
      most = std::max(most, row.over_cases.n + row.over_cases.undefined + row.over_cases.infinite);
  return most;
}

/// The shown metrics that were scored.
std::vector<ShownMetric> metrics_scored(const std::vector<MeanRow>& scores) {
  std::vector<ShownMetric> metrics;
  for (const ShownMetric& metric : shown_metrics()) {
    const auto is_there = [&metric](const MeanRow& row) { return row.metric == metric.column; };
    if (!metric.in_means || std::none_of(scores.begin(), scores.end(), is_there)) continue;
    metrics.push_back(metric);
    if (metric.unit != "mm³") continue;
    double largest = 0;  // small structures need a decimal
    for (const MeanRow& row : scores)
      if (is_there(row) && std::isfinite(row.over_cases.mean))
        largest = std::max(largest, std::abs(row.over_cases.mean));
    metrics.back().digits = largest < 100 ? 1 : 0;
  }
  return metrics;
}

std::string outcome_list(const Comparison& comparison, Outcome outcome) {
  std::vector<std::string> names;
  for (const ComparedPair& pair : comparison.pairs)
    if (pair_kind(comparison, pair) == PairKind::together && is_main(pair) && outcome_of(pair) == outcome)
      names.push_back(cat(metric_words(pair), " of ", pair.structure == "-" ? pair.task : pair.structure));
  constexpr size_t most = 3;
  if (names.size() <= most) return join(names, "; ");
  const size_t others = names.size() - most;
  names.resize(most);
  return cat(join(names, "; "), " and ", others, others == 1 ? " other" : " others");
}

}  // namespace

std::string summary_section(const Comparison& comparison) {
  std::string text =
      cat("<h2 id=\"summary\">What was found</h2>\n<p class=\"verdict\">", escaped(verdict_of(comparison)),
          "</p>\n", findings_list("", findings_of(comparison, PairKind::together, true)));
  if (count_outcomes(comparison, PairKind::together).open > 0)
    text += note(
        "“No difference could be shown” means that the 95 % interval of the paired difference holds 0. It "
        "does not mean that there is none: whatever lies in the interval remains possible.");
  text += findings_list("Together against alone, further metrics",
                        findings_of(comparison, PairKind::together, false));
  text += findings_list(cat("Other networks against ", comparison.first()),
                        findings_of(comparison, PairKind::further, true));
  text += findings_list("Against the controls", findings_of(comparison, PairKind::control, true));
  return text +
         note(
             "All figures are of held-out people: who is answered for never trained the network that "
             "answers. Seeds are averaged case by case first. Nothing is corrected over tasks and metrics; "
             "Holm's correction is over the structures (classes, cuts) of one task and two arms. Source: "
             "comparison.tsv.");
}

std::string outcome_tiles(const Comparison& comparison) {
  const OutcomeCounts counts = count_outcomes(comparison, PairKind::together);
  if (counts.all() == 0) return "";
  const auto shown = [&](const char* name, int64_t count, int64_t fallen, Outcome outcome) {
    const std::string holm = trimmed(holm_count(fallen));
    return tile(name, cat(count, " of ", counts.all()), {outcome_list(comparison, outcome), holm});
  };
  return cat(
      "<div class=\"tiles\">",
      shown("Better together", counts.better, counts.better_before_holm, Outcome::better),
      shown("Worse together", counts.worse, counts.worse_before_holm, Outcome::worse),
      shown("No difference could be shown", counts.open, 0, Outcome::open), "</div>\n",
      note("Paired comparisons with networks that learned one task alone: Dice, AUC, mean absolute error."));
}

std::string people_section(const Comparison& comparison) {
  if (comparison.flow.rows() == 0) return "";
  std::vector<ShownColumn> columns;
  for (const std::string& column : comparison.flow.columns()) {
    const bool count = column == "cases" || column == "persons";
    std::string heading = column;
    if (column == "fold" || column == "part" || count)
      heading[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(heading[0])));
    columns.push_back({column, heading, count ? 0 : -1, column == "part" ? spaced : nullptr});
  }
  return cat(
      "<h2 id=\"people\">Who was compared</h2>\n",
      columns_table(comparison.flow, columns, "People of each fold", "scroll", "wrap"),
      note(
          "Cases and persons of each fold and part, and what is known of them. Every person is held out once "
          "where the folds are all there. Source: flow.tsv."));
}

std::string arms_section(const Comparison& comparison) {
  const std::vector<ShownColumn> columns{{"arm", "Arm"},
                                         {"kind", "Kind"},
                                         {"tasks", "Tasks", -1, listed},
                                         {"seeds", "Seeds", 0},
                                         {"folds", "Folds", 0},
                                         {"steps", "Steps", 0},
                                         {"parameters", "Parameters", 0},
                                         {"gflop_per_step", "GFLOP a step", 1},
                                         {"minutes", "Minutes of training", 1},
                                         {"note", "Note"}};
  return cat("<h2 id=\"arms\">What was compared</h2>\n",
             columns_table(comparison.arm_table, columns, "Arms of the comparison", "scroll", "wrap"),
             note("Minutes are summed over the folds, without validation, and averaged over seeds. Source: "
                  "arms.tsv."));
}

std::string structures_table(const std::vector<ComparedArm>& arms, const std::vector<MeanRow>& scores) {
  const auto structures = structures_of(scores);
  const auto metrics = metrics_scored(scores);
  const bool several = std::any_of(structures.begin(), structures.end(),
                                   [&](const auto& one) { return one.first != structures.front().first; });
  std::string table = table_start("Scores of each structure under each arm", "scroll", "means");
  table += cat("<thead><tr>", head_cell("Structure", false), head_cell("Arm", false), head_cell("n", true));
  for (const ShownMetric& metric : metrics) table += head_cell(heading(metric), true);
  table += "</tr></thead><tbody>\n";
  for (const auto& structure : structures) {
    for (const ComparedArm& arm : arms) {
      const int64_t cases = cases_of(scores, arm.name, structure);
      if (cases == 0) continue;
      table += cat("<tr>", row_head(structure_name(structure.first, structure.second, several)),
                   text_cell(arm.name),
                   number_cell(static_cast<double>(cases), figure(static_cast<double>(cases), 0)));
      for (const ShownMetric& metric : metrics)
        table += mean_cell(score_of(scores, arm.name, structure, metric.column), metric, cases);
      table += "</tr>\n";
    }
  }
  return table + std::string(table_end);
}

std::string structures_section(const Comparison& comparison) {
  if (comparison.scores.empty()) return "";
  return cat(
      "<h2 id=\"structures\">Scores of each structure</h2>\n",
      structures_table(comparison.arms, comparison.scores),
      note("Mean over the finite values with its 95 % bootstrap interval over persons; n: cases; seeds ±: "
           "standard deviation of the seeds' own means. Source: scores.tsv, its cases in cases.tsv."));
}

std::string aside_section(const Comparison& comparison) {
  const AsideFigures& aside = comparison.aside;
  if (aside.scores.empty() && aside.answered.empty()) return "";
  std::string text = "<h2 id=\"aside\">People held aside</h2>\n";
  if (!aside.scores.empty()) text += structures_table(comparison.arms, aside.scores);
  for (const AnsweredTask& task : aside.answered)
    text += cat("<h3>", escaped(task.name), "</h3>\n", answers_table(task));
  return cat(text, pairs_table(aside.pairs, "held_aside/comparison.tsv"),
             note("They are in no fold, and everything above is without them. The networks of all folds "
                  "answered them; metrics, probabilities and quantities are averaged over folds case by "
                  "case, then over seeds; seeds ±: standard deviation of the seeds' own figures. Source: "
                  "held_aside/scores.tsv and held_aside/comparison.tsv, their cases beside them."));
}

std::string pairs_table(const std::vector<ComparedPair>& pairs, const std::string& file) {
  if (pairs.empty()) return "";
  const bool merged =
      std::any_of(pairs.begin(), pairs.end(), [](const ComparedPair& pair) { return pair.merged > 0; });
  std::string table = table_start("Paired comparisons", "scroll long", "cases sortable") + "<thead><tr>";
  for (const char* name : {"Task", "Structure", "Metric", "First", "Second"}) table += head_cell(name, false);
  for (const char* name : {"n", "Persons"}) table += head_cell(name, true);
  if (merged) table += head_cell("Cases merged", true);
  for (const char* name : {"First", "Second", "Difference"}) table += head_cell(name, true);
  table += cat(head_cell("Test", false), head_cell("p", true), head_cell("p (Holm)", true),
               "</tr></thead><tbody>\n");
  for (const ComparedPair& pair : pairs) {
    const int digits = digits_of(pair);
    table += cat("<tr>", row_head(pair.task), text_cell(pair.structure == "-" ? "–" : pair.structure),
                 text_cell(metric_words(pair)), text_cell(pair.arm), text_cell(pair.reference));
    std::vector<int64_t> counts{pair.n, pair.persons};
    if (merged) counts.push_back(pair.merged);
    for (const int64_t count : counts)
      table += number_cell(static_cast<double>(count), figure(static_cast<double>(count), 0));
    for (const double value : {pair.arm_mean, pair.reference_mean})
      table += number_cell(value, figure(value, digits));
    table += number_cell(pair.difference, difference_words(pair)) + text_cell(pair.test);
    for (const double p : {pair.p, pair.p_holm})
      table += number_cell(p, std::isnan(p) ? "–" : p < 0.001 ? "< 0.001" : figure(p, 3));
    table += "</tr>\n";
  }
  return table + std::string(table_end) +
         note(cat("Difference: first minus second, on the same people, with its 95 % interval. p (Holm): "
                  "adjusted over the structures (classes, cuts) of one task and two arms. ",
                  merged ? "Cases merged: those of a person with the same truth are one row, their "
                           "probabilities or numbers averaged under each arm. "
                         : "",
                  "Source: ", file, ". A click on a heading sorts."));
}

}  // namespace tazuna
