// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_flow.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include "core/text.hpp"
#include "experiment/compare_questions.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

using Subjects = std::vector<std::shared_ptr<const Subject>>;

constexpr size_t most_values = 10;

std::string rounded(double value) {
  return number_text(std::round(value * 10) / 10);
}

std::string numbers_text(const std::vector<double>& numbers) {
  double sum = 0, squares = 0;
  for (const double number : numbers) sum += number;
  const double mean = sum / static_cast<double>(numbers.size());
  for (const double number : numbers) squares += (number - mean) * (number - mean);
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  const std::string sd =
      numbers.size() > 1 ? cat(", sd ", rounded(std::sqrt(squares / static_cast<double>(numbers.size() - 1))))
                         : "";
  return cat("mean ", rounded(mean), sd, ", ", rounded(*least), " to ", rounded(*most));
}

// What the cases have in a column; `as_numbers` is decided for the whole cohort.
std::string summary(const Subjects& cases, const std::string& column, bool as_numbers) {
  std::map<std::string, int64_t> counts;
  std::vector<double> numbers;
  int64_t unknown = 0;
  for (const auto& subject : cases) {
    const auto value = value_in(*subject, column);
    if (!value) {
      ++unknown;
    } else if (const auto number = number_of(*value); as_numbers && number) {
      numbers.push_back(*number);
    } else {
      ++counts[*value];
    }
  }
  std::vector<std::string> parts;
  if (!numbers.empty()) parts.push_back(numbers_text(numbers));
  if (counts.size() > most_values) {
    parts.push_back(cat(counts.size(), " values"));
  } else {
    for (const auto& [value, count] : counts) parts.push_back(cat(value, " ", count));
  }
  if (unknown > 0) parts.push_back(cat(unknown, " unknown"));
  return join(parts, ", ");
}

bool has_many_numbers(const Subjects& cases, const std::string& column) {
  std::set<std::string> numbers;
  for (const auto& subject : cases) {
    const auto value = value_in(*subject, column);
    if (value && number_of(*value)) numbers.insert(*value);
  }
  return numbers.size() > most_values;
}

// What readers ask of the people of a study, whether or not the experiment does.
bool describes_people(const std::string& column) {
  constexpr std::string_view names[] = {"age", "sex", "gender", "site", "group", "diagnosis", "scanner"};
  return std::ranges::any_of(names, [&column](std::string_view name) {
    return std::ranges::equal(name, column, [](char one, char other) {
      return one == std::tolower(static_cast<unsigned char>(other));
    });
  });
}

}  // namespace

std::vector<std::string> flow_columns(const ExperimentConfig& config, const Cohort& cohort) {
  std::vector<std::string> wanted;
  for (const AskedTask& question : subject_questions(config.tasks)) {
    wanted.push_back(question.column);
    wanted.insert(wanted.end(), question.covariates.begin(), question.covariates.end());
  }
  for (const auto& [key, column] : split_columns(config.data.split))
    if (key != "person") wanted.push_back(column);  // it names people and does not describe them
  std::copy_if(cohort.columns.begin(), cohort.columns.end(), std::back_inserter(wanted), describes_people);
  std::vector<std::string> columns;
  for (const std::string& column : wanted) {
    const bool known =
        std::find(cohort.columns.begin(), cohort.columns.end(), column) != cohort.columns.end();
    if (known && std::find(columns.begin(), columns.end(), column) == columns.end())
      columns.push_back(column);
  }
  return columns;
}

Table flow_table(const Experiment& experiment, const std::vector<size_t>& folds) {
  const auto used = flow_columns(experiment.config, experiment.cohort);
  std::vector<std::string> columns{"fold", "part", "cases", "persons"};
  std::vector<bool> as_numbers;
  for (const std::string& column : used) {
    as_numbers.push_back(has_many_numbers(experiment.subjects, column));
    const bool taken = std::find(columns.begin(), columns.end(), column) != columns.end();
    columns.push_back(taken ? cat("column ", column) : column);
  }
  Table table(columns);
  const auto add = [&](const std::string& fold, const std::string& part, const Subjects& cases) {
    std::set<std::string> persons;
    for (const auto& subject : cases) persons.insert(subject->person);
    std::vector<Table::Cell> cells{fold, part, static_cast<int64_t>(cases.size()),
                                   static_cast<int64_t>(persons.size())};
    for (size_t i = 0; i < used.size(); ++i) cells.emplace_back(summary(cases, used[i], as_numbers[i]));
    table.add(std::move(cells));
  };
  add("-", "all", experiment.subjects);
  for (const size_t fold : folds) {
    add(cat(fold), "train", experiment.cases(experiment.folds[fold].train));
    add(cat(fold), "held_out", experiment.cases(experiment.folds[fold].held_out));
  }
  if (!experiment.held_aside.empty()) add("-", "held_aside", experiment.held_aside);
  return table;
}

}  // namespace tazuna
