// SPDX-License-Identifier: Apache-2.0
#include "data/inputs/structural.hpp"

namespace tazuna {

void describe(Fields& fields, StructuralOptions& options) {
  describe(fields, static_cast<ImageOptions&>(options));
}

void validate(const StructuralOptions& options, Problems& problems) {
  validate(static_cast<const ImageOptions&>(options), problems);
}

}  // namespace tazuna
