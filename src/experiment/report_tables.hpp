// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report/comparison_contents.hpp"
#include "tables/table.hpp"

namespace tazuna {

/// A table of a comparison; an empty one where there is no such file.
Table table_in(const std::filesystem::path& folder, const std::string& file);

/// The arms of an arms.tsv; each gets the next colour of the palette.
std::vector<ComparedArm> arms_in(const Table& arms);
/// The rows of a comparison's scores.tsv.
std::vector<MeanRow> scores_in(const Table& scores);
/// The rows of a comparison.tsv.
std::vector<ComparedPair> pairs_in(const Table& pairs);
/// A network's rows of a comparison's cases.tsv in the form of a run's: of several seeds the mean of each
/// metric over those in which it is defined.
Table cases_of_arm(const Table& cases, const std::string& arm);

}  // namespace tazuna
