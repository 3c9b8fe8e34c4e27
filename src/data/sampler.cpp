// SPDX-License-Identifier: Apache-2.0
#include "data/sampler.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/transforms/cut_device.hpp"
#include "kernels/span.hpp"

namespace tazuna {
namespace {

/// Lowest and highest first voxel of a patch along one axis: inside the case, or the case in its middle.
std::pair<int64_t, int64_t> starts(int64_t size, int64_t patch) {
  const int64_t slack = size - patch;
  if (slack >= 0) return {0, slack};
  return {-((1 - slack) / 2), -(-slack / 2)};
}

/// Draws some of `left` voxels that are met one after the other: every subset of the wanted size is equally
/// likely (selection sampling).
struct Kept {
  int64_t left = 0, wanted = 0;
  VoxelList* list = nullptr;

  void begin(VoxelList& into, int64_t most) {
    wanted = std::min(left, std::max(most, (left + 99) / 100));
    list = &into;
    list->reserve(static_cast<size_t>(wanted));
  }
  void meet(int64_t position, int64_t height, int64_t width, Random& random) {
    if (wanted == left || random.below(left) < wanted) {
      const int64_t row = position / width;
      list->push_back({static_cast<int32_t>(row / height), static_cast<int32_t>(row % height),
                       static_cast<int32_t>(position % width)});
      --wanted;
    }
    --left;
  }
};

/// Zero outside the nonzero mask again after the intensities were changed (nnU-Net's MaskImageTransform).
void restore_outside(Sample& sample) {
  const auto inside = sample.maps.find(std::string(inside_map));
  if (inside != sample.maps.end()) sample.image.voxels.mul_(inside->second.voxels);
}

/// Zero where a sequence is missing, as before the intensities were changed. (A series has one, all of whose
/// frames are there.)
void restore_absent(Sample& sample) {
  for (int64_t c = 0; c < sample.present.size(0); ++c) {
    if (!sample.present[c].item<bool>()) sample.image.voxels[c].zero_();
  }
}

/// The working axes that lie along these axes of the image, sorted.
std::vector<int64_t> working_axes(const std::set<int64_t>& axes, const std::vector<int64_t>& arrange) {
  std::vector<int64_t> working;
  for (size_t axis = 0; axis < arrange.size(); ++axis)
    if (axes.contains(arrange[axis])) working.push_back(static_cast<int64_t>(axis));
  return working;
}

}  // namespace

void describe(Fields& fields, AugmentOptions& options) {
  fields.flag("enabled", options.enabled, "change patches at random on the way to the network");
  fields.choice(
      "device", options.device, {"cpu", "gpu"},
      "where samples are cut and changed: by the workers' processors, or on the GPU that the network "
      "trains on, in whose memory the prepared steps wait then");
  fields.group("affine", options.affine, "rotation and scaling about the patch centre");
  fields.list(
      "transforms", options.transforms,
      "further augmentations in this order; none: nnU-Net's recipe, which is noise, blur, brightness, "
      "contrast, low_resolution, gamma, mirror with their defaults");
}

void validate(const AugmentOptions& options, Problems& problems) {
  const auto check_range = [&problems](const std::string& where, double least, double most) {
    if (least > most)
      problems.add(where,
                   cat("the range ends before it begins: ", number_text(least), " to ", number_text(most)));
  };
  check_range("affine.scale_least", options.affine.scale_least, options.affine.scale_most);
  for (size_t i = 0; i < options.transforms.size(); ++i) {
    const std::string where = cat("transforms.", i);
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { one.least; }) check_range(where + ".least", one.least, one.most);
          if constexpr (requires { one.ghosts_least; }) {
            check_range(where + ".ghosts_least", static_cast<double>(one.ghosts_least),
                        static_cast<double>(one.ghosts_most));
          }
          if constexpr (requires { one.axes; }) {
            if (std::set<int64_t>(one.axes.begin(), one.axes.end()).size() < one.axes.size())
              problems.add(where + ".axes", "an axis is named twice; name each once");
          }
        },
        options.transforms[i].transform);
  }
}

std::vector<TransformEntry> default_transforms() {
  return {{NoiseOptions{}},         {BlurOptions{}},  {BrightnessOptions{}}, {ContrastOptions{}},
          {LowResolutionOptions{}}, {GammaOptions{}}, {MirrorOptions{}}};
}

std::vector<int64_t> mirrored_axes(const AugmentOptions& options, const std::vector<int64_t>& arrange) {
  std::set<int64_t> axes;
  if (!options.enabled) return {};
  for (const auto& entry : options.transforms.empty() ? default_transforms() : options.transforms) {
    const auto* mirror = std::get_if<MirrorOptions>(&entry.transform);
    if (mirror && mirror->probability > 0) axes.insert(mirror->axes.begin(), mirror->axes.end());
  }
  return working_axes(axes, arrange);
}

AugmentOptions with_mirrors_along(const std::vector<int64_t>& allowed, const std::vector<int64_t>& arrange,
                                  AugmentOptions options) {
  if (options.transforms.empty()) options.transforms = default_transforms();
  for (auto& entry : options.transforms) {
    auto* mirror = std::get_if<MirrorOptions>(&entry.transform);
    if (!mirror) continue;
    mirror->axes = working_axes({mirror->axes.begin(), mirror->axes.end()}, arrange);
    std::erase_if(mirror->axes, [&allowed](int64_t axis) {
      return std::find(allowed.begin(), allowed.end(), axis) == allowed.end();
    });
  }
  return options;
}

Draw draw_of(int64_t k, int64_t seed, int64_t cases) {
  if (k < 0 || cases < 1) throw Error(cat("draw ", k, " of ", cases, " cases does not exist"));
  const int64_t epoch = k / cases;
  return {epoch, Random{"order", seed, epoch}.permutation(cases)[k % cases]};
}

ForegroundIndex index_foreground(const Sample& sample, const std::string& map, int64_t most,
                                 int64_t ignored) {
  const auto found = sample.maps.find(map);
  if (found == sample.maps.end()) return {};
  const Tensor& labels = found->second.voxels;
  expect_axes(labels, map.c_str(), 4, "1, D, H, W");
  const int16_t* label = labels.const_data_ptr<int16_t>();
  const int64_t voxels = labels.numel(), height = labels.size(2), width = labels.size(3);
  std::vector<Kept> kept(1 << 16);
  const auto of = [&](int16_t value) -> Kept& { return kept[static_cast<uint16_t>(value)]; };
  for (int64_t i = 0; i < voxels; ++i) ++of(label[i]).left;

  ForegroundIndex index;
  for (int64_t value = 1; value <= INT16_MAX; ++value) {
    Kept& one = of(static_cast<int16_t>(value));
    if (one.left > 0) one.begin(index.voxels[value], most);
  }
  Kept annotated{ignored > 0 ? voxels - of(static_cast<int16_t>(ignored)).left : 0};
  annotated.begin(index.annotated, most);
  Random random{"foreground", map}, random_annotated{"annotated", map};
  for (int64_t i = 0; i < voxels; ++i) {
    if (label[i] > 0) of(label[i]).meet(i, height, width, random);
    if (ignored > 0 && label[i] != ignored) annotated.meet(i, height, width, random_annotated);
  }
  return index;
}

std::array<double, 3> draw_centre(const Sample& sample, const ForegroundIndex& foreground,
                                  const std::array<int64_t, 3>& patch, bool forced, Random& random) {
  expect_axes(sample.image.voxels, "image", 4, "C, D, H, W");
  const std::array<int32_t, 3>* voxel = nullptr;
  if (forced && !foreground.voxels.empty()) {
    const auto label = std::next(foreground.voxels.begin(), random.below(std::ssize(foreground.voxels)));
    voxel = &label->second.at(random.below(std::ssize(label->second)));
  } else if (!forced && !foreground.annotated.empty()) {
    voxel = &foreground.annotated.at(random.below(std::ssize(foreground.annotated)));
  }
  std::array<double, 3> centre;
  for (int axis = 0; axis < 3; ++axis) {
    const auto [low, high] = starts(sample.image.voxels.size(axis + 1), patch[axis]);
    // nnU-Net keeps a patch about a voxel from reaching over the lower border only.
    const int64_t start =
        voxel ? std::max(low, (*voxel)[axis] - patch[axis] / 2) : low + random.below(high - low + 1);
    centre[axis] = static_cast<double>(start) + 0.5 * static_cast<double>(patch[axis] - 1);
  }
  return centre;
}

Sample patch_at(const Sample& sample, const std::array<double, 3>& centre,
                const std::array<int64_t, 3>& patch, const AugmentOptions& options, Random& random,
                std::optional<at::Device> device) {
  const AffineDraw affine = options.enabled ? draw(options.affine, random, patch) : AffineDraw{};
  return patch_at(sample, centre, patch, affine, options, random, device);
}

Sample patch_at(const Sample& sample, const std::array<double, 3>& centre,
                const std::array<int64_t, 3>& patch, const AffineDraw& affine, const AugmentOptions& options,
                Random& random, std::optional<at::Device> device) {
  Sample drawn = [&] {
    const Span span("crop");
    return device ? cut_patch_on(*device, sample, patch, centre, affine)
                  : cut_patch(sample, patch, centre, affine);
  }();
  if (options.enabled) {
    const Span span("augment");
    const auto entries = options.transforms.empty() ? default_transforms() : options.transforms;
    for (const TransformEntry& entry : entries) draw_and_apply(entry, random, drawn, device.has_value());
    restore_outside(drawn);
    restore_absent(drawn);
  }
  drawn.maps.erase(std::string(inside_map));
  return drawn;
}

Sample draw_patch(const Sample& sample, const ForegroundIndex& foreground,
                  const std::array<int64_t, 3>& patch, bool forced, const AugmentOptions& options,
                  Random& random, std::optional<at::Device> device) {
  const auto centre = draw_centre(sample, foreground, patch, forced, random);
  return patch_at(sample, centre, patch, options, random, device);
}

}  // namespace tazuna
