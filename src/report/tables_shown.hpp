// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "report/contents.hpp"
#include "report/metrics_shown.hpp"

namespace tazuna {

/// "core"; "lesion: core" where several tasks have structures.
std::string structure_name(const std::string& task, const std::string& structure, bool several_tasks);

/// The metrics among the shown ones that cases.tsv has, for the table of means (`in_means`) or of cases
/// (`in_cases`).
std::vector<ShownMetric> metrics_in(const Table& cases, bool ShownMetric::*where);

/// A cell with a mean, its interval, its spread between seeds, and, where it rests on other than `cases`
/// cases, on how many. Empty without a row.
std::string mean_cell(const MeanRow* row, const ShownMetric& metric, int64_t cases);

/// The table of means: a row a structure; in a cell the mean, its interval and, where values are missing,
/// what it rests on.
std::string means_table(const Table& cases, const std::vector<MeanRow>& means);

/// All rows of cases.tsv, or the `most` of lowest Dice; the page's script makes it sortable.
std::string cases_table(const Report& report, size_t most);

/// The scores of one case, a row a structure.
std::string case_scores(const Table& cases, const std::string& case_id, const std::string& task);

}  // namespace tazuna
