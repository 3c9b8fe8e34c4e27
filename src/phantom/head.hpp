// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "phantom/label_shape.hpp"
#include "phantom/people.hpp"
#include "phantom/preset.hpp"
#include "phantom/shape.hpp"
#include "phantom/warp.hpp"

namespace tazuna {

/// A shape with what it is made of and what a label map calls it.
struct Body {
  std::unique_ptr<Shape> shape;
  bool warped = false;  ///< the shape lies in the canonical head, not in the world
  Tissue tissue = Tissue::air;
  std::optional<Structure> structure;
};

// The canonical head, in mm: the brain is an ellipsoid, and so is a thalamus.
inline constexpr Point brain_centre{0, -17, 8}, brain_axes{68, 86, 70};
inline constexpr Point thalamus_axes{9, 14.5, 10};
// The form of the pair and of its decoys; the volume follows.
inline constexpr Point pair_axes{1, 1.5, 1.25};
inline constexpr double pair_roughness = 0.06;

/// The anatomy of one person.
struct Head {
  Warp warp;
  std::vector<Body> bodies;  ///< later ones lie over earlier ones
};

/// Builds a head: scalp, skull, fluid, folded grey and white matter, deep grey structures, ventricles, and by
/// the preset a small pair in the thalami with decoys of its tissue, or lesions. The pair and the lesions
/// have exactly the volumes of the person's latent values; `real`, where given, lends the pair its form.
Head make_head(const Preset& preset, const Person& person, const LabelPair* real, int64_t seed);

}  // namespace tazuna
