// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/fields.hpp"
#include "image/volume.hpp"
#include "report/plane_picture.hpp"

namespace tazuna {

/// What is drawn of a case, all on one grid.
struct CaseVolumes {
  Volume image;              ///< [1, D, H, W]
  Tensor predicted;          ///< [D, H, W] integers
  Tensor reference;          ///< [D, H, W] integers
  NamedIntegers structures;  ///< those that are drawn; the i-th in label_colour(i + 1)
};

/// A case from the sides a radiologist knows; outlines of the prediction are solid, of the reference dashed.
struct CasePictures {
  std::vector<SlicePicture> planes;  ///< axial, coronal, sagittal through most of the structures; those of
                                     ///< one voxel's width are left out
  std::vector<SlicePicture> stack;   ///< slices across the thickest voxels, all of them or every k-th
  size_t stacked = 0;                ///< the plane that the stack is parallel to
  size_t middle = 0;                 ///< the slice of the stack that is this plane
  std::string window;                ///< grey values shown, for people
};

/// Draws the part of the image around the structures (all of it where there are none), the patient's right on
/// the left and his front above or on the left. The stack holds about `pixels` image pixels in all, so that a
/// page's size is known.
CasePictures draw_case(const CaseVolumes& volumes, int64_t pixels);

}  // namespace tazuna
