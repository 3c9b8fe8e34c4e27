// SPDX-License-Identifier: Apache-2.0
#include "report/roc_band.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "data/percentile.hpp"

namespace tazuna {
namespace {

constexpr int64_t steps = 100;

using Answers = std::vector<std::pair<double, uint8_t>>;  // score, positive

/// Each person's answers, sorted, so that the order of the cases does not matter.
std::vector<Answers> by_person(std::span<const double> scores, std::span<const uint8_t> positive,
                               std::span<const std::string> persons) {
  std::map<std::string, Answers> groups;
  for (size_t i = 0; i < scores.size(); ++i) groups[persons[i]].emplace_back(scores[i], positive[i]);
  std::vector<Answers> list;
  for (auto& [person, answers] : groups) {
    std::sort(answers.begin(), answers.end());
    list.push_back(std::move(answers));
  }
  return list;
}

/// Persons who show each class.
std::array<int64_t, 2> persons_of_classes(const std::vector<Answers>& people) {
  std::array<int64_t, 2> counts{0, 0};
  for (const Answers& answers : people) {
    std::set<bool> classes;
    for (const auto& [score, is_positive] : answers) classes.insert(is_positive != 0);
    for (const bool one : classes) ++counts[one ? 1 : 0];
  }
  return counts;
}

/// The curve of as many persons drawn with replacement; nothing where one class is missing.
std::vector<RocPoint> drawn_curve(const std::vector<Answers>& people, Random& random) {
  std::vector<double> scores;
  std::vector<uint8_t> positive;
  for (size_t k = 0; k < people.size(); ++k) {
    for (const auto& [score, is_positive] :
         people[static_cast<size_t>(random.below(static_cast<int64_t>(people.size())))]) {
      scores.push_back(score);
      positive.push_back(is_positive);
    }
  }
  const auto positives =
      std::count_if(positive.begin(), positive.end(), [](uint8_t one) { return one != 0; });
  const bool both = positives > 0 && positives < static_cast<int64_t>(positive.size());
  return both ? roc_curve(scores, positive) : std::vector<RocPoint>{};
}

}  // namespace

double sensitivity_at(const std::vector<RocPoint>& curve, double false_positive_rate) {
  const auto after = std::find_if(curve.begin(), curve.end(), [&](const RocPoint& point) {
    return point.false_positive_rate > false_positive_rate;
  });
  if (after == curve.begin()) return 0;
  const RocPoint& left = *std::prev(after);
  if (after == curve.end()) return left.sensitivity;
  const double share = (false_positive_rate - left.false_positive_rate) /
                       (after->false_positive_rate - left.false_positive_rate);
  return left.sensitivity + share * (after->sensitivity - left.sensitivity);
}

RocBand roc_band(std::span<const double> scores, std::span<const uint8_t> positive,
                 std::span<const std::string> persons, int64_t draws, uint64_t seed) {
  if (scores.size() != positive.size() || scores.size() != persons.size())
    throw Error(cat("a ROC band of ", scores.size(), " scores, ", positive.size(), " truths and ",
                    persons.size(), " persons; each case needs all three"));
  const auto people = by_person(scores, positive, persons);
  const auto counts = persons_of_classes(people);
  if (counts[0] < 2 || counts[1] < 2) return {};
  Random random({"roc band", seed});
  std::vector<std::vector<double>> drawn(steps + 1);  // by false positive rate
  for (int64_t draw = 0; draw < draws; ++draw) {
    const auto curve = drawn_curve(people, random);
    if (curve.empty()) continue;
    for (int64_t step = 0; step <= steps; ++step)
      drawn[static_cast<size_t>(step)].push_back(sensitivity_at(curve, static_cast<double>(step) / steps));
  }
  if (drawn.front().empty()) return {};
  RocBand band;
  for (int64_t step = 0; step <= steps; ++step) {
    const auto& values = drawn[static_cast<size_t>(step)];
    band.false_positive_rate.push_back(static_cast<double>(step) / steps);
    band.low.push_back(percentile(values, 2.5));
    band.high.push_back(percentile(values, 97.5));
  }
  return band;
}

}  // namespace tazuna
