// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/tensor.hpp"

namespace tazuna {

/// The border of a mask [H, W] (bool) as the data of an SVG path: closed loops along pixel edges, one unit a
/// pixel, x to the right and y down, clockwise around the mask. Pixels that touch at a corner alone have
/// loops of their own. "" for an empty mask.
std::string outline_path(const Tensor& mask);

}  // namespace tazuna
