// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "report/plane_picture.hpp"

namespace tazuna {

/// How much an answer changes when a box of the image is filled in.
struct BoxChange {
  Box box;  ///< voxels of the native grid, in its own axis order
  double change = 0;
};

/// The greatest change of all boxes, whatever its sign; 0 without any.
double greatest_change(const std::vector<BoxChange>& changes);

/// Three planes of `image` [C, D, H, W] through the middle of the box that changes the answer most, cut to
/// what the boxes cover; each box in the colour of its change, which stands in it for the pointer. Planes of
/// one voxel's width are left out. An Error without boxes and for a box outside the image.
std::vector<SlicePicture> draw_changes(const Volume& image, const std::vector<BoxChange>& changes,
                                       const std::string& measure);

/// The scale of these colours as an SVG, from -greatest to greatest: "change of MEASURE".
std::string change_scale(double greatest, const std::string& measure);

}  // namespace tazuna
