// SPDX-License-Identifier: Apache-2.0
#include "kernels/gaussian.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"
#include "kernels/cuda_slabs.hpp"

namespace tazuna {

namespace {

// One axis of scipy.ndimage.gaussian_filter applied to a unit impulse at size // 2; divided by its greatest
// value, which is the centre's.
Tensor axis_profile(int64_t size, double sigma) {
  const auto radius = static_cast<int64_t>(4 * sigma + 0.5);
  Tensor profile = at::zeros({size}, at::kDouble);
  for (int64_t i = 0; i < size; ++i) {
    const int64_t offset = i - size / 2;
    if (std::abs(offset) <= radius) {
      profile[i] = std::exp(-0.5 / (sigma * sigma) * static_cast<double>(offset * offset));
    }
  }
  return profile;
}

/// Where the mirror image of a tile of logits [K, d, h, w] begins, and how far its neighbours lie apart.
struct MirrorImage {
  int64_t begin = 0;
  std::array<int64_t, 4> stride;
};

MirrorImage mirror_image(const Tensor& logits, at::IntArrayRef axes) {
  MirrorImage image;
  std::ranges::copy(logits.strides(), image.stride.begin());
  for (const int64_t axis : axes) {
    int64_t& stride = image.stride.at(static_cast<size_t>(axis + 1));
    image.begin += (logits.size(axis + 1) - 1) * stride;
    stride = -stride;
  }
  return image;
}

template <class Logit>
void add_row(const float* weight, const Logit* logit, int64_t stride, int64_t width, float* out) {
  if (stride == 1) {
    for (int64_t x = 0; x < width; ++x) out[x] += weight[x] * static_cast<float>(logit[x]);
  } else {
    for (int64_t x = 0; x < width; ++x) out[x] += weight[x] * static_cast<float>(logit[x * stride]);
  }
}

// Row by row and there class by class: the classes of a row lie side by side where channels are last.
template <class Logit>
void add_rows(Tensor& sum, const Tensor& logits, const Tensor& weights, const std::array<int64_t, 3>& low,
              at::IntArrayRef mirrored) {
  const int64_t classes = logits.size(0), height = logits.size(2), width = logits.size(3);
  const MirrorImage from = mirror_image(logits, mirrored);
  const Logit* first = logits.const_data_ptr<Logit>() + from.begin;
  const auto weight = weights.accessor<float, 3>();
  auto into = sum.accessor<float, 4>();
  at::parallel_for(0, logits.size(1) * height, at::internal::GRAIN_SIZE / (classes * width + 1) + 1,
                   [&](int64_t begin, int64_t end) {
                     for (int64_t row = begin; row < end; ++row) {
                       const int64_t z = row / height, y = row % height;
                       for (int64_t k = 0; k < classes; ++k) {
                         const Logit* logit =
                             first + k * from.stride[0] + z * from.stride[1] + y * from.stride[2];
                         add_row(weight[z][y].data(), logit, from.stride[3], width,
                                 into[k][z + low[0]][y + low[1]].data() + low[2]);
                       }
                     }
                   });
}

void check_box(const Tensor& sum, const Tensor& logits, const Tensor& weights,
               const std::array<int64_t, 3>& low) {
  expect_axes(sum, "sum", 4, "K, D, H, W");
  expect_axes(logits, "logits", 4, "K, d, h, w");
  if (weights.sizes() != logits.sizes().slice(1)) {
    throw Error(cat("a tile of logits ", shape_text(logits.sizes()),
                    " needs weights of its last three axes, ", "but got ", shape_text(weights.sizes())));
  }
  bool inside = sum.size(0) == logits.size(0);
  for (int64_t axis = 0; axis < 3; ++axis) {
    inside = inside && low[axis] >= 0 && low[axis] + logits.size(axis + 1) <= sum.size(axis + 1);
  }
  if (!inside) {
    throw Error(cat("a tile of logits ", shape_text(logits.sizes()), " at ", join(low, ","),
                    " does not lie inside the sum ", shape_text(sum.sizes())));
  }
}

}  // namespace

Tensor gaussian_weights(const std::array<int64_t, 3>& size, double scale) {
  std::array<Tensor, 3> profile;
  for (size_t axis = 0; axis < 3; ++axis) {
    if (size[axis] < 1) throw Error(cat("a tile of size ", join(size, "x"), " has no voxels"));
    profile[axis] = axis_profile(size[axis], static_cast<double>(size[axis]) * scale);
  }
  Tensor weights = (profile[0].view({-1, 1, 1}) * profile[1].view({-1, 1}) * profile[2]).to(at::kFloat);
  const Tensor least = weights.masked_select(weights > 0).min();
  return weights.clamp_min_(least.item<float>());
}

void add_weighted(Tensor& sum, const Tensor& logits, const Tensor& weights, const std::array<int64_t, 3>& low,
                  at::IntArrayRef mirrored) {
  check_box(sum, logits, weights, low);
  if (add_weighted_on_cuda(sum, logits, weights, low, mirrored)) return;
  const bool rows = sum.is_cpu() && sum.stride(3) == 1 && weights.stride(2) == 1 &&
                    (logits.scalar_type() == at::kFloat || logits.scalar_type() == at::kBFloat16);
  if (!rows) {
    Tensor box = sum;
    for (int64_t axis = 0; axis < 3; ++axis) box = box.narrow(axis + 1, low[axis], logits.size(axis + 1));
    std::vector<int64_t> axes(mirrored.begin(), mirrored.end());
    for (int64_t& axis : axes) ++axis;  // of [K, d, h, w]
    box.addcmul_(weights, (axes.empty() ? logits : at::flip(logits, axes)).to(at::kFloat));
  } else if (logits.scalar_type() == at::kFloat) {
    add_rows<float>(sum, logits, weights, low, mirrored);
  } else {
    add_rows<at::BFloat16>(sum, logits, weights, low, mirrored);
  }
}

}  // namespace tazuna
