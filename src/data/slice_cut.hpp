// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "data/subject.hpp"
#include "image/volume.hpp"

namespace tazuna {

/// A plane of a volume in its canonical orientation (right, anterior, superior).
struct SlicePlane {
  int axis = 0;       ///< across the plane: 0 = z, 1 = y, 2 = x
  int64_t index = 0;  ///< along it, counted from 0
};

/// The slice of a case whose images lie on the grid `native`: the one that its value `column` names, or,
/// without a column, the middle one (size / 2). `axis` is z, y or x. Refuses a case without a value in the
/// column, a value that is no whole number from 0 on (12.0 is one) or lies beyond the grid, and a picture of
/// one slice along another axis.
SlicePlane slice_plane(const Subject& subject, const Geometry& native, const std::string& axis,
                       const std::string& column);

/// One slice of a volume [C, D, H, W] as a volume of depth one in the same axis order, contiguous. `axis` and
/// `index` as in SlicePlane.
Volume slice_of(const Volume& volume, int axis, int64_t index);

}  // namespace tazuna
