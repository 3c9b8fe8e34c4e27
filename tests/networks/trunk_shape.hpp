// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/tensor.hpp"
#include "core/text.hpp"
#include "networks/trunk.hpp"

namespace tazuna {

/// What a test says of a trunk, all of it.
struct Sizes {
  std::vector<int64_t> widths;
  std::vector<Triple> kernels, strides;
  std::vector<int64_t> blocks, decoder_blocks;
};

inline TrunkShape shape_from(const Sizes& sizes) {
  TrunkShape shape;
  shape.stages = static_cast<int64_t>(sizes.widths.size());
  shape.widths = sizes.widths;
  shape.kernels = sizes.kernels;
  shape.strides = sizes.strides;
  shape.blocks = sizes.blocks;
  shape.decoder_blocks = sizes.decoder_blocks;
  return shape;
}

/// "name 4x2x3x3x3" of each parameter, in order.
inline std::vector<std::string> parameters_of(const torch::nn::Module& module) {
  std::vector<std::string> all;
  for (const auto& named : module.named_parameters())
    all.push_back(cat(named.key(), " ", shape_text(named.value().sizes())));
  return all;
}

}  // namespace tazuna
