// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// Flips along each allowed axis with a probability of one half; image and maps together. In a configuration
/// axes are those of the image (inferior-superior, posterior-anterior, left-right); with_mirrors_along()
/// turns them into working axes, which draw() means.
struct MirrorOptions {
  static constexpr std::string_view kind = "mirror";
  double probability = 0.5;
  std::vector<int64_t> axes{0, 1, 2};  ///< that may be flipped; 0 = z, 1 = y, 2 = x
};
void describe(Fields& fields, MirrorOptions& options);
struct MirrorDraw {
  std::array<bool, 3> flip{false, false, false};
};
MirrorDraw draw(const MirrorOptions& options, Random& random, const Sample& sample);
void apply(const MirrorOptions& options, const MirrorDraw& drawn, Sample& sample);
/// These are tensor operations, wherever the sample is.
inline void apply_on_device(const MirrorOptions& options, const MirrorDraw& drawn, Sample& sample) {
  apply(options, drawn, sample);
}

}  // namespace tazuna
