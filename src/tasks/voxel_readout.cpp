// SPDX-License-Identifier: Apache-2.0
#include "tasks/voxel_readout.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "kernels/resample_argmax.hpp"

namespace tazuna {

namespace {

class LabelReadout : public Readout {
 public:
  LabelReadout(const Placement& placement, const LabelCodes& codes)
      : placement_(placement),
        codes_(codes),
        argmax_(codes.classes(), placement.working.size, placement.cropped_size()) {}

  void add(const Tensor& planes) override { argmax_.add(planes); }

  Prediction finish() override {
    const Tensor labels = codes_.to_labels(argmax_.finish()).unsqueeze(0);
    return LabelMap{to_native(labels, placement_).squeeze(0), placement_.native, placement_.header,
                    codes_.names()};
  }

 private:
  Placement placement_;
  LabelCodes codes_;
  ResampleArgmax argmax_;
};

/// Holds the shares of the crop, then of the native grid; of the logits one plane.
class ProbabilityReadout : public Readout {
 public:
  ProbabilityReadout(const Placement& placement, const LabelCodes& codes)
      : placement_(placement),
        size_(placement.cropped_size()),
        axis_(linear_axis(placement.working.size[0], size_[0])),
        shares_(at::empty({codes.classes(), size_[0], size_[1], size_[2]}, at::kFloat)) {}

  void add(const Tensor& planes) override {
    if (planes.size(1) == 0) return;
    const Tensor slab = last_.defined() ? at::cat({last_, planes.to(at::kFloat)}, 1) : planes.to(at::kFloat);
    const int64_t first = given_ - (slab.size(1) - planes.size(1));
    given_ += planes.size(1);
    for (; done_ < size_[0] && axis_.high[done_] < given_; ++done_) {
      const Tensor low = slab.select(1, axis_.low[done_] - first),
                   high = slab.select(1, axis_.high[done_] - first);
      shares_.select(1, done_).copy_(at::softmax(resized(at::lerp(low, high, axis_.weight[done_])), 0));
    }
    last_ = slab.narrow(1, slab.size(1) - 1, 1).clone();
  }

  Prediction finish() override {
    if (done_ != size_[0])
      throw Error(cat("probabilities: ", given_, " of ", placement_.working.size[0], " planes were given"));
    const auto& native = placement_.native.size;
    Tensor values = at::empty({shares_.size(0), native[0], native[1], native[2]}, at::kFloat);
    for (int64_t k = 0; k < shares_.size(0); ++k)  // outside the crop all is background
      values.narrow(0, k, 1).copy_(to_native(shares_.narrow(0, k, 1), placement_, k == 0 ? 1 : 0));
    return VoxelField{values, placement_.native, placement_.header};
  }

 private:
  /// A plane of logits [K, H, W] on the target's rows and columns.
  Tensor resized(const Tensor& plane) const {
    if (plane.size(1) == size_[1] && plane.size(2) == size_[2]) return plane;
    return at::upsample_bilinear2d(plane.unsqueeze(0), {size_[1], size_[2]}, /*align_corners=*/false)
        .squeeze(0);
  }

  Placement placement_;
  std::array<int64_t, 3> size_;
  LinearAxis axis_;
  Tensor shares_, last_;
  int64_t given_ = 0, done_ = 0;
};

}  // namespace

std::unique_ptr<Readout> make_label_readout(const Placement& placement, const LabelCodes& codes) {
  return std::make_unique<LabelReadout>(placement, codes);
}

std::unique_ptr<Readout> make_probability_readout(const Placement& placement, const LabelCodes& codes) {
  return std::make_unique<ProbabilityReadout>(placement, codes);
}

}  // namespace tazuna
