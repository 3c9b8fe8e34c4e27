// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "infer/scores.hpp"

namespace tazuna {

/// The means as a table for people: a line a structure and metric with mean, 95 % interval, number of cases
/// and persons, and how many undefined and infinite values were left out; "n/a" where there is nothing to
/// say. It shows Dice, distances, NSD, volume errors and, where they were scored, lesions; means.tsv has the
/// rest. Ends in a line with the mean of the structures' Dice.
std::string score_text(const std::vector<MeanScore>& means);

}  // namespace tazuna
