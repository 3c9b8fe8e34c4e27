// SPDX-License-Identifier: Apache-2.0
#pragma once

// The two halves of a U-Net as LibTorch modules; only .cpp files of layers with modules include this.
#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

#include "networks/catalog.hpp"
#include "networks/features.hpp"

namespace tazuna {

/// [N, C, D, H, W] -> Features, one a stage. Parameter names are dynamic-network-architectures' (without its
/// aliases) relative to `encoder.`: "stages.0.0.convs.0.conv.weight" (plain), "stem.convs.0.conv.weight",
/// "stages.0.blocks.0.conv1.conv.weight" (residual).
class EncoderImpl : public torch::nn::Module {
 public:
  /// An Error unless the image has the encoder's channels and each axis is a multiple of the strides'
  /// product.
  virtual Features forward(const Tensor& image) = 0;
};
/// Features of the encoder -> Features of the decoder: one a decoder stage, finest first. Names relative to
/// `decoder.`: "transpconvs.0.weight", "stages.0.convs.0.conv.weight" (0 = coarsest).
class DecoderImpl : public torch::nn::Module {
 public:
  virtual Features forward(const Features& encoder) = 0;
};

/// An encoder for images of `channels` channels. Its weights are zero until initialise() or a file sets them.
/// An Error lists every option that does not fit the others or is still `auto`.
std::shared_ptr<EncoderImpl> make_encoder(const TrunkOptions& options, int64_t channels);
std::shared_ptr<EncoderImpl> make_encoder(const ResidualOptions& options, int64_t channels);
std::shared_ptr<EncoderImpl> make_encoder(const PlainOptions& options, int64_t channels);
/// The decoder of such an encoder (every trunk has nnU-Net's), with weights as above.
std::shared_ptr<DecoderImpl> make_decoder(const TrunkOptions& options);

/// Draws every parameter of `module` anew as a function of (seed, prefix + name): what has two axes or more,
/// and a vector that is neither weight nor bias, He-normal for LeakyReLU(0.01), fan in; biases 0; norm
/// weights 1, but the second norm of a residual block 0 (nnU-Net's initialisation); what is called `…query`
/// 0, so that an attention starts as the mean. `prefix` is put before the names ("encoder.").
void initialise(torch::nn::Module& module, int64_t seed, const std::string& prefix);

/// Channels of the decoder's (and encoder's) stages, finest first.
struct TrunkWidths {
  std::vector<int64_t> encoder, decoder;
};
TrunkWidths widths_of(const TrunkOptions& options);

}  // namespace tazuna
