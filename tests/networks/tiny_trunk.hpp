// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/networks/trunk_shape.hpp"

namespace tazuna {

/// Two stages, 4 and 8 channels, for patches of 8x8x8.
inline PlainOptions tiny_trunk() {
  return {shape_from({.widths = {4, 8},
                      .kernels = {{3, 3, 3}, {3, 3, 3}},
                      .strides = {{1, 1, 1}, {2, 2, 2}},
                      .blocks = {1, 1},
                      .decoder_blocks = {1}})};
}

}  // namespace tazuna
