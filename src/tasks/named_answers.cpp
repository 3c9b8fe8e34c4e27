// SPDX-License-Identifier: Apache-2.0
#include "tasks/named_answers.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

NamedAnswers::NamedAnswers(std::string column, std::string key, std::vector<std::string> names)
    : column_(std::move(column)), key_(std::move(key)), names_(std::move(names)) {
  if (names_.empty())
    throw refused(cat(key_, " is empty, and no case has a value in the column '", column_, "'"));
  if (names_.size() == 1)
    throw refused(cat(key_, " names '", names_.front(), "' alone; there is nothing to tell it from"));
  for (size_t i = 0; i < names_.size(); ++i) {
    const std::vector<std::string> before(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(i));
    if (place_of(names_[i], before)) throw refused(cat(key_, ": '", names_[i], "' stands twice"));
  }
}

std::string NamedAnswers::demand() const {
  return cat("which is not in ", key_, " (", join(names_, ", "), ")");
}

void NamedAnswers::fit(std::span<const Subject> training, const std::string& where, Problems& problems) {
  const auto is_known = [this](const std::string& value) { return place_of(value, names_).has_value(); };
  expect_values(training, column_, is_known, demand(), where, problems);
  counts_.assign(names_.size(), 0);
  std::vector<std::set<std::string>> persons(names_.size());
  for (const Subject& subject : training) {
    const auto value = value_in(subject, column_);
    const auto place = value ? place_of(*value, names_) : std::nullopt;
    if (!place) continue;
    ++counts_[*place];
    persons[*place].insert(subject.person);
  }
  persons_.clear();
  for (const auto& one : persons) persons_.push_back(static_cast<int64_t>(one.size()));
  if (std::accumulate(counts_.begin(), counts_.end(), int64_t{0}) == 0)
    problems.add(where, cat("no case of the training part has an answer in the column '", column_, "'"));
}

void NamedAnswers::constants(Fields& fields) {
  fields.values("counts", counts_, {0}, "training cases of each class or level");
}

Target NamedAnswers::target_of(std::span<const Sample> samples) const {
  const auto rows = static_cast<int64_t>(samples.size());
  Target target{at::zeros({rows}, at::kLong), at::zeros({rows}, at::kBool)};
  for (int64_t n = 0; n < rows; ++n) {
    const Subject& subject = *samples[static_cast<size_t>(n)].subject;
    const auto value = value_in(subject, column_);
    if (!value) continue;
    const auto place = place_of(*value, names_);
    if (!place) throw refused(value_text(subject, column_, *value, demand()));
    target.value[n] = static_cast<int64_t>(*place);
    target.present[n] = true;
  }
  return target;
}

ClassShares mean_shares(const std::vector<std::string>& names, const Tensor& members) {
  expect_axes(members, "members", 2, "M, K");
  if (members.size(1) != static_cast<int64_t>(names.size()))
    throw Error(cat("an answer has ", members.size(1), " probabilities for ", names.size(), " names"));
  const Tensor mean = members.to(at::kCPU, at::kDouble).mean(0);
  const Tensor shares = (mean / mean.sum()).contiguous();
  const double* first = shares.const_data_ptr<double>();
  ClassShares answer{names, {first, first + shares.numel()}, 0};
  answer.chosen = static_cast<size_t>(std::max_element(answer.shares.begin(), answer.shares.end()) -
                                      answer.shares.begin());
  return answer;
}

}  // namespace tazuna
