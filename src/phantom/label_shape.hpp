// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "image/geometry.hpp"
#include "phantom/shape.hpp"

namespace tazuna {

/// One structure of a real label map: a box of voxels that are 0 or 1, with a margin of zeros. Its surface is
/// where the linearly interpolated value is one half.
struct LabelForm {
  std::array<int64_t, 3> size{};  ///< z, y, x
  std::vector<float> inside;      ///< x fastest
  Matrix to_index;                ///< mm -> voxels (x, y, z)
  Point middle;                   ///< centroid, in voxels
  double reach = 0;               ///< of the surface from the centroid, mm
  double mm3 = 0;                 ///< volume within the surface
};

/// The left and right structure of one person.
struct LabelPair {
  std::string file;  ///< name without folder
  LabelForm left, right;
};

/// Reads every image in `folder` as a map of two structures, sorted by name. Of its two largest labels the
/// one whose centroid has the smaller world x is the left, whatever its number. Refuses a folder without
/// images and a map with fewer than two labels.
std::vector<LabelPair> read_label_pairs(const std::filesystem::path& folder);

/// The form with its centroid at `centre`, enlarged to a volume of `mm3`.
std::unique_ptr<Shape> make_label_shape(const LabelForm& form, const Point& centre, double mm3);

}  // namespace tazuna
