// SPDX-License-Identifier: Apache-2.0
#include "train/collapse.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace tazuna {

namespace {

constexpr size_t fewest_cases = 5, looks_needed = 3;
constexpr double near_chance = 0.03, still = 0.02;  // shares of ln K

std::string rounded(double value) {
  return number_text(std::round(value * 1e3) / 1e3);
}

}  // namespace

std::optional<CollapseWatch::Look> CollapseWatch::look_at(std::span<const AnsweredCase> cases) {
  std::set<std::string> truths, answers;
  double sum = 0;
  size_t known = 0, classes = 0;
  for (const AnsweredCase& one : cases) {
    const auto* shares = std::get_if<ClassShares>(&one.answer);
    if (!shares) return std::nullopt;
    const auto truth = std::ranges::find(shares->names, one.truth);
    if (truth == shares->names.end()) continue;
    classes = shares->names.size();
    truths.insert(one.truth);
    answers.insert(shares->names.at(shares->chosen));
    const auto place = static_cast<size_t>(truth - shares->names.begin());
    sum -= std::log(std::max(shares->shares.at(place), 1e-12));
    ++known;
  }
  if (known < fewest_cases || truths.size() < 2) return std::nullopt;
  return Look{answers.size() == 1 ? *answers.begin() : "", sum / static_cast<double>(known),
              std::log(static_cast<double>(classes))};
}

std::optional<std::string> CollapseWatch::add(const std::string& task, std::span<const AnsweredCase> cases) {
  const std::optional<Look> look = look_at(cases);
  if (!look || warned_.contains(task)) return std::nullopt;
  std::vector<Look>& looks = looks_[task];
  looks.push_back(*look);
  if (looks.size() > looks_needed) looks.erase(looks.begin());
  if (looks.size() < looks_needed) return std::nullopt;
  const auto [least, most] = std::ranges::minmax(looks, {}, &Look::cross_entropy);
  const bool alike = !look->only.empty() &&
                     std::ranges::all_of(looks, [&look](const Look& one) { return one.only == look->only; });
  const bool by_chance = std::abs(look->cross_entropy - look->chance) < near_chance * look->chance &&
                         most.cross_entropy - least.cross_entropy < still * look->chance;
  if (!alike && !by_chance) return std::nullopt;
  warned_.insert(task);
  const std::string figures =
      cat("mean cross-entropy ", rounded(look->cross_entropy), ", by chance ", rounded(look->chance));
  return cat("task '", task, "' seems to learn nothing: its last ", looks_needed, " validations ",
             alike ? cat("answered every case with '", look->only, "'") : "were no better than chance", " (",
             figures,
             "); try class_weights: balanced, another `start` or `weight`, or another train.weighting");
}

}  // namespace tazuna
