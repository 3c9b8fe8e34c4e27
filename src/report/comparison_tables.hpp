// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "report/comparison_contents.hpp"

namespace tazuna {

// Parts of the page with a table as their main matter, each with its heading and an id for links; "" where a
// comparison has nothing of the kind. Each names the file it was read from.

/// What was found, in sentences: verdict, findings, further arms, controls.
std::string summary_section(const Comparison& comparison);
/// Tiles with the outcomes of training on all tasks against training on one.
std::string outcome_tiles(const Comparison& comparison);
/// Who was in which part of which fold, with what the table of people says about them.
std::string people_section(const Comparison& comparison);
/// The arms: tasks, seeds, steps, parameters, minutes, GFLOP.
std::string arms_section(const Comparison& comparison);
/// Scores of each structure, arm below arm.
std::string structures_section(const Comparison& comparison);
/// What was found of the people of no fold.
std::string aside_section(const Comparison& comparison);
/// A comparison.tsv as a table that can be sorted; `file` is its name. "" without pairs.
std::string pairs_table(const std::vector<ComparedPair>& pairs, const std::string& file);
/// What became of the answers when the segmented region was filled in.
std::string occlusion_section(const Comparison& comparison);

}  // namespace tazuna
