// SPDX-License-Identifier: Apache-2.0
#include "networks/stages.hpp"

#include <ATen/ATen.h>

#include "core/text.hpp"

namespace tazuna {

std::vector<Stage> encoder_stages(const TrunkShape& shape, int64_t channels) {
  Problems problems;
  validate(shape, problems);
  within("network", [&problems] { problems.throw_if_any(); });
  std::vector<Stage> stages;
  for (size_t i = 0; i < shape.widths.get().size(); ++i) {
    const int64_t in = i == 0 ? channels : shape.widths.get()[i - 1];
    stages.push_back({{.in = in,
                       .out = shape.widths.get()[i],
                       .kernel = shape.kernels.get()[i],
                       .stride = shape.strides.get()[i]},
                      shape.blocks.get()[i]});
  }
  return stages;
}

ImageDemand demand_of(const std::vector<Stage>& stages, int64_t channels) {
  ImageDemand demand{.channels = channels};
  for (const Stage& stage : stages) {
    for (size_t axis = 0; axis < 3; ++axis) demand.multiple[axis] *= stage.first.stride[axis];
  }
  return demand;
}

void expect_image(const Tensor& image, const ImageDemand& demand) {
  expect_axes(image, "image", 5, "N, C, D, H, W");
  if (image.size(1) != demand.channels) {
    throw Error(cat("image: the network was built for ", demand.channels, " channels, but got ",
                    image.size(1), " (", shape_text(image.sizes()), ")"));
  }
  for (size_t axis = 0; axis < 3; ++axis) {
    if (image.size(2 + axis) % demand.multiple[axis] == 0) continue;
    throw Error(cat("image: D, H, W must be multiples of ", join(demand.multiple, "x"),
                    " (the product of the strides), but got ", shape_text(image.sizes().slice(2))));
  }
}

}  // namespace tazuna
