// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "train/trainer.hpp"

namespace tazuna {

/// How well the people who choose the weights are answered, larger is better: the mean over the tasks of the
/// value that the journal shows of each (mean Dice; AUC or balanced accuracy; kappa), of a number
/// 1 - mean absolute error / mean absolute deviation of the truths from their median, which is 0 for the best
/// constant. Undefined values are left out; NaN if all are.
double inner_score(const Validation& validation);

}  // namespace tazuna
