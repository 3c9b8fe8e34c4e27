// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "image/geometry.hpp"

namespace tazuna {

/// The value with `digits` significant decimal digits.
double significant(double value, int digits);

/// Volume in mm3 of `voxels` voxels of a grid (negative for a difference), to 12 digits. File headers hold
/// spacings as float32, in which 0.8 mm cubed is 0.512000023: where a decimal of six digits is no further
/// from the volume of a voxel than that noise (2^-22 of it), it stands for it.
double volume_mm3(int64_t voxels, const Geometry& grid);

}  // namespace tazuna
