// SPDX-License-Identifier: Apache-2.0
#include <torch/nn/module.h>

#include "networks/blocks.hpp"
#include "networks/layout.hpp"
#include "networks/stages.hpp"
#include "networks/trunk.hpp"

namespace tazuna {

namespace {

/// ResidualEncoder: `stem.*` at the first stage's width and kernel, `stages.<i>.*`.
class ResidualEncoder : public EncoderImpl {
 public:
  ResidualEncoder(const std::vector<Stage>& stages, int64_t channels, const std::string& layout)
      : demand_(demand_of(stages, channels)), layout_(layout) {
    const auto& [in, width, kernel, stride, bias] = stages.front().first;
    stem_ = register_module("stem",
                            ConvStack(1, ConvolutionOptions{.in = channels, .out = width, .kernel = kernel}));
    for (Stage stage : stages) {
      if (stages_->links().empty()) stage.first.in = width;
      stages_->append(stage.layers, stage.first);
    }
    register_module("stages", stages_);
  }

  Features forward(const Tensor& image) override {
    expect_image(image, demand_);
    return run_stages(stages_, stem_(laid_out(image, layout_)));
  }

 private:
  ImageDemand demand_;
  std::string layout_;
  ConvStack stem_{nullptr};
  Chain<ResidualStackImpl> stages_;
};

}  // namespace

void describe(Fields& fields, ResidualOptions& options) {
  describe(fields, options.shape);
}

std::shared_ptr<EncoderImpl> make_encoder(const ResidualOptions& options, int64_t channels) {
  return std::make_shared<ResidualEncoder>(encoder_stages(options.shape, channels), channels,
                                           options.shape.layout);
}

}  // namespace tazuna
