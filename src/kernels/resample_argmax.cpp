// SPDX-License-Identifier: Apache-2.0
#include "kernels/resample_argmax.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/text.hpp"
#include "kernels/cuda_slabs.hpp"
#include "kernels/wide.hpp"

namespace tazuna {

namespace {

constexpr int64_t block_rows = 32;  // target rows a task works on: its buffers stay in the second-level cache

// out = (1 - w) * a + w * b
TAZUNA_WIDE void mix_rows(const float* a, const float* b, float w, int64_t width, float* out) {
  for (int64_t x = 0; x < width; ++x) out[x] = a[x] + w * (b[x] - a[x]);
}

// Keeps class k where (1 - w) * a + w * b is greater than the greatest value so far.
TAZUNA_WIDE void keep_greatest(int32_t k, const float* a, const float* b, float w, int64_t width, float* best,
                               int32_t* label) {
  for (int64_t x = 0; x < width; ++x) {
    const float value = a[x] + w * (b[x] - a[x]);
    label[x] = value > best[x] ? k : label[x];
    best[x] = value > best[x] ? value : best[x];
  }
}

TAZUNA_WIDE void resize_row(const float* row, const int32_t* low, const int32_t* high, const float* weight,
                            int64_t width, float* out) {
  for (int64_t x = 0; x < width; ++x) out[x] = row[low[x]] + weight[x] * (row[high[x]] - row[low[x]]);
}

// What is found along one row of voxels: the running maximum over classes and, where asked, the shares.
class RowAnswer {
 public:
  RowAnswer(int64_t classes, int64_t width, const SharePlaces& places)
      : value_(width), label_(width), shared_(places.any()), shares_(classes, width, places) {}
  void clear() {
    std::ranges::fill(value_, -std::numeric_limits<float>::infinity());
    std::ranges::fill(label_, 0);
  }
  void keep(int64_t k, const float* a, const float* b, float w) {
    const auto width = static_cast<int64_t>(value_.size());
    keep_greatest(static_cast<int32_t>(k), a, b, w, width, value_.data(), label_.data());
    if (shared_) mix_rows(a, b, w, width, shares_.logits(k));
  }
  // The row (z, y), whose labels go to `out`.
  void store(int64_t z, int64_t y, int16_t* out) {
    for (size_t x = 0; x < label_.size(); ++x) out[x] = static_cast<int16_t>(label_[x]);
    if (shared_) shares_.store(value_.data(), z, y);
  }

 private:
  std::vector<float> value_;
  std::vector<int32_t> label_;
  bool shared_;
  ShareRow shares_;
};

// Target rows [first, end) of one source plane at a time, resized in x and y for all classes.
class RowBlock {
 public:
  RowBlock(const std::array<LinearAxis, 3>& axes, int64_t classes, int64_t first, int64_t end)
      : axes_(axes), first_(first), end_(end), width_(axes[2].low.size()) {
    low_ = axes[1].low[first];
    high_ = axes[1].high[end - 1];
    wide_.resize((high_ - low_ + 1) * width_);
    for (auto& plane : planes_) plane.resize(classes * (end - first) * width_);
    below_ = &planes_[0];
    above_ = &planes_[1];
  }
  // Makes the plane loaded last the lower one and loads `plane` [K, H, W] as the upper one.
  void load(const at::TensorAccessor<float, 4>& planes, int64_t index) {
    std::swap(below_, above_);
    float* out = above_->data();
    for (int64_t k = 0; k < planes.size(0); ++k) {
      for (int64_t y = low_; y <= high_; ++y) {
        resize_row(planes[k][index][y].data(), axes_[2].low.data(), axes_[2].high.data(),
                   axes_[2].weight.data(), width_, wide_.data() + (y - low_) * width_);
      }
      for (int64_t y = first_; y < end_; ++y, out += width_) {
        mix_rows(wide_.data() + (axes_[1].low[y] - low_) * width_,
                 wide_.data() + (axes_[1].high[y] - low_) * width_, axes_[1].weight[y], width_, out);
      }
    }
  }
  // Row `y` of class k in the plane loaded before and in the one loaded last.
  const float* below(int64_t k, int64_t y) const { return row(*below_, k, y); }
  const float* above(int64_t k, int64_t y) const { return row(*above_, k, y); }

 private:
  const float* row(const std::vector<float>& plane, int64_t k, int64_t y) const {
    return plane.data() + (k * (end_ - first_) + y - first_) * width_;
  }
  const std::array<LinearAxis, 3>& axes_;
  int64_t first_, end_, width_, low_, high_;
  std::vector<float> wide_;  // the source rows in reach, resized in x
  std::vector<float> planes_[2];
  std::vector<float>*below_, *above_;
};

}  // namespace

LinearAxis linear_axis(int64_t source, int64_t target) {
  LinearAxis axis;
  const double scale = static_cast<double>(source) / static_cast<double>(target);
  for (int64_t i = 0; i < target; ++i) {
    const double position =
        std::clamp((static_cast<double>(i) + 0.5) * scale - 0.5, 0.0, static_cast<double>(source - 1));
    axis.low.push_back(static_cast<int32_t>(position));
    axis.high.push_back(std::min<int32_t>(axis.low.back() + 1, static_cast<int32_t>(source) - 1));
    axis.weight.push_back(static_cast<float>(position - static_cast<double>(axis.low.back())));
  }
  return axis;
}

ResampleArgmax::ResampleArgmax(int64_t classes, const std::array<int64_t, 3>& source,
                               const std::array<int64_t, 3>& target, const SharePlaces& shares)
    : classes_(classes), source_(source), target_(target), shares_(shares) {
  if (classes < 1 || classes > std::numeric_limits<int16_t>::max() || *std::ranges::min_element(source) < 1 ||
      *std::ranges::min_element(target) < 1) {
    throw Error(cat("cannot label ", classes, " classes on ", join(source, "x"), " voxels as ",
                    join(target, "x"), " voxels; 1 to 32767 classes and at least one voxel are needed"));
  }
  for (size_t axis = 0; axis < 3; ++axis) axes_[axis] = linear_axis(source[axis], target[axis]);
  labels_ = at::empty(target, at::kShort);
}

void ResampleArgmax::add(const Tensor& planes) {
  expect_axes(planes, "logits", 4, "K, n, H, W");
  const int64_t count = planes.size(1);
  if (planes.size(0) != classes_ || planes.size(2) != source_[1] || planes.size(3) != source_[2] ||
      given_ + count > source_[0]) {
    throw Error(cat("expected at most ", source_[0] - given_, " planes of logits of a volume ", classes_, "x",
                    join(source_, "x"), ", but got ", shape_text(planes.sizes())));
  }
  if (count == 0) return;
  Tensor logits = planes.to(at::kFloat);
  int64_t end = done_;
  while (end < target_[0] && axes_[0].high[end] < given_ + count) ++end;
  if (given_ == 0 && planes.is_cuda() && !shares_.any()) labels_ = labels_.to(planes.device());
  if (!label_planes_on_cuda({logits, last_, given_}, source_[0], done_, end, labels_)) {
    labels_ = labels_.cpu();
    logits = logits.cpu();
    if (logits.stride(3) != 1) logits = logits.contiguous();
    source_ == target_ ? label_aligned(logits) : label_between(logits, end);
  }
  done_ = end;
  given_ += count;
  last_ = given_ < source_[0] ? logits.narrow(1, count - 1, 1).clone(at::MemoryFormat::Contiguous) : Tensor();
}

void ResampleArgmax::label_between(const Tensor& planes, int64_t end) {
  const auto fresh = planes.accessor<float, 4>();
  auto labels = labels_.accessor<int16_t, 3>();
  const LinearAxis& z = axes_[0];
  at::parallel_for(0, (target_[1] + block_rows - 1) / block_rows, 1, [&](int64_t block, int64_t last_block) {
    RowAnswer answer(classes_, target_[2], shares_);
    for (; block < last_block; ++block) {
      const int64_t first = block * block_rows, stop = std::min(first + block_rows, target_[1]);
      RowBlock rows(axes_, classes_, first, stop);
      int64_t loaded = given_ - 1;
      if (given_ > 0 && done_ < end) rows.load(last_.accessor<float, 4>(), 0);
      for (int64_t t = done_; t < end; ++t) {
        for (loaded = std::max<int64_t>(loaded, z.low[t] - 1); loaded < z.high[t];)
          rows.load(fresh, ++loaded - given_);
        // On the last source plane both neighbours are that plane.
        const bool single = z.low[t] == z.high[t];
        for (int64_t y = first; y < stop; ++y) {
          answer.clear();
          for (int64_t k = 0; k < classes_; ++k) {
            answer.keep(k, single ? rows.above(k, y) : rows.below(k, y), rows.above(k, y), z.weight[t]);
          }
          answer.store(t, y, labels[t][y].data());
        }
      }
    }
  });
}

void ResampleArgmax::label_aligned(const Tensor& planes) {
  const auto logits = planes.accessor<float, 4>();
  auto labels = labels_.accessor<int16_t, 3>();
  at::parallel_for(0, planes.size(1) * source_[1], block_rows, [&](int64_t row, int64_t end) {
    RowAnswer answer(classes_, source_[2], shares_);
    for (; row < end; ++row) {
      const int64_t z = row / source_[1], y = row % source_[1];
      answer.clear();
      for (int64_t k = 0; k < classes_; ++k) {
        const float* logit = logits[k][z][y].data();
        answer.keep(k, logit, logit, 0);
      }
      answer.store(given_ + z, y, labels[given_ + z][y].data());
    }
  });
}

Tensor ResampleArgmax::finish() {
  if (given_ < source_[0]) {
    throw Error(cat("labels were asked for after ", given_, " of ", source_[0], " planes of logits"));
  }
  return labels_.cpu();
}

Tensor resample_shares_reference(const Tensor& logits, const std::array<int64_t, 3>& target) {
  expect_axes(logits, "logits", 4, "K, D, H, W");
  return at::softmax(at::upsample_trilinear3d(logits.unsqueeze(0), target, /*align_corners=*/false), 1)
      .squeeze(0);
}

Tensor normalised_entropy_reference(const Tensor& shares) {
  const Tensor entropy = -at::special_xlogy(shares, shares).sum(0);
  return shares.size(0) > 1 ? entropy / std::log(static_cast<double>(shares.size(0))) : entropy;
}

Tensor resample_argmax_reference(const Tensor& logits, const std::array<int64_t, 3>& target) {
  expect_axes(logits, "logits", 4, "K, D, H, W");
  const Tensor resized = at::upsample_trilinear3d(logits.unsqueeze(0), target, /*align_corners=*/false);
  return resized.squeeze(0).argmax(0).to(at::kShort);
}

}  // namespace tazuna
