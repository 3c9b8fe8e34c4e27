// SPDX-License-Identifier: Apache-2.0
#include "tasks/covariates.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

bool is_number(const std::string& value) {
  return number_of(value).has_value();
}

const std::string number_demand = "not a number";

void standardise(CovariateColumn& column, std::span<const Subject> training) {
  std::vector<double> numbers;
  for (const Subject& subject : training) {
    const auto value = value_in(subject, column.column);
    if (value && is_number(*value)) numbers.push_back(*number_of(*value));
  }
  const auto n = static_cast<double>(numbers.size());
  double squares = 0;
  for (const double number : numbers) column.mean += number / n;
  for (const double number : numbers) squares += (number - column.mean) * (number - column.mean);
  const double sd = std::sqrt(squares / n);
  column.sd = sd > 0 ? sd : 1;
}

}  // namespace

void describe(Fields& fields, CovariateColumn& column) {
  fields.text("column", column.column, "column of the cases' values");
  fields.number("mean", column.mean, {}, "mean of the training part's numbers");
  fields.number("sd", column.sd, {0}, "their population standard deviation");
  fields.values("words", column.words, {}, "words of the training part, one input each; empty: numbers");
}

void Covariates::fit(std::span<const Subject> training, const std::string& where, Problems& problems) {
  fitted_.clear();
  for (const std::string& name : wanted_) {
    CovariateColumn column{.column = name};
    const std::vector<std::string> values = values_found(training, name);
    if (values.empty()) {
      problems.add(where, cat("covariates: no case of the training part has a value in '", name, "'"));
    } else if (std::none_of(values.begin(), values.end(), is_number)) {
      column.words = values;
    } else {
      expect_values(training, name, is_number, number_demand, where, problems);
      standardise(column, training);
    }
    fitted_.push_back(std::move(column));
  }
}

void Covariates::constants(Fields& fields) {
  fields.list("covariates", fitted_, "columns that the head reads, as the training part showed them");
}

int64_t Covariates::width() const {
  if (fitted_.size() != wanted_.size())
    throw Error("a head that reads columns is made after the training part was looked at, not before");
  int64_t width = 0;
  for (const CovariateColumn& column : fitted_)
    width += column.words.empty() ? 1 : static_cast<int64_t>(column.words.size());
  return width;
}

Tensor Covariates::of(std::span<const Sample> samples) const {
  if (wanted_.empty()) return {};
  Tensor inputs = at::zeros({static_cast<int64_t>(samples.size()), width()}, at::kFloat);
  auto values = inputs.accessor<float, 2>();
  for (size_t n = 0; n < samples.size(); ++n) {
    const Subject& subject = *samples[n].subject;
    int64_t first = 0;
    for (const CovariateColumn& column : fitted_) {
      const auto value = value_in(subject, column.column);
      const auto row = static_cast<int64_t>(n);
      if (column.words.empty()) {
        if (value && !is_number(*value))
          throw refused(value_text(subject, column.column, *value, number_demand));
        if (value) values[row][first] = static_cast<float>((*number_of(*value) - column.mean) / column.sd);
        ++first;
      } else {
        const auto place = value ? place_of(*value, column.words) : std::nullopt;
        if (place) values[row][first + static_cast<int64_t>(*place)] = 1;
        first += static_cast<int64_t>(column.words.size());
      }
    }
  }
  return inputs;
}

}  // namespace tazuna
