// SPDX-License-Identifier: Apache-2.0
#include "image/resample.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/axis_taps.hpp"
#include "kernels/wide.hpp"

namespace tazuna {
namespace {

constexpr int64_t columns_at_once = 128;

/// Prefilters a block of columns for cubic B-splines (pole sqrt(3) - 2, gain 6), the signal continued by its
/// edge values without end: what SciPy approximates by padding 12 voxels. `rows` has `count` + 4 rows of
/// `width` floats, the samples in rows 2 to count + 1; it becomes the coefficients -2 to count + 1.
TAZUNA_WIDE void prefilter(std::vector<float>& rows, int64_t count, int64_t width) {
  const double pole = std::sqrt(3.0) - 2;
  const auto z = static_cast<float>(pole);
  const auto steady = static_cast<float>(6 / (1 - pole));  // the causal filter's answer to a constant 1
  const auto row = [&](int64_t k) { return rows.data() + (k + 2) * width; };
  const auto copy = [&](int64_t from, int64_t to) { std::copy_n(row(from), width, row(to)); };
  copy(0, -1);
  copy(0, -2);
  copy(count - 1, count);
  copy(count - 1, count + 1);
  std::vector<float> last(row(count + 1), row(count + 1) + width);
  for (const int64_t k : {-2, -1}) {
    for (int64_t i = 0; i < width; ++i) row(k)[i] *= steady;
  }
  for (int64_t k = 0; k <= count + 1; ++k) {
    for (int64_t i = 0; i < width; ++i) row(k)[i] = 6 * row(k)[i] + z * row(k - 1)[i];
  }
  // Beyond the end the causal answer decays by the pole towards its steady state; the anticausal sum over
  // that geometric tail is closed.
  const auto steady_tail = static_cast<float>(-pole / (1 - pole));
  const auto decaying_tail = static_cast<float>(-pole / (1 - pole * pole));
  float* end = row(count + 1);
  for (int64_t i = 0; i < width; ++i) {
    const float settled = steady * last[i];
    end[i] = steady_tail * settled + decaying_tail * (end[i] - settled);
  }
  for (int64_t k = count; k >= -2; --k) {
    for (int64_t i = 0; i < width; ++i) row(k)[i] = z * (row(k + 1)[i] - row(k)[i]);
  }
}

/// The weighted sum of four rows that lie one behind the other.
TAZUNA_WIDE void mix_four(const float* first, int64_t width, const std::array<float, 4>& w, float* out) {
  for (int64_t i = 0; i < width; ++i) {
    out[i] =
        w[0] * first[i] + w[1] * first[width + i] + w[2] * first[2 * width + i] + w[3] * first[3 * width + i];
  }
}

TAZUNA_WIDE void mix_two(const float* low, const float* high, float share, int64_t width, float* out) {
  for (int64_t i = 0; i < width; ++i) out[i] = low[i] + share * (high[i] - low[i]);
}

/// Resizes the middle axis of contiguous [outer, from, inner], a block of columns at a time.
template <class Block>
Tensor resize_middle(const Tensor& image, int64_t to, const Block& block) {
  const int64_t outer = image.size(0), from = image.size(1), inner = image.size(2);
  Tensor result = at::empty({outer, to, inner}, image.options());
  const float* source = image.const_data_ptr<float>();
  float* target = result.data_ptr<float>();
  const int64_t blocks = (inner + columns_at_once - 1) / columns_at_once;
  at::parallel_for(0, outer * blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t column = task % blocks * columns_at_once;
      const int64_t width = std::min(columns_at_once, inner - column);
      block(source + task / blocks * from * inner + column, target + task / blocks * to * inner + column,
            width);
    }
  });
  return result;
}

Tensor cubic_middle(const Tensor& image, int64_t to) {
  const int64_t from = image.size(1), inner = image.size(2);
  const auto taps = cubic_taps(from, to);
  return resize_middle(image, to, [&](const float* source, float* target, int64_t width) {
    std::vector<float> rows((from + 4) * width);
    for (int64_t k = 0; k < from; ++k) std::copy_n(source + k * inner, width, rows.data() + (k + 2) * width);
    prefilter(rows, from, width);
    for (int64_t j = 0; j < to; ++j)
      mix_four(rows.data() + (taps[j].first + 2) * width, width, taps[j].weights, target + j * inner);
  });
}

Tensor linear_middle(const Tensor& image, int64_t to) {
  const int64_t inner = image.size(2);
  const auto taps = linear_taps(image.size(1), to);
  return resize_middle(image, to, [&](const float* source, float* target, int64_t width) {
    for (int64_t j = 0; j < to; ++j)
      mix_two(source + taps[j].low * inner, source + taps[j].high * inner, static_cast<float>(taps[j].share),
              width, target + j * inner);
  });
}

/// Resizes one axis (1..3) of contiguous [C, D, H, W].
Tensor resized_along(const Tensor& image, int64_t axis, int64_t to, Interpolation interpolation) {
  const auto shape = image.sizes();
  if (interpolation == Interpolation::nearest) {
    std::vector<int64_t> sources(to);
    for (int64_t i = 0; i < to; ++i) sources[i] = nearest_source(i, shape[axis], to);
    return image.index_select(axis, at::tensor(sources, at::kLong));
  }
  // Columns lie side by side along every axis but the last, which is therefore exchanged with its neighbour.
  if (axis == 3) {
    return resized_along(image.transpose(2, 3).contiguous(), 2, to, interpolation)
        .transpose(2, 3)
        .contiguous();
  }
  std::vector<int64_t> result = shape.vec();
  result[axis] = to;
  const int64_t inner = c10::multiply_integers(shape.slice(axis + 1));
  const Tensor columns = image.reshape({-1, shape[axis], inner});
  return (interpolation == Interpolation::cubic ? cubic_middle(columns, to) : linear_middle(columns, to))
      .view(result);
}

/// The axes (1..3) other than `through`, the one that shrinks most first, so that later passes see less.
std::vector<int64_t> order_of_axes(const Tensor& image, const std::array<int64_t, 3>& size, int through) {
  std::vector<int64_t> axes;
  for (int64_t axis = 1; axis <= 3; ++axis) {
    if (axis != through + 1) axes.push_back(axis);
  }
  const auto growth = [&](int64_t axis) {
    return static_cast<double>(size[axis - 1]) / static_cast<double>(image.size(axis));
  };
  std::stable_sort(axes.begin(), axes.end(), [&](int64_t a, int64_t b) { return growth(a) < growth(b); });
  return axes;
}

void expect_resizable(const Tensor& tensor, const char* name, const std::array<int64_t, 3>& size,
                      int through) {
  expect_axes(tensor, name, 4, "C, D, H, W");
  if (tensor.numel() == 0 || size[0] < 1 || size[1] < 1 || size[2] < 1) {
    throw Error(cat(name, ": cannot resize ", shape_text(tensor.sizes()), " to ", shape_text(size)));
  }
  if (through < -1 || through > 2)
    throw Error(cat("through_axis is ", through, "; it is 0, 1, 2 or -1 for none"));
}

}  // namespace

Tensor resized_image(const Tensor& image, const std::array<int64_t, 3>& size, Interpolation interpolation,
                     int through_axis) {
  expect_resizable(image, "image", size, through_axis);
  if (image.scalar_type() != at::kFloat) throw Error("image: expected float32");
  if (image.sizes().slice(1) == at::IntArrayRef(size)) return image;
  const auto axes = order_of_axes(image, size, through_axis);
  Tensor result = image.contiguous();
  bool resized = false;
  for (const int64_t axis : axes) {
    if (size[axis - 1] == result.size(axis)) continue;
    result = resized_along(result, axis, size[axis - 1], interpolation);
    resized = true;
  }
  if (resized && interpolation == Interpolation::cubic) {
    result.clamp_(image.amin(axes, true), image.amax(axes, true));
  }
  if (through_axis < 0 || size[through_axis] == result.size(through_axis + 1)) return result;
  return resized_along(result, through_axis + 1, size[through_axis], Interpolation::nearest);
}

}  // namespace tazuna
