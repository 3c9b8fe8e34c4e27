// SPDX-License-Identifier: Apache-2.0
#include "experiment/arms_cost.hpp"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "tasks/model.hpp"
#include "train/starts.hpp"

namespace tazuna {

namespace {

// Voxels of each stage, finest first.
std::vector<double> stage_voxels(const std::array<int64_t, 3>& size, const std::vector<Triple>& strides) {
  std::vector<double> voxels;
  std::array<double, 3> edge{};
  std::copy(size.begin(), size.end(), edge.begin());
  for (const Triple& stride : strides) {
    double all = 1;
    for (size_t axis = 0; axis < 3; ++axis) {
      edge[axis] = std::ceil(edge[axis] / static_cast<double>(stride[axis]));
      all *= edge[axis];
    }
    voxels.push_back(all);
  }
  return voxels;
}

// The number behind `part` in a name: 2 for "stages." in "decoder.stages.2.convs.0.conv.weight".
size_t number_behind(const std::string& name, const std::string& part) {
  return std::stoul(name.substr(name.find(part) + part.size()));
}

// Output voxels of a weight's convolution; 0 for what is no convolution of the trunk or of a voxel head.
double voxels_of(const std::string& name, const std::vector<double>& voxels, bool decoders) {
  if (name.starts_with("encoder")) {
    return name.find("stages.") == std::string::npos ? voxels.front()
                                                     : voxels.at(number_behind(name, "stages."));
  }
  if (!decoders) return 0;
  const size_t coarsest = voxels.size() - 1;
  if (name.starts_with("decoder")) {
    // A transposed convolution spends its whole kernel on each voxel that it reads, one stage coarser.
    if (name.find("transpconvs.") != std::string::npos)
      return voxels.at(coarsest - number_behind(name, "transpconvs."));
    return voxels.at(coarsest - 1 - number_behind(name, "stages."));
  }
  const auto parts = split_text(name, '.');  // heads.TASK.LEVEL.weight
  const bool level =
      parts.size() == 4 && !parts[2].empty() && parts[2].find_first_not_of("0123456789") == std::string::npos;
  if (!name.starts_with("heads.") || !level) return 0;
  const size_t at = std::stoul(parts[2]);
  return at < coarsest ? voxels[coarsest - 1 - at] : 0;
}

std::array<int64_t, 3> triple_of(const std::vector<int64_t>& values) {
  return {values.at(0), values.at(1), values.at(2)};
}

// The median case as a whole view, in working axes.
std::array<int64_t, 3> whole_size(const Experiment& experiment) {
  const auto size = experiment.fingerprint.median_size();
  const auto spacing = experiment.fingerprint.median_spacing();
  const WholeView& view = experiment.whole;
  std::array<int64_t, 3> whole{};
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto from = static_cast<size_t>(experiment.preparation.arrange[axis]);
    const double voxels =
        static_cast<double>(size[from]) * spacing[from] / experiment.preparation.spacing[axis];
    const int64_t wanted =
        std::max(std::llround(voxels * view.factor), static_cast<long long>(view.least[axis]));
    whole[axis] = (wanted + view.multiple[axis] - 1) / view.multiple[axis] * view.multiple[axis];
  }
  return whole;
}

}  // namespace

double multiply_adds(const NamedTensors& weights, const std::array<int64_t, 3>& size,
                     const std::vector<Triple>& strides, bool decoders) {
  const auto voxels = stage_voxels(size, strides);
  double sum = 0;
  for (const auto& [name, weight] : weights)
    if (weight.dim() == 5) sum += static_cast<double>(weight.numel()) * voxels_of(name, voxels, decoders);
  return sum;
}

ArmCost cost_of(const LoadedModel& model, const Experiment& experiment) {
  const NamedTensors weights = weights_of(*model.network);
  ArmCost cost;
  for (const auto& [name, weight] : weights) cost.parameters += weight.numel();
  bool voxel = false, shares = false;
  for (const auto& task : model.tasks) {
    if (task->scope() == Scope::voxel) {
      voxel = true;
    } else {
      shares = shares || task->needs().decoder || task->needs().voxel_shares;
    }
  }
  const TrainOptions& train = experiment.config.train;
  // Share of the steps in which subject tasks take part.
  const double asked = 1 - static_cast<double>(first_subject_step(model.tasks, train.steps.get())) /
                               static_cast<double>(train.steps.get());
  const std::vector<Triple>& strides = shape_of(model.recipe.network).strides.get();
  const bool both = experiment.whole.both;
  // Of a series every frame goes through the encoder, their mean through the rest.
  const auto frames = static_cast<double>(std::max<int64_t>(1, subject_view(model.recipe).frames));
  const auto adds_of = [&](const std::array<int64_t, 3>& size, bool decoders) {
    const double encoder = multiply_adds(weights, size, strides, false);
    return frames * encoder + multiply_adds(weights, size, strides, decoders) - encoder;
  };
  double adds = 0;
  if (voxel || both)
    adds += static_cast<double>(train.batch.get()) * adds_of(triple_of(train.patch.get()), voxel || shares);
  if (!both && asked > 0)
    adds += asked * static_cast<double>(train.subjects.get()) * adds_of(whole_size(experiment), shares);
  cost.gflop_per_step = 2 * adds / 1e9;
  return cost;
}

}  // namespace tazuna
