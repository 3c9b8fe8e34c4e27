// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "experiment/resolve.hpp"
#include "infer/weights.hpp"

namespace tazuna {

/// The parameters of the experiment's network by name, with their sizes; their values are not drawn. Answers
/// that teach nothing are no matter here.
NamedTensors undrawn_weights(const Experiment& experiment);

}  // namespace tazuna
