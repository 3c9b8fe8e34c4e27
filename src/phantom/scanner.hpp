// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/geometry.hpp"
#include "phantom/paint.hpp"
#include "phantom/preset.hpp"

namespace tazuna {

/// What a site does to all of its images, whoever lies in the scanner.
struct Scanner {
  double gain = 1;   ///< factor of the image
  double noise = 1;  ///< factor of the noise beside the signal
};
Scanner draw_scanner(Random random);

/// A subject's grid: what the preset shows, turned by up to 8 degrees, spacings up to 6 % around `spacing`
/// and slices up to 12 % thicker, its axes in any of the 48 orders and directions.
Geometry draw_grid(const Preset& preset, double spacing, Random random);

/// The image of one sequence, float32 [1, D, H, W] of whole numbers: signals by partial volume times a smooth
/// receive field (1 at the centre, about 5 % sd), Rician noise, and a gain. The pair differs from the deep
/// grey around it by `pair_contrast` times the noise's sd.
Tensor scan(const Painted& painted, const Sequence& sequence, const Scanner& scanner, double pair_contrast,
            Random random);

}  // namespace tazuna
