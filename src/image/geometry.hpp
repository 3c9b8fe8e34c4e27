// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace tazuna {

using Affine = std::array<std::array<double, 4>, 4>;  ///< voxel (x, y, z, 1) -> RAS+ millimetres, as nibabel

/// Where a grid of voxels lies in the world. All arrays are in tensor order: axis 0 = z (D), 1 = y (H),
/// 2 = x (W). World is RAS+ in mm. world = origin + sum over axes a of index[a] * spacing[a] * direction[.,
/// a].
struct Geometry {
  std::array<int64_t, 3> size{1, 1, 1};
  std::array<double, 3> spacing{1, 1, 1};
  std::array<double, 3> origin{0, 0, 0};  ///< world (x, y, z) of voxel (0, 0, 0)
  /// Row-major 3x3: rows are world x, y, z; columns are the unit vectors of the tensor axes z, y, x. The
  /// columns need not be orthogonal (a sheared sform is a legal affine).
  std::array<double, 9> direction{0, 0, 1, 0, 1, 0, 1, 0, 0};
};

/// The affine of a geometry and back; `size` in tensor order. Columns of length zero are an Error.
Affine affine_of(const Geometry& geometry);
Geometry geometry_of(const Affine& affine, const std::array<int64_t, 3>& size);

/// The volume of a voxel in mm3: |determinant| of the affine, which is right for sheared grids too.
double voxel_volume(const Geometry& geometry);

/// Refuses an affine that is not finite or whose voxel axes do not span space; shears are legal. `name`: "the
/// sform".
void expect_invertible(const Affine& affine, const std::string& name);

/// Headers of one grid differ by less where tools write them anew, in shares of the smallest spacing: a tenth
/// is less than any interpolation could show, a hundredth what rounding alone explains.
inline constexpr double grid_tolerance = 0.1, grid_rounding = 0.01;
/// The largest distance in mm between corresponding outer corners (voxel edges) of two grids of one size.
double corner_distance(const Geometry& a, const Geometry& b);
/// True if both describe the same voxels: equal size and outer corners within `tolerance` times the smallest
/// spacing.
bool same_grid(const Geometry& a, const Geometry& b, double tolerance = grid_tolerance);
/// Why they are not: "size 35x51x35 against 36x50x35" or "corner 1.2 mm apart"; "" if they are.
std::string grid_difference(const Geometry& a, const Geometry& b, double tolerance = grid_tolerance);
/// "35x51x35 (x, y, z)".
std::string size_text(const Geometry& geometry);

/// A signed permutation: working axis i is native axis `axis[i]`, reversed where `flip[i]`.
struct AxisOrder {
  std::array<int, 3> axis{0, 1, 2};
  std::array<bool, 3> flip{false, false, false};
  bool operator==(const AxisOrder&) const = default;
};

/// The order that brings a grid to canonical RAS+ (nibabel's as_closest_canonical: axes z=S, y=A, x=R), by
/// the best assignment of axes to world directions; then `arrange` permutes the canonical (z, y, x) axes.
AxisOrder canonical_order(const Geometry& geometry, const std::array<int, 3>& arrange = {0, 1, 2});
Geometry reordered(const Geometry& geometry, const AxisOrder& order);

/// A box of voxels: from `low` inclusive to `high` exclusive, tensor order.
struct Box {
  std::array<int64_t, 3> low{0, 0, 0}, high{0, 0, 0};
  std::array<int64_t, 3> size() const { return {high[0] - low[0], high[1] - low[1], high[2] - low[2]}; }
  bool operator==(const Box&) const = default;
};
Geometry cropped(const Geometry& geometry, const Box& box);
/// The same extent on another number of voxels; spacing = extent / size, voxel edges (not centres) aligned.
Geometry resized(const Geometry& geometry, const std::array<int64_t, 3>& size);

}  // namespace tazuna
