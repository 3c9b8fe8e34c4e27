// SPDX-License-Identifier: Apache-2.0
#include "infer/predictor.hpp"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "kernels/precision.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

/// Keeps networks in eval mode while it lives.
class EvalGuard {
 public:
  explicit EvalGuard(const std::vector<Model*>& networks) {
    for (Model* network : networks) {
      if (network->is_training()) training_.push_back(network);
      network->eval();
    }
  }
  ~EvalGuard() {
    for (Model* network : training_) network->train();
  }
  EvalGuard(const EvalGuard&) = delete;
  EvalGuard& operator=(const EvalGuard&) = delete;

 private:
  std::vector<Model*> training_;
};

std::vector<size_t> voxel_tasks(const Model& network) {
  std::vector<size_t> places;
  for (size_t i = 0; i < network.tasks().size(); ++i)
    if (network.tasks()[i]->scope() == Scope::voxel) places.push_back(i);
  return places;
}

TileLogits logits_of(Model* network, const std::vector<size_t>& places) {
  return [network, places](const Tensor& tiles) {
    const std::vector<TaskOutput> outputs = network->forward(tiles, View::patch, /*all_levels=*/false);
    std::vector<Tensor> logits;
    for (const size_t place : places) logits.push_back(outputs[place].logits.front());
    return logits;
  };
}

}  // namespace

std::vector<std::vector<Prediction>> predict_case(const std::vector<Model*>& members, const Sample& sample,
                                                  const WindowOptions& options, at::Device device) {
  if (members.empty()) throw Error("a prediction needs at least one network");
  const at::NoGradGuard no_grad;
  const EvalGuard eval(members);
  const Autocast bf16(device, options.bf16);
  const std::vector<std::shared_ptr<Task>>& tasks = members.front()->tasks();
  const std::vector<size_t> places = voxel_tasks(*members.front());
  std::vector<std::vector<Prediction>> answers(tasks.size());
  if (places.empty()) return answers;

  std::vector<TileLogits> logits;
  for (Model* member : members) logits.push_back(mirrored(logits_of(member, places), options.mirror_axes));
  std::vector<std::vector<std::unique_ptr<Readout>>> readouts;
  std::vector<PlaneSink> sinks;
  for (const size_t place : places) {
    std::vector<std::unique_ptr<Readout>>& own = readouts.emplace_back();
    own.push_back(tasks[place]->readout(sample.placement, /*probabilities=*/false));
    if (options.probabilities) own.push_back(tasks[place]->readout(sample.placement, /*probabilities=*/true));
  }
  for (auto& own : readouts)
    sinks.push_back([&own](const Tensor& planes) {
      for (auto& readout : own) readout->add(planes);
    });
  slide_window(sample.image.voxels.to(device), logits, sinks, options);
  for (size_t i = 0; i < places.size(); ++i)
    for (auto& readout : readouts[i]) answers[places[i]].push_back(readout->finish());
  return answers;
}

}  // namespace tazuna
