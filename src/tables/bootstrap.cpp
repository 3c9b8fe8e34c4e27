// SPDX-License-Identifier: Apache-2.0
#include "tables/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "core/undefined.hpp"

namespace tazuna {

namespace {

using Named = std::pair<std::string, double>;  // person and value

/// What a person adds to a draw.
struct Share {
  double deviation = 0;  ///< sum over the person's values of value - mean
  double values = 0;     ///< how many there are
};

void expect_drawable(size_t values, size_t persons, double level, int64_t draws) {
  if (values == persons && level > 0 && level < 1 && draws >= 1) return;
  throw Error(
      cat("a bootstrap interval needs a person for each value, a level between 0 and 1 and at least "
          "one draw, but got ",
          values, " values, ", persons, " persons, level ", level, " and ", draws, " draws"));
}

/// Draws one of `persons` after the other. Of every 64 random bits each half names a person: multiplied by
/// the number of persons, the upper 32 bits of the product (Lemire 2019; uneven by less than persons / 2^32).
class PersonDraws {
 public:
  PersonDraws(size_t persons, uint64_t seed) : persons_(persons), random_({"bootstrap", seed}) {}
  /// Calls `visit` with as many drawn persons as there are.
  template <class Visit>
  void draw(Visit&& visit) {
    uint64_t bits = 0;
    for (uint64_t k = 0; k < persons_; ++k) {
      bits = k % 2 == 0 ? random_.bits() : bits << 32;
      visit(((bits >> 32) * persons_) >> 32);
    }
  }

 private:
  const uint64_t persons_;
  Random random_;
};

std::vector<Share> shares_of(const std::vector<Named>& sorted, double mean) {
  std::vector<Share> shares;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || sorted[i].first != sorted[i - 1].first) shares.emplace_back();
    shares.back().deviation += sorted[i].second - mean;
    shares.back().values += 1;
  }
  return shares;
}

/// Mean deviation of each draw, sorted.
std::vector<double> drawn_means(const std::vector<Share>& shares, int64_t draws, uint64_t seed) {
  PersonDraws drawn(shares.size(), seed);
  std::vector<double> means(static_cast<size_t>(draws));
  for (double& mean : means) {
    double deviation = 0, values = 0;
    drawn.draw([&](uint64_t person) {
      deviation += shares[person].deviation;
      values += shares[person].values;
    });
    mean = deviation / values;
  }
  std::ranges::sort(means);
  return means;
}

double percentile(const std::vector<double>& sorted, double share) {
  const double rank = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (rank - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// The end of an interval, `mean` + `deviation`, where what rounding leaves of nothing is nothing: a
/// difference is read by which ends lie below zero.
double end_of(double mean, double deviation) {
  constexpr double rounding = 1e-12;
  const double end = mean + deviation;
  return std::abs(end) <= rounding * std::abs(mean) ? 0 : end;
}

}  // namespace

MeanInterval bootstrap_mean(std::span<const double> values, std::span<const std::string> persons,
                            double level, int64_t draws, uint64_t seed) {
  expect_drawable(values.size(), persons.size(), level, draws);
  MeanInterval result{.mean = undefined, .low = undefined, .high = undefined};
  std::vector<Named> sorted;
  for (size_t i = 0; i < values.size(); ++i) {
    result.undefined += std::isnan(values[i]);
    result.infinite += std::isinf(values[i]);
    if (std::isfinite(values[i])) sorted.emplace_back(persons[i], values[i]);
  }
  if (sorted.empty()) return result;
  std::ranges::sort(sorted);
  double sum = 0;
  for (const auto& [person, value] : sorted) sum += value;
  result.n = static_cast<int64_t>(sorted.size());
  result.mean = sum / static_cast<double>(result.n);
  const std::vector<Share> shares = shares_of(sorted, result.mean);
  result.persons = static_cast<int64_t>(shares.size());
  if (result.persons < 2) return result;
  const std::vector<double> means = drawn_means(shares, draws, seed);
  result.low = end_of(result.mean, percentile(means, (1 - level) / 2));
  result.high = end_of(result.mean, percentile(means, (1 + level) / 2));
  return result;
}

StatisticInterval bootstrap_statistic(std::span<const std::string> persons,
                                      const std::function<double(std::span<const size_t> rows)>& statistic,
                                      double level, int64_t draws, uint64_t seed) {
  expect_drawable(persons.size(), persons.size(), level, draws);
  std::map<std::string, std::vector<size_t>> by_person;
  for (size_t i = 0; i < persons.size(); ++i) by_person[persons[i]].push_back(i);
  std::vector<std::vector<size_t>> own;
  std::vector<size_t> rows;
  const auto add = [&rows](const std::vector<size_t>& more) {
    rows.insert(rows.end(), more.begin(), more.end());
  };
  for (auto& [person, numbers] : by_person) {
    add(numbers);
    own.push_back(std::move(numbers));
  }
  StatisticInterval result{.value = statistic(rows), .low = undefined, .high = undefined};
  if (own.size() < 2) return result;
  PersonDraws drawn(own.size(), seed);
  std::vector<double> values;
  for (int64_t draw = 0; draw < draws; ++draw) {
    rows.clear();
    drawn.draw([&](uint64_t person) { add(own[person]); });
    const double value = statistic(rows);
    if (std::isfinite(value)) values.push_back(value);
  }
  result.draws_defined = static_cast<int64_t>(values.size());
  if (values.empty()) return result;
  std::ranges::sort(values);
  result.low = percentile(values, (1 - level) / 2);
  result.high = percentile(values, (1 + level) / 2);
  return result;
}

}  // namespace tazuna
