// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "report/comparison_contents.hpp"
#include "report/contents.hpp"
#include "tables/table.hpp"

namespace tazuna {

/// The subject tasks of a run: FOLDER/BELOW/subjects.tsv and task_scores.tsv. None where there is no such
/// file; a run without scores has the answers alone.
std::vector<AnsweredTask> answered_by_run(const std::filesystem::path& folder,
                                          const std::filesystem::path& below);

/// The subject tasks of a comparison: the rows of scores.tsv without a structure, and DIR/answers_TASK.tsv,
/// seeds averaged case by case. `arms` gives names and colours.
std::vector<AnsweredTask> answered_by_arms(const std::filesystem::path& folder,
                                           const std::vector<ComparedArm>& arms,
                                           const std::vector<MeanRow>& scores);

}  // namespace tazuna
