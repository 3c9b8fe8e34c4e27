// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/micro/bare_convolutions.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace tazuna::benchmarks {

namespace {

std::array<int64_t, 3> divided(std::array<int64_t, 3> size, int64_t by) {
  for (int64_t& edge : size) edge /= by;
  return size;
}

}  // namespace

BareConvolutions::BareConvolutions(const UnetShape& shape, int64_t rows, const std::array<int64_t, 3>& size,
                                   bool bf16, bool channels_last)
    : rows_(rows), bf16_(bf16), channels_last_(channels_last) {
  const auto& widths = shape.widths;
  const size_t stages = widths.size();
  std::vector<std::array<int64_t, 3>> sizes{size};
  add(shape.channels, widths[0], 3, 1, size);
  add(widths[0], widths[0], 3, 1, size);
  for (size_t i = 1; i < stages; ++i) {
    add(widths[i - 1], widths[i], 3, 2, sizes.back());
    sizes.push_back(divided(sizes.back(), 2));
    add(widths[i], widths[i], 3, 1, sizes.back());
  }
  for (size_t i = stages - 1; i > 0; --i) {
    add(widths[i], widths[i - 1], 2, 2, sizes[i], /*transposed=*/true);
    add(2 * widths[i - 1], widths[i - 1], 3, 1, sizes[i - 1]);
    add(widths[i - 1], widths[i - 1], 3, 1, sizes[i - 1]);
  }
  add(widths[0], shape.classes, 1, 1, size);
}

void BareConvolutions::add(int64_t in, int64_t out, int64_t kernel, int64_t stride,
                           const std::array<int64_t, 3>& size, bool transposed) {
  const at::TensorOptions options = bf16_ ? at::kBFloat16 : at::kFloat;
  const auto format = channels_last_ ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::Contiguous;
  Layer layer;
  layer.stride = stride;
  layer.padding = transposed ? 0 : kernel / 2;
  layer.transposed = transposed;
  layer.first = layers_.empty();
  layer.input = at::randn({rows_, in, size[0], size[1], size[2]}, options).contiguous(format);
  const int64_t weight_rows = transposed ? in : out, weight_columns = transposed ? out : in;
  layer.weight = at::randn({weight_rows, weight_columns, kernel, kernel, kernel}, options).contiguous(format);
  layers_.push_back(layer);
  Layer& stored = layers_.back();
  stored.slopes =
      at::convolution(stored.input, stored.weight, {}, {stride, stride, stride},
                      {stored.padding, stored.padding, stored.padding}, {1, 1, 1}, transposed, {0, 0, 0}, 1);
  // Each voxel of the smaller side meets the whole kernel.
  const double voxels =
      static_cast<double>(transposed ? stored.input.numel() / in : stored.slopes.numel() / out);
  stored.operations = 2 * voxels * static_cast<double>(in * out * kernel * kernel * kernel);
}

void BareConvolutions::step() const {
  const at::NoGradGuard no_grad;
  for (const Layer& layer : layers_) {
    const std::vector<int64_t> stride(3, layer.stride), padding(3, layer.padding), ones(3, 1), zeros(3, 0);
    at::convolution(layer.input, layer.weight, {}, stride, padding, ones, layer.transposed, zeros, 1);
    at::convolution_backward(layer.slopes, layer.input, layer.weight, at::OptionalIntArrayRef(), stride,
                             padding, ones, layer.transposed, zeros, 1, {!layer.first, true, false});
  }
}

double BareConvolutions::step_operations() const {
  double sum = 0;
  for (const Layer& layer : layers_) sum += layer.operations * (layer.first ? 2 : 3);
  return sum;
}

}  // namespace tazuna::benchmarks
