// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "infer/weights.hpp"

namespace tazuna {

/// Whether a parameter is at or below the part: "encoder" covers "encoder.stem.…".
bool has_part(const NamedTensors& parameters, const std::string& part);

/// The parameters at or below the named parts: "encoder" covers "encoder.stem.…". A part that covers none is
/// refused with the nearest one.
std::set<std::string> parameters_below(const NamedTensors& parameters, const std::vector<std::string>& parts);

/// The factor of each parameter's learning rate, decay^depth, where depth counts a U-Net's layers back from
/// the heads (0) along its longest way: decoder stages from the finest (1) to the coarsest, the bottleneck,
/// the encoder's finer stages, the stem (layer-wise decay of ELECTRA, Clark et al. 2020, and BEiT, Bao et al.
/// 2022, whose chains have one end). Empty for a decay of 1: every factor is 1.
std::map<std::string, double> layer_rates(const NamedTensors& parameters, double decay);

}  // namespace tazuna
