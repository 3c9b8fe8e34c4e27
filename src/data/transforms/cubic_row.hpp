// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace tazuna {

/// Places in a case that a row of a patch is taken from: voxel indices along z, y, x. Evaluated in one way
/// everywhere, and monotonic along the row.
struct PlaceRow {
  std::array<float, 3> start, step;
  float at(int axis, int64_t i) const { return start[axis] + static_cast<float>(i) * step[axis]; }
};

/// Cubic convolution (Keys 1981, a = -1/2): the weights of the voxels at -1, 0, 1 and 2 from the one below a
/// place, t in [0, 1) behind it, are the columns of this times 1, t, t^2 and t^3. They sum to one, leave the
/// voxels as they are where t = 0, and polynomials of degree 2 everywhere.
inline constexpr std::array<std::array<float, 4>, 4> cubic_powers{
    {{0, 1, 0, 0}, {-0.5F, 0, 0.5F, 0}, {1, -2.5F, 2, -0.5F}, {-0.5F, 1.5F, -1.5F, 0.5F}}};

/// The values of an image [D, H, W] of `size` at the first `count` places of a row, by cubic convolution
/// along each axis; the image is zero outside.
void cubic_row(const float* image, const std::array<int64_t, 3>& size, const PlaceRow& row, int64_t count,
               float* values);

}  // namespace tazuna
