// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace tazuna {

/// How intervals of means are drawn unless something else is asked for.
inline constexpr double interval_level = 0.95;
inline constexpr int64_t interval_draws = 10000;

/// A mean with what it rests on. Undefined (NaN) and infinite values are left out and counted.
struct MeanInterval {
  double mean = 0;           ///< over the finite values; NaN without any
  double low = 0, high = 0;  ///< ends of the interval; NaN for fewer than two persons
  int64_t n = 0;             ///< finite values
  int64_t persons = 0;       ///< persons with a finite value
  int64_t undefined = 0, infinite = 0;
};

/// The mean of `values` with a percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13) that
/// draws whole persons with replacement, so that sessions of one person stay together; `persons[i]` names the
/// person of `values[i]`. A draw's mean is that of all values of the persons drawn; the ends are the draws'
/// percentiles with linear interpolation (NumPy's default). The same `seed` gives the same interval whatever
/// the order of the rows. An Error unless both spans have one length, 0 < level < 1 and there is a draw.
MeanInterval bootstrap_mean(std::span<const double> values, std::span<const std::string> persons,
                            double level = interval_level, int64_t draws = interval_draws, uint64_t seed = 0);

/// A statistic with its bootstrap interval.
struct StatisticInterval {
  double value = 0;  ///< of all rows; NaN where it is undefined
  double low = 0,
         high = 0;  ///< ends of the interval; NaN for fewer than two persons and without a defined draw
  int64_t draws_defined =
      0;  ///< draws that count: in the others the statistic was not finite (one class only)
};

/// Any statistic of rows with a percentile bootstrap interval over persons, drawn as in bootstrap_mean().
/// `statistic` is given row numbers, those of a person drawn twice twice, and may return NaN; persons come in
/// the order of their names, so that an interval depends on the order of one person's rows at most. The same
/// errors as above.
StatisticInterval bootstrap_statistic(std::span<const std::string> persons,
                                      const std::function<double(std::span<const size_t> rows)>& statistic,
                                      double level = interval_level, int64_t draws = 2000, uint64_t seed = 0);

}  // namespace tazuna
