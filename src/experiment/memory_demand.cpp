// SPDX-License-Identifier: Apache-2.0
#include "experiment/memory_demand.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "data/planner_memory.hpp"
#include "experiment/network_weights.hpp"

namespace tazuna {

namespace {

using Patch = std::array<int64_t, 3>;

// Measured: growth of the peak memory with the batch over convolution outputs, the lowest of three networks.
constexpr double cpu_bytes_fp32 = 12, cpu_bytes_bf16 = 6;

std::string gigabytes(double bytes) {
  return cat(number_text(std::round(bytes / 1e8) / 10), " GB");
}

TrunkSizes trunk_sizes(const Experiment& experiment, const std::vector<std::shared_ptr<Task>>& tasks) {
  const TrunkShape& shape = shape_of(experiment.config.network);
  TrunkSizes sizes;
  sizes.residual = kind_of(experiment.config.network) == ResidualOptions::kind;
  sizes.widths = shape.widths.get();
  sizes.blocks = shape.blocks.get();
  sizes.decoder_blocks = shape.decoder_blocks.get();
  sizes.strides = shape.strides.get();
  for (const auto& task : tasks)
    if (task->scope() == Scope::voxel) sizes.classes = std::max(sizes.classes, task->outputs());
  if (const auto* series = std::get_if<SeriesOptions>(&experiment.config.input)) {
    sizes.frames = series->frames;
    sizes.frame_chunk = series->temporal.frame_chunk;
  }
  return sizes;
}

// Convolution outputs of one patch, every encoder and decoder counted.
double voxels_of(const Experiment& experiment, const std::vector<std::shared_ptr<Task>>& tasks,
                 const Patch& patch) {
  TrunkSizes sizes = trunk_sizes(experiment, tasks);
  const auto with_decoder = static_cast<double>(convolution_voxels(sizes, patch));
  sizes.decoder = false;
  const auto encoder = static_cast<double>(convolution_voxels(sizes, patch));
  const ImageOptions& images = images_of(experiment.config.input);
  const auto encoders = static_cast<double>(images.fusion == "late" ? images.sequences.size() : 1);
  double decoders = 0;
  bool shared = false;
  for (const auto& task : tasks) {
    const Needs needs = task->needs();
    if (needs.own_decoder) ++decoders;
    shared = shared || (task->scope() == Scope::voxel && needs.decoder && !needs.own_decoder);
  }
  return encoders * encoder + (decoders + (shared ? 1 : 0)) * (with_decoder - encoder);
}

double parameters_of(const Experiment& experiment) {
  double parameters = 0;
  for (const auto& [name, weight] : undrawn_weights(experiment))
    parameters += static_cast<double>(weight.numel());
  return parameters;
}

// Shorter along its longest axis by what the strides divide it by; as in the planner, four voxels are left at
// the bottleneck of an axis that is halved.
std::optional<Patch> smaller(Patch patch, const Patch& divisor) {
  size_t longest = 3;
  for (size_t axis = 0; axis < 3; ++axis) {
    if (patch[axis] - divisor[axis] < (divisor[axis] > 1 ? 4 * divisor[axis] : 1)) continue;
    if (longest == 3 || patch[axis] > patch[longest]) longest = axis;
  }
  if (longest == 3) return std::nullopt;
  patch[longest] -= divisor[longest];
  return patch;
}

Patch divisor_of(const Experiment& experiment) {
  Patch divisor{1, 1, 1};
  for (const Triple& stride : shape_of(experiment.config.network).strides.get())
    for (size_t axis = 0; axis < 3; ++axis) divisor[axis] *= stride[axis];
  return divisor;
}

// The largest batch that fits, 0 for none; `batch` is known not to.
int64_t fitting_batch(const StepSizes& sizes, int64_t batch, double free) {
  int64_t fits = 0;
  while (batch - fits > 1) {
    const int64_t middle = fits + (batch - fits) / 2;
    (step_memory(sizes, middle) <= free ? fits : batch) = middle;
  }
  return fits;
}

// "train.batch=3 would fit", or with it a smaller patch.
std::string what_fits(const Experiment& experiment, StepSizes sizes, const Patch& planned, double free) {
  const int64_t batch = fitting_batch(sizes, experiment.config.train.batch.get(), free);
  if (batch > 0) return cat("train.batch=", batch, " would fit");
  const auto tasks = experiment.make_tasks();
  for (auto patch = smaller(planned, divisor_of(experiment)); patch;
       patch = smaller(*patch, divisor_of(experiment))) {
    sizes.voxels = voxels_of(experiment, tasks, *patch);
    if (step_memory(sizes, 1) <= free)
      return cat("train.batch=1 with train.patch=[", join(*patch, ", "), "] would fit");
  }
  return "no patch with as many stages would fit; set fewer network.stages and a smaller train.patch, or "
         "narrower network.widths";
}

}  // namespace

double step_memory(const StepSizes& sizes, int64_t batch) {
  const double weights = 4 * sizes.parameters * static_cast<double>(sizes.copies);
  const double patches = static_cast<double>(batch);
  if (sizes.gpu) {
    const MemoryReference reference = memory_reference(/*residual=*/true, /*flat=*/false, /*memory_gb=*/8);
    const double bytes = 8e9 / (reference.voxels * reference.batch) * (sizes.bf16 ? 1 : 2);
    return std::max(weights, sizes.voxels * patches * bytes);
  }
  const double bytes = sizes.bf16 ? cpu_bytes_bf16 : cpu_bytes_fp32;
  return weights + patches * (sizes.voxels * bytes + sizes.patch_bytes * static_cast<double>(sizes.batches));
}

std::optional<StepSizes> step_sizes(const Experiment& experiment, at::Device device, const Patch& patch) {
  const auto tasks = experiment.make_tasks();
  const auto draws = [](const auto& task) { return task->scope() == Scope::voxel; };
  if (std::ranges::none_of(tasks, draws)) return std::nullopt;
  const TrainOptions& train = experiment.config.train;
  StepSizes sizes;
  sizes.voxels = voxels_of(experiment, tasks, patch);
  sizes.parameters = parameters_of(experiment);
  sizes.copies = (kind_of(train.optimiser) == AdamWOptions::kind ? 4 : 3) + (train.ema ? 1 : 0);
  const auto channels = static_cast<double>(images_of(experiment.config.input).sequences.size());
  const auto maps = static_cast<double>(experiment.maps().size());
  sizes.patch_bytes = static_cast<double>(patch[0] * patch[1] * patch[2]) * (4 * channels + 2 * maps);
  sizes.batches = train.workers.get() + 1;
  sizes.bf16 = train.precision.get() == "bf16";
  sizes.gpu = !device.is_cpu();
  return sizes;
}

void expect_memory(const Experiment& experiment, at::Device device, double free, bool any, Log& log) {
  const TrainOptions& train = experiment.config.train;
  Patch patch{};
  std::copy_n(train.patch.get().begin(), 3, patch.begin());
  const auto sizes = step_sizes(experiment, device, patch);
  if (!sizes) return;
  const double needed = step_memory(*sizes, train.batch.get());
  log.detail(cat("memory: a step is estimated to take at least ", gigabytes(needed), ", ", gigabytes(free),
                 " are free"));
  if (needed <= free) return;
  const std::string sentence =
      cat("a step of ", train.batch.get(), " patches of ", join(patch, "x"), " voxels in ",
          train.precision.get(), " needs at least ", gigabytes(needed), " of memory, but ", gigabytes(free),
          " are free; ", what_fits(experiment, *sizes, patch, free));
  if (!any) throw refused(cat(sentence, "; --any-memory begins all the same"));
  log.warn(sentence);
}

}  // namespace tazuna
