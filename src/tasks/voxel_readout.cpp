// SPDX-License-Identifier: Apache-2.0
#include "tasks/voxel_readout.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "kernels/resample_argmax.hpp"

namespace tazuna {

namespace {

/// Where the voxels of the crop stand in contiguous native maps, shares [K, D, H, W] and entropy [D, H, W];
/// undefined ones are not asked for.
SharePlaces places_in(const Placement& placement, const Tensor& shares, const Tensor& entropy) {
  const auto& size = placement.native.size;
  const std::array<int64_t, 3> step{size[1] * size[2], size[2], 1};
  SharePlaces places{.next_class = size[0] * step[0]};
  int64_t first = 0;
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto native = static_cast<size_t>(placement.axes.axis[axis]);
    const int64_t low = placement.crop.low[axis], high = placement.crop.high[axis];
    if (low < 0 || high > size[native] || low > high)
      throw Error(
          cat("crop of axis ", axis, " is ", low, " to ", high, "; it must lie within 0 to ", size[native]));
    const bool flip = placement.axes.flip[axis];
    first += (flip ? size[native] - 1 - low : low) * step[native];
    places.next[axis] = flip ? -step[native] : step[native];
  }
  if (shares.defined()) places.shares = shares.mutable_data_ptr<float>() + first;
  if (entropy.defined()) places.entropy = entropy.mutable_data_ptr<float>() + first;
  return places;
}

class VoxelReadout : public Readout {
 public:
  VoxelReadout(const Placement& placement, const LabelCodes& codes, const VoxelWish& wish)
      : placement_(placement),
        codes_(codes),
        shares_(wish.shares ? surely_background() : Tensor()),
        uncertainty_(wish.uncertainty ? at::zeros(placement.native.size, at::kFloat) : Tensor()),
        argmax_(codes.classes(), placement.working.size, placement.cropped_size(),
                places_in(placement, shares_, uncertainty_)) {}

  void add(const Tensor& planes) override { argmax_.add(planes); }

  Prediction finish() override {
    const Tensor labels = codes_.to_labels(argmax_.finish()).unsqueeze(0);
    return LabelMap{.labels = to_native(labels, placement_).squeeze(0),
                    .geometry = placement_.native,
                    .header = placement_.header,
                    .names = codes_.names(),
                    .shares = shares_,
                    .uncertainty = uncertainty_};
  }

 private:
  Tensor surely_background() const {
    const auto& size = placement_.native.size;
    Tensor shares = at::zeros({codes_.classes(), size[0], size[1], size[2]}, at::kFloat);
    shares[0].fill_(1);
    return shares;
  }

  Placement placement_;
  LabelCodes codes_;
  Tensor shares_, uncertainty_;
  ResampleArgmax argmax_;
};

}  // namespace

std::unique_ptr<Readout> make_voxel_readout(const Placement& placement, const LabelCodes& codes,
                                            const VoxelWish& wish) {
  return std::make_unique<VoxelReadout>(placement, codes, wish);
}

}  // namespace tazuna
