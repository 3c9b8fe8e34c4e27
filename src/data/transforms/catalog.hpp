// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>
#include <vector>

#include "core/random.hpp"
#include "data/sample.hpp"
#include "data/transforms/affine.hpp"
#include "data/transforms/bias_field.hpp"
#include "data/transforms/blur.hpp"
#include "data/transforms/ghosting.hpp"
#include "data/transforms/intensity.hpp"
#include "data/transforms/low_resolution.hpp"
#include "data/transforms/mirror.hpp"
#include "data/transforms/motion.hpp"
#include "data/transforms/sequence_dropout.hpp"
#include "data/transforms/spike.hpp"

namespace tazuna {

/// Augmentations; each draws its parameters from a Random, then applies them, so that a draw can be repeated.
/// Those of nnU-Net's recipe, then MRI artefacts. To add one: options (probability, ranges), describe, draw,
/// apply in a file of its own, named here. With apply_on_device() beside apply() it runs on GPUs; without,
/// the sample goes to the CPU for it and back.
using TransformOptions = std::variant<NoiseOptions, BlurOptions, BrightnessOptions, ContrastOptions,
                                      LowResolutionOptions, GammaOptions, MirrorOptions, BiasFieldOptions,
                                      GhostingOptions, SpikeOptions, MotionOptions, SequenceDropoutOptions>;

/// One item of a list of augmentations.
struct TransformEntry {
  TransformOptions transform;
};
void describe(Fields& fields, TransformEntry& entry);

/// Draws one augmentation's parameters and applies them; the frames of a series are changed alike, but for
/// noise. `on_device`: in tensor operations, wherever the sample is; the draw is the same.
void draw_and_apply(const TransformEntry& entry, Random& random, Sample& sample, bool on_device = false);

}  // namespace tazuna
