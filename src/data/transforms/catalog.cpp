// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/catalog.hpp"

namespace tazuna {

void describe(Fields& fields, TransformEntry& entry) {
  fields.kind_here(entry.transform, "the augmentation");
}

void draw_and_apply(const TransformEntry& entry, Random& random, Sample& sample) {
  std::visit([&](const auto& options) { apply(options, draw(options, random, sample), sample); },
             entry.transform);
}

}  // namespace tazuna
