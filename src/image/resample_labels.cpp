// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/axis_taps.hpp"
#include "image/resample.hpp"

namespace tazuna {
namespace {

/// Along one axis: the two voxels that are mixed and the nearest one.
struct LabelTap {
  LinearTap linear;
  int64_t nearest;
};

std::vector<LabelTap> label_taps(int64_t from, int64_t to, bool nearest_only) {
  const auto mixed = nearest_only ? nearest_taps(from, to) : linear_taps(from, to);
  std::vector<LabelTap> taps(to);
  for (int64_t i = 0; i < to; ++i) taps[i] = {mixed[i], nearest_source(i, from, to)};
  return taps;
}

/// The label with the largest total weight among eight corners; of equals the nearest voxel's, else the
/// smallest.
template <class Label>
Label winner(const std::array<Label, 8>& corners, const std::array<double, 8>& weights, Label nearest) {
  // Sums of products of thirds and the like differ by rounding where they are equal on paper.
  constexpr double equal = 1e-9;
  Label best = corners[0];
  double best_weight = -1;
  for (int i = 0; i < 8; ++i) {
    const Label label = corners[i];
    double weight = 0;
    for (int j = 0; j < 8; ++j) weight += corners[j] == label ? weights[j] : 0;
    const bool tied = std::abs(weight - best_weight) <= equal;
    const bool preferred = best != nearest && (label == nearest || label < best);
    if (weight > best_weight + equal || (tied && preferred)) {
      best = label;
      best_weight = weight;
    }
  }
  return best;
}

template <class Label>
class LabelResizer {
 public:
  LabelResizer(const Tensor& labels, const std::array<int64_t, 3>& size, int through)
      : source_(labels.const_data_ptr<Label>()), height_(labels.size(2)), width_(labels.size(3)) {
    for (int axis = 0; axis < 3; ++axis) {
      taps_[axis] = label_taps(labels.size(1 + axis), size[axis], axis == through);
    }
  }

  /// Fills the row of the result at (z, y).
  void row(int64_t z, int64_t y, Label* out) const {
    const LabelTap &deep = taps_[0][z], &high = taps_[1][y];
    const std::array<const Label*, 4> rows{
        row_at(deep.linear.low, high.linear.low), row_at(deep.linear.low, high.linear.high),
        row_at(deep.linear.high, high.linear.low), row_at(deep.linear.high, high.linear.high)};
    const Label* nearest = row_at(deep.nearest, high.nearest);
    for (size_t x = 0; x < taps_[2].size(); ++x) {
      const auto& [tap, nearest_x] = taps_[2][x];
      std::array<Label, 8> corners;
      for (int i = 0; i < 8; ++i) corners[i] = rows[i / 2][i % 2 ? tap.high : tap.low];
      bool same = true;
      for (const Label corner : corners) same &= corner == corners[0];
      out[x] = same ? corners[0]
                    : winner(corners, weights(deep.linear.share, high.linear.share, tap.share),
                             nearest[nearest_x]);
    }
  }

 private:
  const Label* row_at(int64_t z, int64_t y) const { return source_ + (z * height_ + y) * width_; }

  static std::array<double, 8> weights(double z, double y, double x) {
    std::array<double, 8> products;
    for (int i = 0; i < 8; ++i) products[i] = (i & 4 ? z : 1 - z) * (i & 2 ? y : 1 - y) * (i & 1 ? x : 1 - x);
    return products;
  }

  const Label* source_;
  int64_t height_, width_;
  std::array<std::vector<LabelTap>, 3> taps_;
};

}  // namespace

Tensor resized_labels(const Tensor& labels, const std::array<int64_t, 3>& size, int through_axis) {
  expect_axes(labels, "labels", 4, "1, D, H, W");
  const bool sized = labels.size(0) == 1 && labels.numel() > 0 && size[0] > 0 && size[1] > 0 && size[2] > 0;
  if (!sized || !at::isIntegralType(labels.scalar_type(), false)) {
    throw Error(cat("labels: cannot resize ", shape_text(labels.sizes()), " of ",
                    at::toString(labels.scalar_type()), " to ", shape_text(size),
                    "; they are whole numbers in one channel"));
  }
  if (labels.sizes().slice(1) == at::IntArrayRef(size)) return labels;
  const Tensor source = labels.contiguous();
  Tensor result = at::empty({1, size[0], size[1], size[2]}, labels.options());
  AT_DISPATCH_INTEGRAL_TYPES(labels.scalar_type(), "resized_labels", [&] {
    const LabelResizer<scalar_t> resizer(source, size, through_axis);
    scalar_t* out = result.data_ptr<scalar_t>();
    at::parallel_for(0, size[0] * size[1], 16, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row)
        resizer.row(row / size[1], row % size[1], out + row * size[2]);
    });
  });
  return result;
}

}  // namespace tazuna
