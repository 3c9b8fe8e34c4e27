// SPDX-License-Identifier: Apache-2.0
#include "experiment/controls.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/split_persons.hpp"
#include "tables/normal.hpp"
#include "tables/strength.hpp"
#include "tasks/class_weights.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

// More values than this are numbers or names, not groups.
constexpr size_t most_values = 10;

std::string truth_of(const Subject& subject, const AskedTask& question) {
  return value_in(subject, question.column).value_or("");
}

// Training people with features and a known answer.
struct Known {
  Rows rows;
  std::vector<std::string> persons;
  std::vector<int64_t> labels;  // of classes and levels
  std::vector<double> numbers;  // of quantities and levels
};

Known known_people(const Subjects& training, const FeatureRows& features, const AskedTask& question) {
  Known known;
  for (const auto& subject : training) {
    const auto row = features.find(subject->id);
    if (row == features.end()) continue;
    const std::string truth = truth_of(*subject, question);
    if (question.names.empty()) {
      const auto number = number_of(truth);
      if (!number || (question.log && *number <= 0)) continue;
      known.numbers.push_back(question.log ? std::log(*number) : *number);
    } else {
      const auto place = place_of(truth, question.names);
      if (!place) continue;
      known.labels.push_back(static_cast<int64_t>(*place));
      known.numbers.push_back(static_cast<double>(*place));
    }
    known.rows.push_back(row->second);
    known.persons.push_back(subject->person);
  }
  return known;
}

// What each class counts in the task's loss, and so here.
std::vector<double> weights_of_classes(const Known& known, const AskedTask& question) {
  std::vector<int64_t> counts(question.names.size(), 0);
  for (const int64_t label : known.labels) ++counts[static_cast<size_t>(label)];
  return class_factors(question.class_weights, question.given_weights, counts);
}

double sd_of_residuals(const LinearModel& model, const Known& known) {
  const auto answers = predict_quantity(model, known.rows);
  double squares = 0;
  for (size_t i = 0; i < answers.size(); ++i)
    squares += (known.numbers[i] - answers[i]) * (known.numbers[i] - answers[i]);
  return std::sqrt(squares / static_cast<double>(answers.size()));
}

// Chances of the levels of a normal variable around `number` that is rounded.
std::vector<double> level_shares(double number, double sd, size_t levels) {
  std::vector<double> shares(levels);
  double below = 0;
  for (size_t k = 0; k < levels; ++k) {
    const double up_to =
        k + 1 == levels ? 1 : normal_tail((number - 0.5 - static_cast<double>(k)) / std::max(sd, 0.1));
    shares[k] = up_to - below;
    below = up_to;
  }
  return shares;
}

std::set<std::string> values_of(const Subjects& subjects, const std::string& column) {
  std::set<std::string> values;
  for (const auto& subject : subjects)
    if (const auto value = value_in(*subject, column)) values.insert(*value);
  return values;
}

bool are_numbers(const std::set<std::string>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](const std::string& value) { return number_of(value).has_value(); });
}

// Whether numbers measure something: the values of a group are whole, and several persons share one.
bool are_measured(const std::set<std::string>& values, const Subjects& subjects, const std::string& column) {
  std::set<std::string> persons;
  for (const auto& subject : subjects)
    if (value_in(*subject, column)) persons.insert(subject->person);
  return 2 * values.size() > persons.size() ||
         std::any_of(values.begin(), values.end(), [](const std::string& value) {
           return std::trunc(*number_of(value)) != *number_of(value);
         });
}

double mean_of(const Subjects& subjects, const std::string& column) {
  double sum = 0, n = 0;
  for (const auto& subject : subjects) {
    const auto value = value_in(*subject, column);
    if (!value) continue;
    sum += *number_of(*value);
    ++n;
  }
  return sum / n;
}

}  // namespace

Control::Control(AskedTask question, ClassRule rule) : question_(std::move(question)), rule_(rule) {}

void Control::fit(const Subjects& training, const FeatureRows& features, uint64_t seed) {
  const Known known = known_people(training, features, question_);
  if (std::set<std::string>(known.persons.begin(), known.persons.end()).size() < 2)
    throw refused("fewer than two training persons have an answer and features");
  const auto classes = static_cast<int64_t>(question_.names.size());
  if (classes > 0 && std::set<int64_t>(known.labels.begin(), known.labels.end()).size() < 2)
    throw refused("the training persons have one answer alone");
  if (classes == 0 || question_.ordered) {
    model_ =
        fit_ridge(known.rows, known.numbers, choose_strength(known.rows, known.numbers, known.persons, seed));
    residual_sd_ = sd_of_residuals(model_, known);
    return;
  }
  const std::vector<double> weights = weights_of_classes(known, question_);
  if (rule_ == ClassRule::discriminant) {
    model_ = fit_discriminant(known.rows, known.labels, classes, /*shrinkage=*/{}, weights);
  } else {
    model_ = fit_logistic(known.rows, known.labels, classes,
                          choose_strength(known.rows, known.labels, classes, known.persons, seed, weights),
                          weights);
  }
}

Prediction Control::answer(const std::vector<double>& row) const {
  if (question_.names.empty()) {
    const double number = predict_quantity(model_, {row}).front();
    return Quantity{.value = question_.log ? std::exp(number) : number, .unit = question_.unit};
  }
  if (question_.ordered) {
    const double number = predict_quantity(model_, {row}).front();
    return with_answer(level_shares(number, residual_sd_, question_.names.size()), question_);
  }
  return with_answer(predict_classes(model_, {row}).front(), question_);
}

std::vector<AnsweredCase> Control::predict(const Subjects& cases, const FeatureRows& features) const {
  std::vector<AnsweredCase> answered;
  for (const auto& subject : cases) {
    const auto row = features.find(subject->id);
    if (row == features.end()) continue;
    answered.push_back({subject->id, subject->person, truth_of(*subject, question_), answer(row->second)});
  }
  return answered;
}

ColumnCodes::ColumnCodes(const std::vector<std::string>& columns, const Subjects& cohort,
                         const Subjects& training) {
  for (const std::string& column : columns) {
    const auto all = values_of(cohort, column), own = values_of(training, column);
    if (own.size() < 2) continue;
    Code code{.column = column};
    const bool few = all.size() <= most_values, numbers = are_numbers(all);
    if (numbers && (!few || are_measured(all, cohort, column))) {
      code.mean = mean_of(training, column);
    } else if (few) {
      code.values.assign(own.begin(), own.end());
    } else {
      continue;
    }
    codes_.push_back(std::move(code));
    used_.push_back(column);
  }
  if (codes_.empty())
    throw refused(columns.empty()
                      ? "the cohort has no column beside the tasks' targets"
                      : cat("no column among ", join(columns, ", "), " differs among the training persons"));
}

std::vector<double> ColumnCodes::of(const Subject& subject) const {
  std::vector<double> row;
  for (const Code& code : codes_) {
    const auto found = value_in(subject, code.column);
    if (code.values.empty()) {
      row.push_back((found ? number_of(*found) : std::nullopt).value_or(code.mean));
    } else {
      for (const std::string& value : code.values) row.push_back(found == value ? 1 : 0);
    }
  }
  return row;
}

std::vector<std::string> covariate_columns(const AskedTask& question, const std::vector<AskedTask>& questions,
                                           const Cohort& cohort, const std::string& person_column) {
  if (!question.covariates.empty()) return question.covariates;
  Subjects everybody;
  for (const Subject& subject : cohort.subjects)
    everybody.push_back(std::make_shared<const Subject>(subject));
  std::vector<std::string> columns;
  for (const std::string& column : cohort.columns) {
    const bool target = std::any_of(questions.begin(), questions.end(),
                                    [&column](const AskedTask& one) { return one.column == column; });
    const auto values = values_of(everybody, column);
    const bool is_id = names_people(column) ||
                       std::all_of(everybody.begin(), everybody.end(), [&column](const auto& subject) {
                         const auto value = value_in(*subject, column);
                         return !value || value == subject->person || value == subject->id;
                       });
    const bool usable = values.size() > 1 && (values.size() <= most_values || are_numbers(values));
    if (usable && !target && !is_id && column != person_column) columns.push_back(column);
  }
  return columns;
}

}  // namespace tazuna
