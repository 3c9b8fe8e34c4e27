// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data/inputs/image.hpp"

namespace tazuna {

/// Any number of 3D sequences on one grid, each one channel.
struct StructuralOptions : ImageOptions {
  static constexpr std::string_view kind = "structural";
};
void describe(Fields& fields, StructuralOptions& options);
void validate(const StructuralOptions& options, Problems& problems);

}  // namespace tazuna
