// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>
#include <vector>

#include "core/random.hpp"
#include "data/sample.hpp"
#include "data/transforms/affine.hpp"
#include "data/transforms/intensity.hpp"
#include "data/transforms/mirror.hpp"

namespace tazuna {

/// Augmentations; each draws its parameters from a Random, then applies them, so that a draw can be repeated.
/// To add one: options (probability, ranges), describe, draw, apply in a file of its own, named here.
using TransformOptions =
    std::variant<NoiseOptions, BrightnessOptions, ContrastOptions, GammaOptions, MirrorOptions>;

/// One item of a list of augmentations.
struct TransformEntry {
  TransformOptions transform;
};
void describe(Fields& fields, TransformEntry& entry);

/// Draws one augmentation's parameters and applies them.
void draw_and_apply(const TransformEntry& entry, Random& random, Sample& sample);

}  // namespace tazuna
