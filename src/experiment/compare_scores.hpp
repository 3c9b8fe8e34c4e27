// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiment/compare_rows.hpp"
#include "tables/table.hpp"

namespace tazuna {

/// `arm task structure metric value low high n persons undefined infinite seed_sd`: of every arm and
/// structure the means over cases, of every subject task its scores (structure `-`). Seeds are averaged
/// first; `seed_sd` is the standard deviation (n - 1) over the seeds' own values, n/a for one seed. `tasks`:
/// with their names resolved.
Table score_table(const Outcomes& outcomes, const std::vector<std::string>& arms,
                  const std::vector<AskedTask>& questions, const std::vector<std::shared_ptr<Task>>& tasks);

}  // namespace tazuna
