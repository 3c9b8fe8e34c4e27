// SPDX-License-Identifier: Apache-2.0
#include "metrics/volume.hpp"

#include <charconv>
#include <cmath>
#include <iterator>

namespace tazuna {

double significant(double value, int digits) {
  if (!std::isfinite(value)) return value;
  char text[64];
  const char* end = std::to_chars(text, std::end(text), value, std::chars_format::scientific, digits - 1).ptr;
  std::from_chars(text, end, value);
  return value;
}

double volume_mm3(int64_t voxels, const Geometry& grid) {
  const double exact = voxel_volume(grid), decimal = significant(exact, 6);
  const double voxel = std::abs(decimal - exact) <= 0x1p-22 * exact ? decimal : exact;
  return significant(static_cast<double>(voxels) * voxel, 12);
}

}  // namespace tazuna
