// SPDX-License-Identifier: Apache-2.0
#include <torch/nn/module.h>

#include "networks/blocks.hpp"
#include "networks/layout.hpp"
#include "networks/stages.hpp"
#include "networks/trunk.hpp"

namespace tazuna {

namespace {

/// PlainConvEncoder: `stages.<i>.0.*`, the first convolution of a stage strided.
class PlainEncoder : public EncoderImpl {
 public:
  PlainEncoder(const std::vector<Stage>& stages, int64_t channels, const std::string& layout)
      : demand_(demand_of(stages, channels)), layout_(layout) {
    for (const Stage& stage : stages) {
      stages_->append();
      stages_->links().back()->append(stage.layers, stage.first);
    }
    register_module("stages", stages_);
  }

  Features forward(const Tensor& image) override {
    expect_image(image, demand_);
    return run_stages(stages_, laid_out(image, layout_));
  }

 private:
  ImageDemand demand_;
  std::string layout_;
  Chain<ChainImpl<ConvStackImpl>> stages_;
};

}  // namespace

void describe(Fields& fields, PlainOptions& options) {
  describe(fields, options.shape);
}

std::shared_ptr<EncoderImpl> make_encoder(const PlainOptions& options, int64_t channels) {
  return std::make_shared<PlainEncoder>(encoder_stages(options.shape, channels), channels,
                                        options.shape.layout);
}

}  // namespace tazuna
