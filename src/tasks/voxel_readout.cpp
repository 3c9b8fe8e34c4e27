// SPDX-License-Identifier: Apache-2.0
#include "tasks/voxel_readout.hpp"

#include <ATen/ATen.h>

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

class ProbabilityReadout : public Readout {
 public:
  ProbabilityReadout(const Placement& placement, const LabelCodes& codes)
      : placement_(placement), codes_(codes) {}

  // The probabilities fill K native volumes in any case, so the logits (never more voxels than a few of
  // those) are simply kept until the last plane.
  void add(const Tensor& planes) override { planes_.push_back(planes.to(at::kFloat).clone()); }

  Prediction finish() override {
    const Tensor logits = at::cat(planes_, 1).unsqueeze(0);
    const auto size = placement_.cropped_size();
    const Tensor resized = logits.sizes().slice(2) == at::IntArrayRef(size)
                               ? logits
                               : at::upsample_trilinear3d(logits, size, /*align_corners=*/false);
    const Tensor shares = at::softmax(resized.squeeze(0), 0);
    Tensor native = to_native(shares, placement_);
    // Outside the crop the background's share is 1: put back (share - 1) and add 1.
    native[0] = to_native(shares.narrow(0, 0, 1) - 1, placement_).squeeze(0) + 1;
    return VoxelField{native, placement_.native, placement_.header};
  }

 private:
  Placement placement_;
  LabelCodes codes_;
  std::vector<Tensor> planes_;
};

}  // namespace

std::unique_ptr<Readout> make_label_readout(const Placement& placement, const LabelCodes& codes) {
  return std::make_unique<LabelReadout>(placement, codes);
}

std::unique_ptr<Readout> make_probability_readout(const Placement& placement, const LabelCodes& codes) {
  return std::make_unique<ProbabilityReadout>(placement, codes);
}

}  // namespace tazuna
