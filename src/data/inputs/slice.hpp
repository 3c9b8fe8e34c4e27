// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data/inputs/image.hpp"

namespace tazuna {

/// One slice of a case: a 2D image (PNG, JPEG, a NIfTI of one slice), or one slice of a volume.
struct SliceOptions : ImageOptions {
  static constexpr std::string_view kind = "slice";
  std::string axis = "z";  ///< z | y | x of the canonical orientation (axial, coronal, sagittal), of volumes
  std::string which = "middle";  ///< middle | column
  std::string column =
      {};  ///< of `which: column`: names the case's slice, counted from 0 in the canonical grid
};
void describe(Fields& fields, SliceOptions& options);
void validate(const SliceOptions& options, Problems& problems);

}  // namespace tazuna
