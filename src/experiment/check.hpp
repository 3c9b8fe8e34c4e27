// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <string>

#include "core/log.hpp"
#include "experiment/config.hpp"

namespace tazuna {

/// Reads the whole dataset, builds the network and runs one step on one drawn batch without updating
/// anything. Returns what it found as text: the plan, tensor shapes, parameters, how many weights of
/// `train.from` it would take, loss of each task, seconds, peak memory. Everything wrong with the dataset,
/// and weights that are not there, is one Error (refused), a line per problem. With a folder `pictures`,
/// augmented patches are drawn there (experiment/pictures.hpp).
std::string check_experiment(const ExperimentConfig& config, at::Device device, Log& log,
                             const std::filesystem::path& pictures = {});

}  // namespace tazuna
