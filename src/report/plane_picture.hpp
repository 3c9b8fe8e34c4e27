// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "image/placement.hpp"

namespace tazuna {

/// A slice as an SVG with the image inside.
struct SlicePicture {
  std::string name;  ///< "axial slice 12 of 35"
  std::string svg;
};

/// An image in canonical axes (0 from feet to head, 1 from back to front, 2 from left to right), cut to what
/// is drawn.
struct PlaneImage {
  Tensor voxels;                  ///< [D, H, W] float
  std::array<double, 3> spacing;  ///< mm
  std::array<int64_t, 3> first;   ///< slice of the whole image that is the first one here
  std::array<int64_t, 3> whole;   ///< slices of the whole image
  double low = 0, high = 1;       ///< grey values shown: all but one voxel in two hundred at either end
};

/// The first channel of `image` [C, D, H, W] as `placement` orders and cuts it: its axes must be those of
/// canonical_order().
PlaneImage plane_image(const Volume& image, const Placement& placement);

/// An axis can be looked along where what remains is more than a line.
bool has_planes(const PlaneImage& image, int64_t axis);

/// Of a slice of so many rows and columns every k-th is drawn, so that a picture stays below 400 pixels a
/// side.
int64_t picture_step(int64_t rows, int64_t columns);

/// The slice across an axis of a map that lies as the image does, as it is shown: rows and columns are the
/// other two axes in order, both reversed, so that the patient's right is on the left and his front above or
/// on the left.
Tensor shown_slice(const Tensor& map, int64_t axis, int64_t index);

/// A slice in grey with the names of its sides and a bar of known length; `overlay` is SVG in pixels of
/// shown_slice(), `words` says what it is: "image with outlines".
SlicePicture draw_plane(const PlaneImage& image, int64_t axis, int64_t index, std::string_view overlay,
                        std::string_view words);

/// "grey values 12 to 345".
std::string window_words(const PlaneImage& image);

}  // namespace tazuna
