// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/micro/tazuna_unet.hpp"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <string>

#include "kernels/precision.hpp"
#include "networks/packed_convolution.hpp"
#include "tasks/catalog.hpp"
#include "tasks/model.hpp"
#include "train/learner.hpp"

namespace tazuna::benchmarks {

namespace {

TrunkOptions trunk_of(const UnetShape& shape) {
  const size_t stages = shape.widths.size();
  PlainOptions options;
  options.shape.stages = static_cast<int64_t>(stages);
  options.shape.widths = shape.widths;
  std::vector<Triple> strides(stages, {2, 2, 2});
  strides.front() = {1, 1, 1};
  options.shape.strides = strides;
  options.shape.kernels = std::vector<Triple>(stages, {3, 3, 3});
  options.shape.blocks = std::vector<int64_t>(stages, 2);
  options.shape.decoder_blocks = std::vector<int64_t>(stages - 1, 2);
  return options;
}

std::shared_ptr<Task> structures(int64_t classes) {
  SegmentationOptions options;
  options.name = "structures";
  options.deep_supervision = false;
  for (int64_t label = 1; label < classes; ++label)
    options.target.labels.emplace_back(std::to_string(label), label);
  return make_task(TaskOptions{options});
}

TrainOptions recipe(bool bf16) {
  TrainOptions options;
  options.steps = 1'000'000;
  options.precision = std::string(bf16 ? "bf16" : "fp32");
  options.optimiser = SgdOptions{};
  options.schedule = PolyOptions{};
  options.ema = false;
  return options;
}

std::unique_ptr<Model> network_of(const UnetShape& shape, at::Device device) {
  auto model =
      std::make_unique<Model>(trunk_of(shape), shape.channels, std::vector{structures(shape.classes)},
                              /*seed=*/1);
  model->to(device);
  return model;
}

}  // namespace

TazunaTraining::TazunaTraining(const UnetShape& shape, at::Device device, bool bf16)
    : model_(network_of(shape, device)), learner_(std::make_unique<Learner>(*model_, recipe(bf16), device)) {}

TazunaTraining::~TazunaTraining() = default;

void TazunaTraining::step(const Batch& batch) {
  learner_->step({batch}, taken_++);
}

int64_t TazunaTraining::parameters() const {
  int64_t count = 0;
  for (const Tensor& parameter : model_->parameters()) count += parameter.numel();
  return count;
}

TazunaInference::TazunaInference(const UnetShape& shape, at::Device device, bool bf16)
    : device_(device), bf16_(bf16), model_(network_of(shape, device)) {
  model_->eval();
  packed_ = std::make_unique<PackedWeights>(*model_);
}

TazunaInference::~TazunaInference() = default;

Tensor TazunaInference::infer(const Tensor& image) {
  const at::NoGradGuard no_grad;
  const Autocast autocast(device_, bf16_);
  return model_->forward(ModelInput{.image = image}, View::patch, /*all_levels=*/false)
      .front()
      .logits.front();
}

Batch batch_of(const Scene& scene) {
  const int64_t rows = scene.image.size(0);
  Batch batch;
  batch.image = scene.image;
  batch.present = at::ones({rows, scene.image.size(1)}, at::kBool);
  batch.covariates.resize(1);
  batch.targets = {{scene.labels.unsqueeze(1).to(at::kShort), at::ones({rows}, at::kBool)}};
  for (int64_t row = 0; row < rows; ++row) batch.cases.push_back(std::to_string(row));
  return batch;
}

}  // namespace tazuna::benchmarks
