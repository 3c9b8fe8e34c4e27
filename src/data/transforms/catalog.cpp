// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/catalog.hpp"

#include <ATen/ATen.h>

#include <type_traits>

#include "data/transforms/box.hpp"

namespace tazuna {
namespace {

/// Whether an augmentation looks at each voxel's value alone, wherever it lies.
template <class Options>
constexpr bool voxel_by_voxel =
    std::is_same_v<Options, NoiseOptions> || std::is_same_v<Options, BrightnessOptions> ||
    std::is_same_v<Options, ContrastOptions> || std::is_same_v<Options, GammaOptions>;

/// On a device, what has no apply_on_device() takes the sample to the CPU and back.
template <class Options, class Drawn>
void apply_drawn(const Options& options, const Drawn& drawn, Sample& sample, bool on_device) {
  if (!on_device) return apply(options, drawn, sample);
  if constexpr (requires { apply_on_device(options, drawn, sample); }) {
    apply_on_device(options, drawn, sample);
  } else {
    if constexpr (requires { drawn.channels.empty(); })
      if (drawn.channels.empty()) return;
    const at::Device device = sample.image.voxels.device();
    move_to(at::kCPU, sample);
    apply(options, drawn, sample);
    move_to(device, sample);
  }
}

/// One draw for all frames of a window, whose course in time would be lost otherwise.
template <class Options>
void change_series(const Options& options, Random& random, Sample& sample, bool on_device) {
  const Tensor frames = sample.image.voxels;
  if constexpr (voxel_by_voxel<Options>) {
    const auto sizes = frames.sizes();
    sample.image.voxels =
        frames.view({1, sizes[0] * sizes[1], sizes[2], sizes[3]});  // one image of all voxels
    apply_drawn(options, draw(options, random, sample), sample, on_device);
    sample.image.voxels = sample.image.voxels.view(sizes);
  } else {
    sample.image.voxels = frames.narrow(0, 0, 1);
    auto drawn = draw(options, random, sample);
    sample.image.voxels = frames;
    if constexpr (requires { drawn.channels.front().channel; }) {
      if (!drawn.channels.empty()) {
        drawn.channels.resize(static_cast<size_t>(frames.size(0)), drawn.channels.front());
        for (size_t frame = 0; frame < drawn.channels.size(); ++frame)
          drawn.channels[frame].channel = static_cast<int64_t>(frame);
      }
    }
    apply_drawn(options, drawn, sample, on_device);
  }
}

}  // namespace

void describe(Fields& fields, TransformEntry& entry) {
  fields.kind_here(entry.transform, "the augmentation");
}

void draw_and_apply(const TransformEntry& entry, Random& random, Sample& sample, bool on_device) {
  std::visit(
      [&](const auto& options) {
        if (sample.frame_seconds > 0) {
          change_series(options, random, sample, on_device);
        } else {
          apply_drawn(options, draw(options, random, sample), sample, on_device);
        }
      },
      entry.transform);
}

}  // namespace tazuna
