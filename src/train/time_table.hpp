// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tables/table.hpp"

namespace tazuna {

/// One stretch of work on a part of a step. Stretches may lie in each other; an outer one is charged without
/// what lies in it.
struct PartSpan {
  size_t part = 0;     ///< its place in step_part::all
  int64_t step = -1;   ///< the measured step it belongs to, from 0; -1: none
  int64_t outer = -1;  ///< the stretch around it, by its place in the list; -1: none
  double seconds = 0;  ///< with all that lies in it
};

/// What a part took: of validation each time counts, of the others each measured step.
struct PartTime {
  std::string part;  ///< of step_part, "rest", or "step": all of these together without validation
  int64_t count = 0;
  double seconds = 0;                           ///< all together
  double share = 0;                             ///< of "step"; NaN for validation
  double median = 0, tenth = 0, ninetieth = 0;  ///< s; percentiles 50, 10 and 90
};

/// Parts in the order of step_part::all as far as they occurred, then "rest", "step" and validation. `steps`:
/// seconds of each measured step, at least one, validation included.
std::vector<PartTime> part_times(const std::vector<double>& steps, const std::vector<PartSpan>& spans);

/// A table for add_part_times(): clock, part, count, seconds, share, median_ms, p10_ms, p90_ms.
Table empty_time_table();
/// A row a part; `clock` says whose time it is: "host" or "device".
void add_part_times(Table& table, const std::string& clock, const std::vector<PartTime>& times);
/// The same for people, a line a part.
std::string time_text(const std::vector<PartTime>& times);

}  // namespace tazuna
