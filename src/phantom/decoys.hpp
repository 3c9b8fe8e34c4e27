// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "phantom/head.hpp"

namespace tazuna {

/// Where decoys may lie.
struct DecoyPlaces {
  size_t anatomy = 0;                   ///< the head's bodies before the pair
  std::array<Point, 2> caudates, pair;  ///< centres in the canonical head: left, right
};

/// Adds bodies of the pair's tissue, size and form, which no label names, to the caudates and to the white
/// matter in view: only their place tells that they are not the pair.
void add_decoys(Head& head, const DecoyPlaces& places, const Preset& preset, const LabelPair* real,
                Random random);

}  // namespace tazuna
