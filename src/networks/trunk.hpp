// SPDX-License-Identifier: Apache-2.0
#pragma once

// The two halves of a U-Net as LibTorch modules; only .cpp files of layers with modules include this.
#include <torch/nn/module.h>

#include <memory>

#include "networks/catalog.hpp"
#include "networks/features.hpp"

namespace tazuna {

/// [N, C, D, H, W] -> Features, one a stage. Parameter names are dynamic-network-architectures' (without its
/// aliases) relative to `encoder.`: "stages.0.0.convs.0.conv.weight" (plain), "stem.convs.0.conv.weight",
/// "stages.0.blocks.0.conv1.conv.weight" (residual).
class EncoderImpl : public torch::nn::Module {
 public:
  virtual Features forward(const Tensor& image) = 0;
};
/// Features of the encoder -> Features of the decoder: one a decoder stage, finest first. Names relative to
/// `decoder.`: "transpconvs.0.weight", "stages.0.convs.0.conv.weight" (0 = coarsest).
class DecoderImpl : public torch::nn::Module {
 public:
  virtual Features forward(const Features& encoder) = 0;
};

/// `channels` of input. Weights are drawn He-normal (a = 0.01) as a function of (seed, parameter name); biases 0,
/// norms 1/0, the residual blocks' second norm weight 0.
std::shared_ptr<EncoderImpl> make_encoder(const TrunkOptions& options, int64_t channels);
std::shared_ptr<DecoderImpl> make_decoder(const TrunkOptions& options);
/// Draws every parameter of `module` anew by the rules above; `prefix` is put before the names ("encoder.").
void initialise(torch::nn::Module& module, int64_t seed, const std::string& prefix);

/// Channels of the decoder's (and encoder's) stages, finest first.
struct TrunkWidths {
  std::vector<int64_t> encoder, decoder;
};
TrunkWidths widths_of(const TrunkOptions& options);

}  // namespace tazuna
