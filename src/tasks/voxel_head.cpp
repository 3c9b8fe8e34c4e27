// SPDX-License-Identifier: Apache-2.0
#include "tasks/voxel_head.hpp"

#include <torch/nn/modules/conv.h>

#include "core/error.hpp"

namespace tazuna {

namespace {

class VoxelHead : public HeadImpl {
 public:
  VoxelHead(const TrunkWidths& widths, int64_t classes) {
    const auto levels = widths.decoder.size();
    for (size_t i = 0; i < levels; ++i) {  // the decoder's widths are finest first, names are coarsest first
      const int64_t width = widths.decoder[levels - 1 - i];
      layers_.push_back(
          register_module(std::to_string(i), torch::nn::Conv3d(torch::nn::Conv3dOptions(width, classes, 1))));
    }
  }

  TaskOutput forward(const HeadInput& input, bool all_levels) override {
    if (!input.decoder || input.decoder->stages.size() != layers_.size()) {
      throw Error("a voxel head needs one decoder stage per layer");
    }
    TaskOutput output;
    const size_t levels = all_levels ? layers_.size() : 1;
    for (size_t level = 0; level < levels; ++level) {
      output.logits.push_back(layers_[layers_.size() - 1 - level]->forward(input.decoder->stages[level]));
    }
    return output;
  }

 private:
  std::vector<torch::nn::Conv3d> layers_;
};

}  // namespace

std::shared_ptr<HeadImpl> make_voxel_head(const TrunkWidths& widths, int64_t classes) {
  return std::make_shared<VoxelHead>(widths, classes);
}

}  // namespace tazuna
