// SPDX-License-Identifier: Apache-2.0
#include "tasks/subject_scores.hpp"

#include <cctype>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/undefined.hpp"
#include "tables/bootstrap.hpp"
#include "tables/class_scores.hpp"
#include "tables/roc.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

using Rows = std::span<const size_t>;

std::vector<size_t> all_rows(size_t count) {
  std::vector<size_t> rows(count);
  std::iota(rows.begin(), rows.end(), size_t{0});
  return rows;
}

/// Answers in names, row by row.
struct NamedRows {
  std::vector<std::string> names, persons;
  std::vector<int64_t> truth, chosen;
  std::vector<std::vector<double>> shares;
};

NamedRows named_rows(std::span<const AnsweredCase> cases) {
  NamedRows rows;
  for (const AnsweredCase& one : cases) {
    const auto* answer = std::get_if<ClassShares>(&one.answer);
    if (!answer) throw Error(cat(one.case_id, ": its answer is no class and no level"));
    if (rows.names.empty()) rows.names = answer->names;
    if (answer->names != rows.names || answer->shares.size() != rows.names.size())
      throw Error(cat(one.case_id, ": it is answered with ", join(answer->names, ", "), ", the others with ",
                      join(rows.names, ", ")));
    const auto truth = place_of(one.truth, rows.names);
    if (!truth) continue;
    rows.persons.push_back(one.person);
    rows.truth.push_back(static_cast<int64_t>(*truth));
    rows.chosen.push_back(static_cast<int64_t>(answer->chosen));
    rows.shares.push_back(answer->shares);
  }
  return rows;
}

/// A question of two answers: the score and whether the truth is yes.
struct Binary {
  std::vector<double> scores;
  std::vector<uint8_t> positive;
};
/// Whether a row's level is above `cut` (class 1 of two is above 0).
Binary above(const NamedRows& all, int64_t cut, Rows rows) {
  Binary binary;
  for (const size_t row : rows) {
    const auto& shares = all.shares[row];
    binary.scores.push_back(std::accumulate(shares.begin() + cut + 1, shares.end(), 0.0));
    binary.positive.push_back(all.truth[row] > cut);
  }
  return binary;
}
/// Whether a row is of this class.
Binary against_rest(const NamedRows& all, int64_t c, Rows rows) {
  Binary binary;
  for (const size_t row : rows) {
    binary.scores.push_back(all.shares[row][static_cast<size_t>(c)]);
    binary.positive.push_back(all.truth[row] == c);
  }
  return binary;
}

double auc_of(const Binary& binary) {
  return area_under_curve(binary.scores, binary.positive).auc;
}

/// The second class's of two classes, else the mean over classes, undefined ones left out.
double over_classes(const NamedRows& all, Rows rows, const std::function<double(const Binary&)>& score) {
  const auto classes = static_cast<int64_t>(all.names.size());
  if (classes == 2) return score(against_rest(all, 1, rows));
  double sum = 0;
  int64_t defined = 0;
  for (int64_t c = 0; c < classes; ++c) {
    const double one = score(against_rest(all, c, rows));
    if (std::isnan(one)) continue;
    sum += one;
    ++defined;
  }
  return defined > 0 ? sum / static_cast<double>(defined) : undefined;
}

ScoreValues class_values(const NamedRows& all, Rows rows) {
  ClassAnswers answers;
  for (const size_t row : rows) {
    answers.truth.push_back(all.truth[row]);
    answers.probabilities.push_back(all.shares[row]);
    answers.chosen.push_back(all.chosen[row]);
  }
  const auto classes = static_cast<int64_t>(all.names.size());
  const ScoreValues scores = class_scores(answers, classes);
  ScoreValues values{{"auc", over_classes(all, rows, auc_of)},
                     {"average_precision", over_classes(all, rows, [](const Binary& binary) {
                        return average_precision(binary.scores, binary.positive);
                      })}};
  for (const char* name : {"balanced_accuracy", "macro_f1", "accuracy", "mcc", "brier", "ece"})
    values.emplace_back(name, value_named(name, scores));
  if (classes == 2)
    for (const char* name : {"sensitivity", "specificity", "ppv", "npv"})
      values.emplace_back(name, value_named(name, scores));
  return values;
}

std::string auc_above(const std::string& cut) {
  return "auc_above_" + cut;
}

int64_t place_of_cut(const std::string& cut, const std::vector<std::string>& levels) {
  const auto place = place_of(cut, levels);
  if (!place) throw Error(cat("the cut '", cut, "' is none of the levels ", join(levels, ", ")));
  return static_cast<int64_t>(*place);
}

ScoreValues level_values(const NamedRows& all, const std::vector<std::string>& cuts, Rows rows) {
  std::vector<int64_t> truth, chosen;
  double apart = 0, right = 0;
  for (const size_t row : rows) {
    truth.push_back(all.truth[row]);
    chosen.push_back(all.chosen[row]);
    apart += static_cast<double>(std::abs(truth.back() - chosen.back()));
    right += truth.back() == chosen.back() ? 1 : 0;
  }
  const auto n = static_cast<double>(rows.size());
  const auto levels = static_cast<int64_t>(all.names.size());
  ScoreValues values{{"quadratic_kappa", rows.empty() ? undefined : quadratic_kappa(truth, chosen, levels)},
                     {"mae_levels", rows.empty() ? undefined : apart / n},
                     {"accuracy", rows.empty() ? undefined : right / n}};
  for (const std::string& cut : cuts)
    values.emplace_back(auc_above(cut), auc_of(above(all, place_of_cut(cut, all.names), rows)));
  return values;
}

/// Answers in numbers, row by row.
struct QuantityRows {
  std::string unit;
  std::vector<std::string> persons;
  std::vector<double> truth, answers;
};

QuantityRows quantity_rows(std::span<const AnsweredCase> cases) {
  QuantityRows rows;
  for (const AnsweredCase& one : cases) {
    const auto* answer = std::get_if<Quantity>(&one.answer);
    if (!answer) throw Error(cat(one.case_id, ": its answer is no quantity"));
    rows.unit = answer->unit;
    const auto truth = number_of(one.truth);
    if (!truth) continue;
    rows.persons.push_back(one.person);
    rows.truth.push_back(*truth);
    rows.answers.push_back(answer->value);
  }
  return rows;
}

/// "mae" in years: "mae_years"; signs of a unit that do not belong in names become _.
std::string with_unit(const std::string& metric, const std::string& unit) {
  if (unit.empty() || (metric != "mae" && metric != "rmse")) return metric;
  std::string name = metric + "_";
  for (const char c : unit) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

ScoreValues quantity_values(const QuantityRows& all, Rows rows) {
  std::vector<double> truth, answers;
  for (const size_t row : rows) {
    truth.push_back(all.truth[row]);
    answers.push_back(all.answers[row]);
  }
  ScoreValues values = quantity_scores(truth, answers);
  for (auto& [metric, value] : values) metric = with_unit(metric, all.unit);
  return values;
}

/// Each value with the bootstrap's interval over persons.
std::vector<TaskScore> with_intervals(const std::vector<std::string>& persons,
                                      const std::function<ScoreValues(Rows)>& values_of) {
  const ScoreValues values = values_of(all_rows(persons.size()));
  const std::set<std::string> different(persons.begin(), persons.end());
  std::map<std::vector<size_t>, ScoreValues> drawn;  // all metrics meet the same draws
  std::vector<TaskScore> scores;
  for (size_t m = 0; m < values.size(); ++m) {
    TaskScore score{
        .metric = values[m].first, .value = values[m].second, .low = undefined, .high = undefined};
    score.n = static_cast<int64_t>(persons.size());
    score.persons = static_cast<int64_t>(different.size());
    if (different.size() > 1 && !std::isnan(score.value)) {
      const StatisticInterval interval = bootstrap_statistic(persons, [&](Rows rows) {
        const auto [place, is_new] = drawn.try_emplace(std::vector<size_t>(rows.begin(), rows.end()));
        if (is_new) place->second = values_of(rows);
        return place->second[m].second;
      });
      score.low = interval.low;
      score.high = interval.high;
    }
    scores.push_back(score);
  }
  return scores;
}

/// DeLong's interval instead, where each person has one case.
void take_delong(const std::string& metric, const Binary& binary, std::vector<TaskScore>& scores) {
  for (TaskScore& score : scores) {
    if (score.metric != metric || score.n != score.persons) continue;
    const AreaUnderCurve area = area_under_curve(binary.scores, binary.positive);
    score.low = area.low;
    score.high = area.high;
  }
}

}  // namespace

std::vector<TaskScore> class_answer_scores(std::span<const AnsweredCase> cases) {
  if (cases.empty()) return {};
  const NamedRows all = named_rows(cases);
  auto scores = with_intervals(all.persons, [&all](Rows rows) { return class_values(all, rows); });
  if (all.names.size() == 2) take_delong("auc", against_rest(all, 1, all_rows(all.truth.size())), scores);
  return scores;
}

std::vector<TaskScore> level_answer_scores(std::span<const AnsweredCase> cases,
                                           const std::vector<std::string>& cuts) {
  if (cases.empty()) return {};
  const NamedRows all = named_rows(cases);
  auto scores = with_intervals(all.persons, [&](Rows rows) { return level_values(all, cuts, rows); });
  for (const std::string& cut : cuts)
    take_delong(auc_above(cut), above(all, place_of_cut(cut, all.names), all_rows(all.truth.size())), scores);
  return scores;
}

std::vector<TaskScore> quantity_answer_scores(std::span<const AnsweredCase> cases) {
  if (cases.empty()) return {};
  const QuantityRows all = quantity_rows(cases);
  return with_intervals(all.persons, [&all](Rows rows) { return quantity_values(all, rows); });
}

ScoreValues class_answer_values(std::span<const AnsweredCase> cases) {
  if (cases.empty()) return {};
  const NamedRows all = named_rows(cases);
  return class_values(all, all_rows(all.truth.size()));
}

ScoreValues level_answer_values(std::span<const AnsweredCase> cases, const std::vector<std::string>& cuts) {
  if (cases.empty()) return {};
  const NamedRows all = named_rows(cases);
  return level_values(all, cuts, all_rows(all.truth.size()));
}

ScoreValues quantity_answer_values(std::span<const AnsweredCase> cases) {
  if (cases.empty()) return {};
  const QuantityRows all = quantity_rows(cases);
  return quantity_values(all, all_rows(all.truth.size()));
}

double value_named(const std::string& metric, const ScoreValues& values) {
  for (const auto& [name, value] : values)
    if (name == metric) return value;
  return undefined;
}

}  // namespace tazuna
