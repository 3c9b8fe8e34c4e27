// SPDX-License-Identifier: Apache-2.0
#include "kernels/gaussian.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"

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

template <class Logit>
void add_rows(Tensor& sum, const Tensor& logits, const Tensor& weights, const std::array<int64_t, 3>& low) {
  const int64_t depth = logits.size(1), height = logits.size(2), width = logits.size(3);
  const auto from = logits.accessor<Logit, 4>();
  const auto weight = weights.accessor<float, 3>();
  auto into = sum.accessor<float, 4>();
  at::parallel_for(0, logits.size(0) * depth * height, at::internal::GRAIN_SIZE / (width + 1) + 1,
                   [&](int64_t begin, int64_t end) {
                     for (int64_t row = begin; row < end; ++row) {
                       const int64_t k = row / (depth * height), z = row / height % depth, y = row % height;
                       const Logit* logit = from[k][z][y].data();
                       const float* w = weight[z][y].data();
                       float* out = into[k][z + low[0]][y + low[1]].data() + low[2];
                       for (int64_t x = 0; x < width; ++x) out[x] += w[x] * static_cast<float>(logit[x]);
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

void add_weighted(Tensor& sum, const Tensor& logits, const Tensor& weights,
                  const std::array<int64_t, 3>& low) {
  check_box(sum, logits, weights, low);
  const bool rows = sum.is_cpu() && sum.stride(3) == 1 &&
                    (logits.scalar_type() == at::kFloat || logits.scalar_type() == at::kBFloat16);
  if (!rows) {
    Tensor box = sum;
    for (int64_t axis = 0; axis < 3; ++axis) box = box.narrow(axis + 1, low[axis], logits.size(axis + 1));
    box.add_(weights * logits.to(at::kFloat));
    return;
  }
  const Tensor dense = logits.contiguous(), weight = weights.contiguous();
  if (dense.scalar_type() == at::kFloat) {
    add_rows<float>(sum, dense, weight, low);
  } else {
    add_rows<at::BFloat16>(sum, dense, weight, low);
  }
}

}  // namespace tazuna
