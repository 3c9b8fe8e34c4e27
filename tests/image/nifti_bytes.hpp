// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <string_view>

#include "core/files.hpp"
#include "image/nifti_header.hpp"
#include "image/nifti_layout.hpp"

namespace tazuna {

/// A small valid `.nii` in memory whose fields a test may spoil.
struct NiftiBytes {
  int version = 1;
  bool swapped = false;
  Bytes bytes;

  const NiftiLayout& layout() const { return nifti_layout(version); }
  void put(const NiftiField& field, double value, size_t index = 0) {
    put_nifti_number(bytes, swapped, field, value, index);
  }
  void put_text(size_t offset, std::string_view text) {
    std::memcpy(bytes.data() + offset, text.data(), text.size());
  }
};

/// float32 voxels 0, 1, 2, ... of `size` (tensor order) and frames on a grid of 1 x 2 x 3 mm with an sform.
inline NiftiBytes nifti_bytes(int version = 1, bool swapped = false, std::array<int64_t, 3> size = {2, 3, 4},
                              int64_t frames = 1) {
  NiftiBytes file{version, swapped, Bytes(nifti_layout(version).bytes + 4)};
  const NiftiLayout& layout = file.layout();
  file.put({"sizeof_hdr", 0, 4}, static_cast<double>(layout.bytes));
  using std::string_view_literals::operator""sv;
  file.put_text(layout.magic, version == 1 ? "n+1\0"sv : "n+2\0\r\n\x1a\n"sv);
  file.put(layout.dim, frames > 1 ? 4 : 3);
  const std::array<int64_t, 7> dim{size[2], size[1], size[0], frames, 1, 1, 1};
  for (size_t axis = 0; axis < 7; ++axis) {
    file.put(layout.dim, static_cast<double>(dim[axis]), axis + 1);
    file.put(layout.pixdim, axis < 3 ? static_cast<double>(axis + 1) : 2, axis + 1);
  }
  file.put(layout.datatype, 16);
  file.put(layout.bitpix, 32);
  file.put(layout.vox_offset, static_cast<double>(layout.bytes + 4));
  file.put(layout.units, 10);  // mm, s
  file.put(layout.sform_code, 2);
  for (size_t row = 0; row < 3; ++row) {
    file.put(layout.srow, static_cast<double>(row + 1), 5 * row);
    file.put(layout.srow, 10 * static_cast<double>(row) - 7, 4 * row + 3);
  }
  const auto voxels = static_cast<size_t>(size[0] * size[1] * size[2] * frames);
  for (size_t i = 0; i < voxels; ++i) {
    file.bytes.resize(file.bytes.size() + 4);
    file.put({"voxel", file.bytes.size() - 4, 4, true}, static_cast<double>(i));
  }
  return file;
}

}  // namespace tazuna
