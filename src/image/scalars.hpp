// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tazuna {

/// The voxel types that files hold and this program reads.
enum class Scalar { int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64 };

size_t size_of(Scalar type);
/// NumPy's name: "int16".
std::string_view name_of(Scalar type);

/// What a stored number means: slope * stored + inter.
struct Scaling {
  double slope = 1, inter = 0;
  bool none() const { return slope == 1 && inter == 0; }
};

/// Voxels as a file stores them.
struct StoredVoxels {
  std::span<const std::byte> bytes;  ///< a whole number of voxels, of any alignment
  Scalar type = Scalar::uint8;
  bool swapped = false;  ///< byte order opposite to this machine's
  Scaling scaling;
};

/// Converts all voxels; the scaling is computed in double precision. A float64 beyond float32 becomes
/// infinite. `values` may lie over `stored.bytes` if each ends before the voxel that follows its own begins:
/// at the front of memory that has the voxels at its end.
void to_float32(const StoredVoxels& stored, std::span<float> values);

/// A voxel that cannot be a label, by its index in the file, and its value as text.
struct NotLabel {
  size_t index;
  std::string value;
};
/// Converts whole numbers exactly (no detour through floating point for stored integers without scaling);
/// what is less than 1e-4 beside a whole number is that number. The first voxel that has another fraction, is
/// not finite or lies outside int32 is returned; `values` is then
/// unspecified, and may lie over `stored.bytes` as in to_float32().
std::optional<NotLabel> to_labels(const StoredVoxels& stored, std::span<int32_t> values);

/// Reverses the bytes of each `width`-byte number (1, 2, 4 or 8).
void swap_bytes(std::span<std::byte> bytes, size_t width);

}  // namespace tazuna
