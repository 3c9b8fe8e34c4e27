// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "networks/chain.hpp"
#include "networks/convolution.hpp"
#include "networks/features.hpp"
#include "networks/shape.hpp"

namespace tazuna {

/// What one stage of a trunk is built from.
struct Stage {
  ConvolutionOptions first;  ///< its first layer
  int64_t layers = 1;        ///< residual blocks or convolutions
};

/// The encoder's stages, finest first, for images of `channels` channels. An Error lists every option that
/// does not fit the others; another names the first that is still `auto`.
std::vector<Stage> encoder_stages(const TrunkShape& shape, int64_t channels);

/// What an encoder accepts: [N, channels, D, H, W], each axis a multiple of `multiple`.
struct ImageDemand {
  int64_t channels = 1;
  Triple multiple = {1, 1, 1};  ///< product of the strides
};
ImageDemand demand_of(const std::vector<Stage>& stages, int64_t channels);
/// An Error unless `image` is what the encoder accepts.
void expect_image(const Tensor& image, const ImageDemand& demand);

/// Runs the stages and keeps what each leaves behind.
template <class Link>
Features run_stages(const Chain<Link>& stages, Tensor features) {
  Features all;
  for (const auto& stage : stages->links()) all.stages.push_back(features = stage->forward(features));
  return all;
}

}  // namespace tazuna
