// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "benchmarks/peers/work.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "data/sampler.hpp"
#include "image/volume.hpp"
#include "infer/weights.hpp"
#include "kernels/resample_argmax.hpp"
#include "metrics/surface.hpp"

namespace tazuna::benchmarks {

namespace {

Tensor named(const NamedTensors& tensors, const std::string& name, int64_t axes, const char* letters) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw refused(cat("the input file holds no tensor '", name, "'"));
  expect_axes(found->second, name.c_str(), axes, letters);
  return found->second;
}

std::array<int64_t, 3> space_of(const Tensor& tensor) {
  const int64_t axes = tensor.dim();
  return {tensor.size(axes - 3), tensor.size(axes - 2), tensor.size(axes - 1)};
}

Sample sample_of(const std::filesystem::path& file) {
  const NamedTensors tensors = read_safetensors(file);
  Sample sample;
  auto subject = std::make_shared<Subject>();
  subject->id = "benchmark";
  sample.subject = subject;
  sample.image.voxels = named(tensors, "image", 4, "C, D, H, W");
  sample.image.geometry.size = space_of(sample.image.voxels);
  sample.present = at::ones({sample.image.voxels.size(0)}, at::kBool);
  sample.maps["label"] = {named(tensors, "label", 4, "1, D, H, W").to(at::kShort), sample.image.geometry};
  return sample;
}

// nnU-Net's recipe with every augmentation applied each time; what it draws within one stays drawn.
AugmentOptions every_time(AugmentOptions options) {
  options.affine.rotate_probability = options.affine.scale_probability = 1;
  for (TransformEntry& entry : options.transforms) {
    if (std::holds_alternative<MirrorOptions>(entry.transform)) continue;
    std::visit([](auto& one) { one.probability = 1; }, entry.transform);
    if (auto* gamma = std::get_if<GammaOptions>(&entry.transform)) gamma->inverted_probability = 1;
  }
  return options;
}

}  // namespace

Work export_work(const std::filesystem::path& file, const std::array<int64_t, 3>& target) {
  const Tensor logits = named(read_safetensors(file), "logits", 4, "K, D, H, W");
  const auto labels = std::make_shared<Tensor>();
  Work work;
  work.once = [logits, labels, target] {
    *labels = Tensor();
    ResampleArgmax resample(logits.size(0), space_of(logits), target);
    resample.add(logits);
    *labels = resample.finish();
  };
  work.values = [logits, labels] {
    const Tensor counts = labels->flatten().to(at::kLong).bincount({}, logits.size(0));
    return nlohmann::json{{"voxels", std::vector<int64_t>(counts.data_ptr<int64_t>(),
                                                          counts.data_ptr<int64_t>() + counts.numel())}};
  };
  return work;
}

Work read_work(const std::vector<std::filesystem::path>& files) {
  const auto last = std::make_shared<Tensor>();
  Work work;
  work.pieces = static_cast<int64_t>(files.size());
  work.once = [files, last] {
    for (const auto& file : files) *last = read_image(file).volume.voxels;
  };
  work.values = [last] { return nlohmann::json{{"mean", last->mean(at::kDouble).item<double>()}}; };
  return work;
}

Work augment_work(const AugmentFlags& flags) {
  const Sample sample = sample_of(flags.file);
  AugmentOptions options;
  options.transforms = default_transforms();
  options.affine.rotate_degrees = automatic_degrees(flags.patch);
  if (flags.everything) options = every_time(options);
  std::array<double, 3> centre{};
  for (size_t axis = 0; axis < 3; ++axis)
    centre[axis] = static_cast<double>(sample.image.geometry.size[axis] - 1) / 2;
  const auto drawn = std::make_shared<int64_t>(0);
  Work work;
  work.pieces = flags.patches;
  work.once = [=] {
    for (int64_t i = 0; i < flags.patches; ++i) {
      Random random{"benchmark", (*drawn)++};
      patch_at(sample, centre, flags.patch, options, random);
    }
  };
  return work;
}

Work surface_work(const std::filesystem::path& file, const std::array<double, 3>& spacing,
                  double tolerance_mm) {
  const NamedTensors tensors = read_safetensors(file);
  const Tensor predicted = named(tensors, "predicted", 3, "D, H, W");
  const Tensor reference = named(tensors, "reference", 3, "D, H, W");
  const auto scores = std::make_shared<SurfaceScores>();
  Work work;
  work.once = [=] { *scores = surface_scores(predicted, reference, 1, spacing, tolerance_mm); };
  work.values = [scores] {
    return nlohmann::json{{"hd95", scores->hd95_mm}, {"assd", scores->assd_mm}, {"nsd", scores->nsd}};
  };
  return work;
}

}  // namespace tazuna::benchmarks
