// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <cstring>
#include <filesystem>

#include "tests/image/nifti_bytes.hpp"

namespace tazuna {

/// Writes frames [T, D, H, W] as a 4D `.nii` of 1 x 2 x 3 mm (x, y, z) in canonical orientation, with
/// pixdim[4] and its unit of time: 0 unknown, 8 s, 16 ms, 24 us.
inline void write_series(const std::filesystem::path& file, const Tensor& frames, double pixdim4 = 2,
                         int unit = 8) {
  NiftiBytes nifti = nifti_bytes(1, false, {frames.size(1), frames.size(2), frames.size(3)}, frames.size(0));
  nifti.put(nifti.layout().pixdim, pixdim4, 4);
  nifti.put(nifti.layout().units, 2 + unit);
  const Tensor voxels = frames.to(at::kFloat).contiguous();
  std::memcpy(nifti.bytes.data() + nifti.layout().bytes + 4, voxels.const_data_ptr(), voxels.nbytes());
  write_atomically(file, nifti.bytes);
}

}  // namespace tazuna
