// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "experiment/resolve.hpp"

namespace tazuna {

/// Refuses what would end the training of one of these folds (numbers among the experiment's), so that it is
/// told before the first one begins: a training part that cannot teach a task, and columns that a head cannot
/// read of those who learn, choose the weights or are answered afterwards. What is wrong in several folds is
/// told once.
void check_folds(const Experiment& experiment, const std::vector<size_t>& folds);
/// Of all folds.
void check_folds(const Experiment& experiment);

/// Refuses samples that are to be changed on a GPU (`augment.device`) where the network trains on the CPU.
void expect_augment_device(const AugmentOptions& options, at::Device training);

}  // namespace tazuna
