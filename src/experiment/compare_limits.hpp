// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "experiment/compare_pairs.hpp"
#include "experiment/compare_plan.hpp"

namespace tazuna {

/// A sentence for each subject task whose answer can partly be told from the site (the people's site, else
/// the column `site`): answering the most frequent class of a case's site, its own person left out, would be
/// right at least 0.1 more often than the most frequent one of all.
std::vector<std::string> site_limits(const Experiment& experiment);

/// A sentence for each task of classes whose loss weighs them: what its probabilities then mean.
std::vector<std::string> weight_limits(const std::vector<TaskOptions>& tasks);

/// A sentence for each subject task whose answer the control `intensity` tells better than chance: the lower
/// end of its auc is above 0.5, of its quadratic_kappa or r2 above 0. `scores`: scores.tsv.
std::vector<std::string> intensity_limits(const Table& scores);

/// What the figures do not say, a sentence each. `reads_networks`: there are controls that measure what
/// networks see.
std::vector<std::string> comparison_limits(const ComparisonPlan& plan, const std::vector<PairedRows>& pairs,
                                           bool reads_networks);

}  // namespace tazuna
