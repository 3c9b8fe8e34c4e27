// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "kernels/channels_last.hpp"
#include "networks/blocks.hpp"
#include "networks/stages.hpp"
#include "networks/trunk.hpp"

namespace tazuna {

namespace {

/// UNetDecoder without its 1x1 heads: `transpconvs.<i>.*`, `stages.<i>.*`, coarsest first.
class Decoder : public DecoderImpl {
 public:
  Decoder(const std::vector<Stage>& encoder, const std::vector<int64_t>& layers) {
    if (layers.empty())
      throw Error("decoder: a network of one stage has nothing to decode; it needs at least two stages");
    for (size_t i = 0; i < layers.size(); ++i) {
      const ConvolutionOptions& below = encoder[layers.size() - i].first;
      const ConvolutionOptions& beside = encoder[layers.size() - i - 1].first;
      upsamplings_->append(below.out, beside.out, below.stride);
      stages_->append(layers[i],
                      ConvolutionOptions{.in = 2 * beside.out, .out = beside.out, .kernel = beside.kernel});
    }
    register_module("transpconvs", upsamplings_);
    register_module("stages", stages_);
  }

  Features forward(const Features& encoder) override {
    const size_t count = stages_->links().size();
    if (encoder.stages.size() != count + 1)
      throw Error(cat("decoder: expected the features of ", count + 1, " encoder stages, but got ",
                      encoder.stages.size()));
    Features decoder;
    Tensor features = encoder.stages.back();
    for (size_t i = 0; i < count; ++i) {
      features = upsamplings_->links()[i]->forward(features);
      features = stages_->links()[i]->forward(join_channels(features, encoder.stages[count - i - 1]));
      decoder.stages.push_back(features);
    }
    std::reverse(decoder.stages.begin(), decoder.stages.end());
    return decoder;
  }

 private:
  Chain<UpsamplingImpl> upsamplings_;
  Chain<ConvStackImpl> stages_;
};

}  // namespace

std::shared_ptr<DecoderImpl> make_decoder(const TrunkOptions& options) {
  const TrunkShape& shape = shape_of(options);
  return std::make_shared<Decoder>(encoder_stages(shape, 1), shape.decoder_blocks.get());
}

}  // namespace tazuna
