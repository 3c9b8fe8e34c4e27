// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "infer/scores.hpp"

namespace tazuna {

/// The means of structures as a table for people: a line a structure and metric with mean, 95 % interval,
/// number of cases and persons, and how many undefined and infinite values were left out; "n/a" where there
/// is nothing to say. It shows Dice, distances, NSD, volume errors and, where they were scored, lesions;
/// means.tsv has the rest. Ends in a line with the mean of the structures' Dice. "" without means.
std::string score_text(const std::vector<MeanScore>& means);
/// The scores of subject tasks likewise: a line a task and metric.
std::string score_text(const std::map<std::string, std::vector<TaskScore>>& scores);
/// Both, as means.tsv and task_scores.tsv of a folder say; either may be absent.
std::string score_text(const std::filesystem::path& folder);

}  // namespace tazuna
