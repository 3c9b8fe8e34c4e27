// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "report/svg.hpp"

namespace tazuna {

/// One line of a plot; a y that is NaN is a gap.
struct Curve {
  std::string name;
  std::vector<double> x, y;
  std::optional<size_t> colour = {};  ///< of the palette; without one by the order of names
};
/// Lines over the steps of runs; those of one name share colour and entry of the legend, which there is where
/// names differ, and are faint beside their mean where they have the same steps. `marks` puts a point on each
/// value.
std::string curve_plot(const std::string& title, const std::string& y_name, const std::vector<Curve>& curves,
                       bool marks);

/// What is known about a case in a plot.
struct PlottedValue {
  double value = 0;
  std::string hint;  ///< for the pointer: "sub-01: 0.913"
};
/// Values of one structure, a row of a box plot.
struct BoxRow {
  std::string name;
  std::vector<PlottedValue> values;
};
struct BoxScale {
  std::string name;  ///< "HD95 (mm)"
  int digits = 2;
  ValueSpan possible{-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
};
/// Tukey's box plots, lying: quartiles by linear interpolation, whiskers to the last value within 1.5
/// interquartile ranges, every case as a point. Infinite and undefined values cannot be drawn; how many there
/// are stands at the end of the row.
std::string box_plot(const BoxScale& scale, const std::vector<BoxRow>& rows);

/// Agreement of two measurements of the same thing (Bland and Altman 1986).
struct Agreement {
  int64_t n = 0;
  double bias = 0;           ///< mean difference; NaN without any
  double low = 0, high = 0;  ///< bias -/+ 1.96 standard deviations (n - 1); NaN for fewer than two
};
/// Of these differences; those that are not finite are left out.
Agreement agreement_of(const std::vector<double>& differences);

/// One case measured twice.
struct Pair {
  double predicted = 0, reference = 0;
  std::string hint;
};
/// Difference (predicted minus reference) against the mean of both, with bias and limits of agreement.
std::string agreement_plot(const std::string& name, const std::string& unit, const std::vector<Pair>& pairs,
                           int digits);

/// Of so many points in a plot every k-th is drawn, so that pages of large cohorts stay small; boxes and
/// lines always rest on all. 1: each one.
size_t drawn_one_in(size_t points);

}  // namespace tazuna
