// SPDX-License-Identifier: Apache-2.0
#include "report/page.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "report/answer_sections.hpp"
#include "report/frame.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/selection.hpp"
#include "report/tables_shown.hpp"

namespace tazuna {
namespace {

constexpr size_t most_rows = 3000;  // of the table of cases
constexpr size_t most_tiles = 6;    // structures with a tile of their own

const MeanRow* mean_of(const Report& report, const std::string& task, const std::string& structure,
                       const std::string& metric) {
  const auto found = std::find_if(report.means.begin(), report.means.end(), [&](const MeanRow& row) {
    return row.task == task && row.structure == structure && row.metric == metric;
  });
  return found == report.means.end() ? nullptr : &*found;
}

/// What stands behind a mean: " [0.876, 0.895]", and what was left out.
std::string rest_text(const MeanInterval& over, int digits) {
  std::string text;
  if (std::isfinite(over.low) && std::isfinite(over.high))
    text += cat(" [", figure(over.low, digits), ", ", figure(over.high, digits), "]");
  if (over.undefined > 0) text += cat(", ", over.undefined, " undefined");
  if (over.infinite > 0) text += cat(", ", over.infinite, " infinite");
  return text;
}

std::string people_text(const MeanInterval& over) {
  return cat(over.n, over.n == 1 ? " case of " : " cases of ", over.persons,
             over.persons == 1 ? " person" : " persons");
}

std::string dice_tile(const Report& report, const MeanRow& dice, bool several) {
  std::vector<std::string> lines{cat("Dice", rest_text(dice.over_cases, 3))};
  if (const MeanRow* distance = mean_of(report, dice.task, dice.structure, "hd95_mm"))
    lines.push_back(cat("HD95 ", figure(distance->over_cases.mean, 2),
                        std::isnan(distance->over_cases.mean) ? "" : " mm",
                        rest_text(distance->over_cases, 2)));
  lines.push_back(people_text(dice.over_cases));
  return tile(structure_name(dice.task, dice.structure, several), figure(dice.over_cases.mean, 3), lines);
}

/// The first score of a subject task.
std::string answer_tile(const AnsweredTask& task) {
  if (task.scores.empty()) return "";
  const MeanRow& first = task.scores.front();
  ShownMetric metric = metric_named(first.metric, task.unit);
  if (!metric.unit.empty()) metric.digits = digits_for(first.over_cases.mean);
  return tile(
      task.name, figure(first.over_cases.mean, metric.digits),
      {cat(heading(metric), rest_text(first.over_cases, metric.digits)), people_text(first.over_cases)});
}

/// Dice of each structure; of many the mean, the lowest and the highest.
std::string dice_tiles(const Report& report, bool several) {
  std::vector<const MeanRow*> rows;
  double sum = 0;
  for (const MeanRow& row : report.means) {
    if (row.metric != "dice" || !std::isfinite(row.over_cases.mean)) continue;
    rows.push_back(&row);
    sum += row.over_cases.mean;
  }
  if (rows.empty()) return "";
  std::string text;
  const size_t count = rows.size();
  if (count > most_tiles) {
    const auto by_mean = [](const MeanRow* a, const MeanRow* b) {
      return a->over_cases.mean < b->over_cases.mean;
    };
    rows = {*std::min_element(rows.begin(), rows.end(), by_mean),
            *std::max_element(rows.begin(), rows.end(), by_mean)};
  }
  if (count > 1) {
    std::vector<std::string> lines{"Dice, the mean of their means"};
    if (count > most_tiles) lines.push_back("beside: the lowest and the highest");
    text += tile(cat("Mean of ", count, " structures"), figure(sum / static_cast<double>(count), 3), lines);
  }
  for (const MeanRow* row : rows) text += dice_tile(report, *row, several);
  return text;
}

std::string main_figures(const Report& report, bool several) {
  std::string tiles = dice_tiles(report, several);
  for (const AnsweredTask& task : report.answered) tiles += answer_tile(task);
  return tiles.empty() ? ""
                       : cat("<div class=\"tiles\">", tiles, "</div>\n",
                             note("Scores of held-out cases with 95 % intervals."));
}

std::string scores(const Report& report) {
  if (report.cases.rows() == 0 && !report.answered.empty()) return "";
  std::string text = "<h2 id=\"scores\">Scores of each structure</h2>\n";
  if (!report.no_scores.empty()) return text + paragraph(report.no_scores);
  text += means_table(report.cases, report.means);
  const std::string source = report.means_file.empty() ? cat("Computed from ", report.cases_file, ".")
                                                       : cat("Every figure stands in ", report.means_file,
                                                             ", every case in ", report.cases_file, ".");
  return text +
         note(cat("Mean over the finite values with its 95 % percentile bootstrap interval over persons; n: "
                  "cases. ",
                  source));
}

std::string held_aside(const Report& report) {
  if (report.aside_cases.rows() == 0 && report.aside_answered.empty()) return "";
  std::string text = "<h2 id=\"aside\">People held aside</h2>\n";
  std::vector<std::string> files;
  if (report.aside_cases.rows() > 0) {
    text += means_table(report.aside_cases, report.aside_means);
    files.push_back(report.aside_file);
  }
  for (const AnsweredTask& task : report.aside_answered)
    text += cat("<h3>", escaped(task.name), "</h3>\n", answers_table(task));
  if (!report.aside_answered.empty()) files.push_back(report.aside_answered.front().scores_file);
  return text + note(cat("They were in no fold and were scored once, by the final weights (",
                         join(files, ", "), ")."));
}

std::string all_cases(const Report& report) {
  if (report.cases.rows() == 0) return "";
  std::string text = "<h2 id=\"cases\">All cases</h2>\n";
  if (report.cases.rows() > most_rows)
    text += note(cat("The ", most_rows, " rows of lowest Dice of ", report.cases.rows(), "; all are in ",
                     report.cases_file, "."));
  return text + cases_table(report, most_rows) +
         note(cat("From ", report.cases_file, ". A click on a heading sorts."));
}

}  // namespace

std::string page(const Report& report) {
  const bool several = distinct(report.cases, "task").size() > 1;
  PageFrame frame{report.title, report.lead, "", {}, ""};
  frame.opening = main_figures(report, several) + facts_list(report.facts, "facts");
  frame.contents = {{"scores", "Scores"},
                    {"answers", "Answers"},
                    {"aside", "Held aside"},
                    {"spread", "Spread"},
                    {"answered", "ROC and truth"},
                    {"volumes", "Volumes"},
                    {"pictures", "Pictures"},
                    {"curves", "Learning curves"},
                    {"cases", "All cases"},
                    {"limits", "Limits"},
                    {"environment", "How it was made"}};
  frame.body = scores(report) + answers_tables_section(report.answered) + held_aside(report);
  if (report.cases.rows() > 0) frame.body += distributions_section(report);
  frame.body += answers_figures_section(report.answered);
  if (report.cases.rows() > 0) frame.body += volumes_section(report);
  frame.body +=
      pictures_section(report.cases, report.examples, "Worst, median and best case",
                       "By the mean Dice of the structures. Slices through most of the structures; the "
                       "patient's right is on the left.") +
      curves_section(report.curves, "The run has no journal yet.") + all_cases(report) +
      limits_section(report.limits, report.environment);
  return framed(frame);
}

}  // namespace tazuna
