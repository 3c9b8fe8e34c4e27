// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tensor.hpp"
#include "phantom/people.hpp"

namespace tazuna {

/// The lesion of one slice.
struct SliceLesion {
  double radius_mm = 10;     ///< of the disc of equal area; tells the group
  double elongation = 1;     ///< length over breadth; tells nothing
  double probability = 0.5;  ///< of the second group, given the radius
};
SliceLesion draw_slice_lesion(const PhantomOptions& options, const Person& person, int64_t slice);

/// One axial slice of a head.
struct SlicePhantom {
  Tensor image;  ///< uint8 [H, W], anterior at the top, the person's right on the left
  Tensor mask;   ///< uint8 [1, H, W]: 1 where lesion fills at least half of a pixel
};
/// A pure function of its arguments. The lesion lies in white matter; two bodies of its tissue lie in the
/// cortex, where their size knows nothing of the group.
SlicePhantom make_slice(const PhantomOptions& options, const Preset& preset, const Person& person,
                        int64_t slice, const SliceLesion& lesion);

}  // namespace tazuna
