// SPDX-License-Identifier: Apache-2.0
#include "report/answer_sections.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/text.hpp"
#include "report/answer_questions.hpp"
#include "report/markup.hpp"
#include "report/metrics_shown.hpp"
#include "report/plots.hpp"
#include "report/plots_answers.hpp"
#include "report/sections.hpp"
#include "report/table_markup.hpp"
#include "report/tables_shown.hpp"
#include "tables/class_scores.hpp"
#include "tables/roc.hpp"

namespace tazuna {
namespace {

constexpr size_t most_bands = 5;  // more would hide each other

/// Answerers that share a plot: the networks, and the controls beside the first network.
struct Company {
  std::string name;
  std::vector<const Answerer*> members;
};
std::vector<Company> companies_of(const AnsweredTask& task) {
  Company networks{"networks", {}}, controls{"controls", {}};
  for (const Answerer& one : task.answerers)
    if (!one.control && !one.answers.empty()) networks.members.push_back(&one);
  for (const Answerer& one : task.answerers)
    if (one.control && !one.answers.empty()) controls.members.push_back(&one);
  if (!networks.members.empty() && !controls.members.empty())
    controls.members.insert(controls.members.begin(), networks.members.front());
  std::vector<Company> companies;
  for (Company* one : {&networks, &controls})
    if (!one->members.empty()) companies.push_back(std::move(*one));
  if (companies.size() == 1) companies.front().name.clear();
  return companies;
}

/// "joint: " in front of what is said about one of several.
std::string called(const Answerer& one) {
  return one.name.empty() ? "" : cat(one.name, ": ");
}

/// "age, joint": a figure of one of several.
std::string titled(const std::string& title, const Answerer& one) {
  return one.name.empty() ? title : cat(title, ", ", one.name);
}

const MeanRow* score_of(const AnsweredTask& task, const std::string& arm, const std::string& metric) {
  const auto place = std::find_if(task.scores.begin(), task.scores.end(),
                                  [&](const MeanRow& row) { return row.arm == arm && row.metric == metric; });
  return place == task.scores.end() ? nullptr : &*place;
}

/// " [low, high]" of an area: DeLong's interval where every case is a person, else that of the scores; ""
/// where there is none.
std::string interval_words(const AnsweredTask& task, const Question& question, const Answerer& one,
                           const QuestionAnswers& answers, const AreaUnderCurve& area) {
  const auto words = [](double low, double high) {
    return std::isfinite(low) ? cat(" [", figure(low, 3), ", ", figure(high, 3), "]") : "";
  };
  if (std::set<std::string>(answers.persons.begin(), answers.persons.end()).size() == answers.persons.size())
    return words(area.low, area.high);
  const MeanRow* score = score_of(task, one.name, question.metric);
  return score ? words(score->over_cases.low, score->over_cases.high) : "";
}

std::string roc_figure(const AnsweredTask& task, const Question& question, const Company& company) {
  std::vector<RocLine> lines;
  const bool banded = company.members.size() <= most_bands;
  for (const Answerer* one : company.members) {
    const QuestionAnswers answers = answers_to(question, *one);
    const AreaUnderCurve area = area_under_curve(answers.probability, answers.yes);
    if (!std::isfinite(area.auc)) continue;
    RocLine line;
    line.name =
        cat(called(*one), "AUC ", figure(area.auc, 3), interval_words(task, question, *one, answers, area));
    line.colour = one->colour;
    for (const RocPoint& point : roc_curve(answers.probability, answers.yes)) {
      line.false_positive_rate.push_back(point.false_positive_rate);
      line.sensitivity.push_back(point.sensitivity);
    }
    if (banded) line.band = roc_band(answers.probability, answers.yes, answers.persons);
    lines.push_back(std::move(line));
  }
  if (lines.empty()) return "";
  return figure_of(roc_plot(lines),
                   cat("ROC, ", question.words, company.name.empty() ? "" : cat(" (", company.name, ")")),
                   banded ? ": 95 % band of the sensitivity, pointwise bootstrap over persons, 500 draws"
                          : ": no bands, they would hide each other",
                   trace_of(task, question));
}

std::string reliability_figure(const AnsweredTask& task, const Company& company) {
  const bool binary = task.names.size() == 2;
  const Question second{cat(task.name, " ", task.names.back()), {task.names.size() - 1}};
  std::vector<ReliabilityLine> lines;
  size_t cases = 0;
  for (const Answerer* one : company.members) cases = std::max(cases, one->answers.size());
  const int64_t bins = cases < 100 ? 5 : 10;
  for (const Answerer* one : company.members) {
    QuestionAnswers answers = answers_to(second, *one);
    for (size_t i = 0; i < one->answers.size() && !binary; ++i) {
      const GivenAnswer& given = one->answers[i];
      const auto best = std::max_element(given.shares.begin(), given.shares.end());
      answers.probability[i] = *best;
      answers.yes[i] = static_cast<double>(best - given.shares.begin()) == given.truth;
    }
    lines.push_back({one->name.empty() ? "this network" : one->name, one->colour,
                     reliability_bins(answers.probability, answers.yes, bins)});
  }
  const std::string trace =
      binary ? trace_of(task, second)
             : cat("Source: ", task.answers_file, " (", task.truth_column, ", ", task.share_prefix, "…)");
  return figure_of(
      reliability_plot(binary ? cat("probability of ", second.words) : "probability of the answer",
                       binary ? "share in which it was so" : "share of right answers", lines),
      cat("Reliability, ", binary ? second.words : task.name,
          company.name.empty() ? "" : cat(" (", company.name, ")")),
      cat(": ", bins, " equal bins, Wilson 95 % intervals; larger points hold more cases"), trace);
}

std::string confusion_figure(const AnsweredTask& task, const Answerer& one) {
  std::vector<std::vector<int64_t>> counts(task.names.size(), std::vector<int64_t>(task.names.size(), 0));
  int64_t right = 0;
  for (const GivenAnswer& given : one.answers) {
    ++counts[static_cast<size_t>(given.truth)][static_cast<size_t>(given.answer)];
    right += given.truth == given.answer;
  }
  return figure_of(
      confusion_plot(task.names, counts), titled(cat("Confusion of ", task.name), one),
      cat(", ", right, " of ", one.answers.size(), " right; shares of the row"),
      cat("Source: ", task.answers_file, " (", task.truth_column, ", ", task.answer_column, ")"));
}

std::string truth_figure(const AnsweredTask& task, const Answerer& one) {
  std::vector<TruthPoint> points;
  std::vector<double> truths, answers;
  double largest = 0;
  for (const GivenAnswer& given : one.answers) {
    truths.push_back(given.truth);
    answers.push_back(given.answer);
    largest = std::max(largest, std::abs(given.truth));
  }
  const int digits = digits_for(largest);
  for (const GivenAnswer& given : one.answers)
    points.push_back(
        {given.truth, given.answer,
         cat(given.case_id, ": ", figure(given.answer, digits), ", truth ", figure(given.truth, digits))});
  std::string words = ": ";
  for (const auto& [name, value] : quantity_scores(truths, answers)) {
    ShownMetric metric = metric_named(name, task.unit);
    if (name == "mae" || name == "bias") {
      metric.digits = digits;
      words += cat(name == "mae" ? "MAE" : name, " ", shown_value(metric, value),
                   task.unit.empty() ? "" : cat(" ", task.unit), ", ");
    } else if (name == "slope") {
      words += cat("slope of error on truth ", shown_value(metric, value), ", ");
    }
  }
  return figure_of(
      truth_plot(task.unit, points), titled(task.name, one), cat(words, "n\u00a0", one.answers.size()),
      cat("Source: ", task.answers_file, " (", task.truth_column, ", ", task.answer_column, ")"));
}

std::string figures_of(const AnsweredTask& task) {
  std::string figures;
  const auto companies = companies_of(task);
  for (const Question& question : questions_of(task))
    for (const Company& company : companies) figures += roc_figure(task, question, company);
  for (const Answerer& one : task.answerers)
    if (!one.answers.empty())
      figures += task.names.empty() ? truth_figure(task, one) : confusion_figure(task, one);
  if (!task.names.empty() && !task.ordered)
    for (const Company& company : companies) figures += reliability_figure(task, company);
  return figures.empty() ? "" : cat("<div class=\"plots\">", figures, "</div>\n");
}

std::vector<std::string> metrics_of(const AnsweredTask& task) {
  std::vector<std::string> metrics;
  for (const MeanRow& row : task.scores)
    if (std::find(metrics.begin(), metrics.end(), row.metric) == metrics.end()) metrics.push_back(row.metric);
  return metrics;
}

/// Cases behind the scores of an arm.
int64_t cases_of(const AnsweredTask& task, const std::string& arm) {
  int64_t most = 0;
  for (const MeanRow& row : task.scores)
    if (row.arm == arm) most = std::max(most, row.over_cases.n);
  return most;
}

/// Decimals of a metric in the quantity's unit follow its size.
ShownMetric metric_shown(const AnsweredTask& task, const std::string& name) {
  ShownMetric metric = metric_named(name, task.unit);
  double largest = 0;
  for (const MeanRow& row : task.scores)
    if (row.metric == name && std::isfinite(row.over_cases.mean))
      largest = std::max(largest, std::abs(row.over_cases.mean));
  if (!metric.unit.empty()) metric.digits = digits_for(largest);
  return metric;
}

std::string task_words(const AnsweredTask& task) {
  if (task.names.empty()) return cat(task.name, task.unit.empty() ? "" : cat(" (", task.unit, ")"));
  return cat(task.name, ": ", task.ordered ? "levels " : "classes ", join(task.names, ", "));
}

}  // namespace

std::string answers_table(const AnsweredTask& task) {
  std::string table = table_start(cat("Scores of ", task.name, " with 95 % intervals"), "scroll", "means");
  table += cat("<thead><tr>", head_cell("Score", false));
  for (const Answerer& one : task.answerers) table += head_cell(one.name.empty() ? "Value" : one.name, true);
  table += cat("</tr></thead><tbody><tr>", row_head("Cases"));
  for (const Answerer& one : task.answerers) {
    const int64_t cases = cases_of(task, one.name);
    table += number_cell(static_cast<double>(cases), figure(static_cast<double>(cases), 0));
  }
  table += "</tr>";
  for (const std::string& name : metrics_of(task)) {
    const ShownMetric metric = metric_shown(task, name);
    table += cat("<tr>", row_head(heading(metric)));
    for (const Answerer& one : task.answerers)
      table += mean_cell(score_of(task, one.name, name), metric, cases_of(task, one.name));
    table += "</tr>";
  }
  return table + std::string(table_end);
}

std::string answers_tables_section(const std::vector<AnsweredTask>& tasks) {
  if (tasks.empty()) return "";
  std::string text = "<h2 id=\"answers\">Scores of each case's answers</h2>\n";
  for (const AnsweredTask& task : tasks) {
    text += cat("<h3>", escaped(task_words(task)), "</h3>\n", answers_table(task));
    std::string words = cat(
        "95 % intervals: DeLong for the AUC of two classes or above a cut where each person has one case, "
        "bootstrap over persons for all others. Source: ",
        task.scores_file, ".");
    if (task.names.size() == 2 && !task.ordered)
      words += cat(" Sensitivity, specificity and predictive values are those of ", task.names[1], ".");
    text += note(words);
  }
  return text;
}

std::string answers_figures_section(const std::vector<AnsweredTask>& tasks) {
  std::string text;
  for (const AnsweredTask& task : tasks) {
    const std::string figures = figures_of(task);
    if (!figures.empty()) text += cat("<h3>", escaped(task_words(task)), "</h3>\n", figures);
  }
  return text.empty() ? "" : cat("<h2 id=\"answered\">How the answers lie</h2>\n", text);
}

}  // namespace tazuna
