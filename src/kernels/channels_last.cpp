// SPDX-License-Identifier: Apache-2.0
#include "kernels/channels_last.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstring>

#include "core/error.hpp"

namespace tazuna {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto last = at::MemoryFormat::ChannelsLast3d;
constexpr int64_t task_elements = 32768;  // less is not worth a thread

bool runs_here(const Tensor& tensor) {
  return tensor.is_cpu() && tensor.numel() > 0 && tensor.is_contiguous(last) &&
         (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kBFloat16);
}

int64_t voxels_of(const Tensor& tensor) {
  return tensor.size(0) * tensor.size(2) * tensor.size(3) * tensor.size(4);
}

Tensor empty_like_with(const Tensor& like, int64_t channels) {
  return at::empty({like.size(0), channels, like.size(2), like.size(3), like.size(4)},
                   like.options().memory_format(last));
}

/// Copies `width` bytes of each voxel from one pitch to another.
void copy_columns(const char* from, int64_t from_pitch, char* to, int64_t to_pitch, int64_t width,
                  int64_t voxels) {
  at::parallel_for(0, voxels, std::max<int64_t>(1, 4 * task_elements / width),
                   [&](int64_t begin, int64_t end) {
                     for (int64_t v = begin; v < end; ++v)
                       std::memcpy(to + v * to_pitch, from + v * from_pitch, static_cast<size_t>(width));
                   });
}

struct Joined : torch::autograd::Function<Joined> {
  static Tensor forward(AutogradContext* context, const Tensor& a, const Tensor& b) {
    context->saved_data["first"] = a.size(1);
    Tensor result = empty_like_with(a, a.size(1) + b.size(1));
    const auto bytes = static_cast<int64_t>(a.element_size());
    const int64_t pitch = result.size(1) * bytes, voxels = voxels_of(a);
    char* out = static_cast<char*>(result.mutable_data_ptr());
    int64_t place = 0;
    for (const Tensor& part : {a, b}) {
      const int64_t width = part.size(1) * bytes;
      copy_columns(static_cast<const char*>(part.const_data_ptr()), width, out + place, pitch, width, voxels);
      place += width;
    }
    return result;
  }
  static variable_list backward(AutogradContext* context, const variable_list& slopes) {
    const Tensor g = slopes[0].contiguous(last);
    const int64_t first = context->saved_data["first"].toInt();
    const auto bytes = static_cast<int64_t>(g.element_size());
    const int64_t pitch = g.size(1) * bytes, voxels = voxels_of(g);
    const char* from = static_cast<const char*>(g.const_data_ptr());
    variable_list parts = {empty_like_with(g, first), empty_like_with(g, g.size(1) - first)};
    for (const Tensor& part : parts) {
      const int64_t width = part.size(1) * bytes;
      copy_columns(from, pitch, static_cast<char*>(part.mutable_data_ptr()), width, width, voxels);
      from += width;
    }
    return parts;
  }
};

/// Sizes of a pooling: the coarse grid and the voxels of a block.
struct Blocks {
  int64_t rows, depth, height, width, channels;  // of the coarse grid
  Triple size;

  int64_t fine_voxel(int64_t row, int64_t z, int64_t y) const {  // the first of a line of blocks
    return ((row * depth * size[0] + z) * height * size[1] + y) * width * size[2];
  }
  float share() const { return 1.0F / static_cast<float>(size[0] * size[1] * size[2]); }
  /// Runs work(row * depth + z, y) for every line of blocks.
  template <class Work>
  void each_line(const Work& work) const {
    const int64_t grain = std::max<int64_t>(1, task_elements / (width * channels * size[0] * size[1]));
    at::parallel_for(0, rows * depth * height, grain, [&](int64_t begin, int64_t end) {
      for (int64_t line = begin; line < end; ++line) work(line / height, line % height);
    });
  }
};

/// coarse = mean of fine over each block.
template <class T>
void pool(const Blocks& blocks, const T* fine, T* coarse) {
  blocks.each_line([&](int64_t plane, int64_t y) {
    const int64_t row = plane / blocks.depth, z = plane % blocks.depth, c = blocks.channels;
    std::vector<float> sums(static_cast<size_t>(blocks.width * c), 0.0F);
    for (int64_t dz = 0; dz < blocks.size[0]; ++dz) {
      for (int64_t dy = 0; dy < blocks.size[1]; ++dy) {
        const T* x = fine + blocks.fine_voxel(row, z * blocks.size[0] + dz, y * blocks.size[1] + dy) * c;
        for (int64_t v = 0; v < blocks.width; ++v) {
          float* sum = sums.data() + v * c;
          for (int64_t dx = 0; dx < blocks.size[2]; ++dx, x += c)
            for (int64_t k = 0; k < c; ++k) sum[k] += static_cast<float>(x[k]);
        }
      }
    }
    T* out = coarse + (plane * blocks.height + y) * blocks.width * c;
    const float share = blocks.share();
    for (size_t i = 0; i < sums.size(); ++i) out[i] = static_cast<T>(sums[i] * share);
  });
}

/// fine = its block's coarse value / voxels of a block: the gradient of pool().
template <class T>
void spread(const Blocks& blocks, const T* coarse, T* fine) {
  blocks.each_line([&](int64_t plane, int64_t y) {
    const int64_t row = plane / blocks.depth, z = plane % blocks.depth, c = blocks.channels;
    const float share = blocks.share();
    const T* from = coarse + (plane * blocks.height + y) * blocks.width * c;
    for (int64_t dz = 0; dz < blocks.size[0]; ++dz) {
      for (int64_t dy = 0; dy < blocks.size[1]; ++dy) {
        T* x = fine + blocks.fine_voxel(row, z * blocks.size[0] + dz, y * blocks.size[1] + dy) * c;
        for (int64_t v = 0; v < blocks.width; ++v)
          for (int64_t dx = 0; dx < blocks.size[2]; ++dx, x += c)
            for (int64_t k = 0; k < c; ++k)
              x[k] = static_cast<T>(static_cast<float>(from[v * c + k]) * share);
      }
    }
  });
}

Blocks blocks_of(const Tensor& coarse, const Triple& size) {
  return {coarse.size(0), coarse.size(2), coarse.size(3), coarse.size(4), coarse.size(1), size};
}

struct Pooled : torch::autograd::Function<Pooled> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const std::vector<int64_t>& size) {
    context->saved_data["size"] = size;
    const Triple block = {size[0], size[1], size[2]};
    Tensor result = at::empty({input.size(0), input.size(1), input.size(2) / block[0],
                               input.size(3) / block[1], input.size(4) / block[2]},
                              input.options().memory_format(last));
    const Blocks blocks = blocks_of(result, block);
    if (input.scalar_type() == at::kFloat)
      pool(blocks, input.const_data_ptr<float>(), result.mutable_data_ptr<float>());
    else
      pool(blocks, input.const_data_ptr<at::BFloat16>(), result.mutable_data_ptr<at::BFloat16>());
    return result;
  }
  static variable_list backward(AutogradContext* context, const variable_list& slopes) {
    const std::vector<int64_t> size = context->saved_data["size"].toIntVector();
    const Tensor g = slopes[0].contiguous(last);
    const Blocks blocks = blocks_of(g, {size[0], size[1], size[2]});
    const Tensor result =
        at::empty({g.size(0), g.size(1), g.size(2) * size[0], g.size(3) * size[1], g.size(4) * size[2]},
                  g.options().memory_format(last));
    if (g.scalar_type() == at::kFloat)
      spread(blocks, g.const_data_ptr<float>(), result.mutable_data_ptr<float>());
    else
      spread(blocks, g.const_data_ptr<at::BFloat16>(), result.mutable_data_ptr<at::BFloat16>());
    return {result, Tensor()};
  }
};

}  // namespace

Tensor join_channels(const Tensor& a, const Tensor& b) {
  expect_axes(a, "first channels", 5, "N, A, D, H, W");
  if (!runs_here(a) || !runs_here(b) || a.scalar_type() != b.scalar_type() || a.size(0) != b.size(0) ||
      a.sizes().slice(2) != b.sizes().slice(2))
    return at::cat({a, b}, 1);
  return Joined::apply(a, b);
}

Tensor mean_pool(const Tensor& input, const Triple& size) {
  expect_axes(input, "image to be pooled", 5, "N, C, D, H, W");
  const bool divides =
      input.size(2) % size[0] == 0 && input.size(3) % size[1] == 0 && input.size(4) % size[2] == 0;
  if (!runs_here(input) || !divides) return at::avg_pool3d(input, size, size);
  return Pooled::apply(input, std::vector<int64_t>(size.begin(), size.end()));
}

}  // namespace tazuna
