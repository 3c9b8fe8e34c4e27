// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <string>

#include "train/options.hpp"

namespace tazuna {

/// How a run uses its machine and why, for the log: precision, memory layout, threads. `options` are
/// resolved, `channels_last`: how the network's features lie.
std::string setting_text(const TrainOptions& options, at::Device device, bool channels_last);

}  // namespace tazuna
