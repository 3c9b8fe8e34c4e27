// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/volume.hpp"

namespace tazuna {

/// How the native grid became the working grid, step by step, so that it can be undone exactly:
/// native --axes--> ordered --crop--> cropped --resample--> working.
struct Placement {
  Geometry native;
  NativeHeader header;
  AxisOrder axes;
  Box crop;  ///< in the ordered native grid
  Geometry working;

  /// Size of the crop in the ordered native grid.
  std::array<int64_t, 3> cropped_size() const { return crop.size(); }
};

/// Applies the axis order and the crop (no resampling): [C, D, H, W] native -> [C, d, h, w] contiguous.
Tensor to_cropped(const Tensor& native, const Placement& placement);
/// Undoes them: puts a cropped map [C, d, h, w] back into a native one [C, D, H, W], `outside` elsewhere.
Tensor to_native(const Tensor& cropped, const Placement& placement, double outside = 0);

}  // namespace tazuna
