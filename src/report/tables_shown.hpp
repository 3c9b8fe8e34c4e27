// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "report/contents.hpp"

namespace tazuna {

/// How a metric is shown to people.
struct ShownMetric {
  std::string column;  ///< of cases.tsv
  std::string name, unit;
  int digits = 2;
  bool in_means = true, in_cases = true;  ///< has a column in the table of means, of cases
};
/// The metrics that a page shows, in its order.
const std::vector<ShownMetric>& shown_metrics();
/// "HD95 (mm)".
std::string heading(const ShownMetric& metric);

/// "core"; "lesion: core" where several tasks have structures.
std::string structure_name(const std::string& task, const std::string& structure, bool several_tasks);

/// The table of means: a row a structure; in a cell the mean, its interval and, where values are missing,
/// what it rests on.
std::string means_table(const Table& cases, const std::vector<MeanRow>& means);

/// All rows of cases.tsv, or the `most` of lowest Dice; the page's script makes it sortable.
std::string cases_table(const Report& report, size_t most);

/// The scores of one case, a row a structure.
std::string case_scores(const Table& cases, const std::string& case_id, const std::string& task);

}  // namespace tazuna
