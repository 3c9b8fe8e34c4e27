// SPDX-License-Identifier: Apache-2.0
#include "tasks/model.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/text.hpp"

namespace tazuna {

namespace {

Scope scope_of(View view) {
  return view == View::patch ? Scope::voxel : Scope::subject;
}

}  // namespace

Model::Model(const TrunkOptions& trunk, int64_t channels, std::vector<std::shared_ptr<Task>> tasks,
             std::optional<int64_t> seed)
    : trunk_(trunk), channels_(channels), tasks_(std::move(tasks)) {
  encoder_ = register_module("encoder", make_encoder(trunk, channels));
  const auto any_task = [this](auto&& asks) {
    return std::any_of(tasks_.begin(), tasks_.end(),
                       [&asks](const auto& task) { return asks(task->needs()); });
  };
  if (any_task([](Needs needs) { return needs.decoder && !needs.own_decoder; }))
    decoder_ = register_module("decoder", make_decoder(trunk));
  decoders_.resize(tasks_.size());
  if (any_task([](Needs needs) { return needs.own_decoder; })) {
    auto decoders = register_module("decoders", std::make_shared<torch::nn::Module>());
    for (size_t i = 0; i < tasks_.size(); ++i)
      if (tasks_[i]->needs().own_decoder)
        decoders_[i] = decoders->register_module(tasks_[i]->name(), make_decoder(trunk));
  }
  auto heads = register_module("heads", std::make_shared<torch::nn::Module>());
  const TrunkWidths widths = widths_of(trunk);
  for (const auto& task : tasks_)
    heads_.push_back(heads->register_module(task->name(), task->make_head(widths)));
  if (seed) initialise(*this, *seed, "");
}

std::vector<TaskOutput> Model::forward(const Tensor& image, View view, bool all_levels) {
  expect_axes(image, "network input", 5, "N, C, D, H, W");
  if (image.size(1) != channels_) {
    throw Error(cat("network input: expected ", channels_, " channels, but got ", shape_text(image.sizes())));
  }
  const Features encoded = encoder_->forward(image);
  Features shared;
  std::vector<TaskOutput> outputs(tasks_.size());
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i]->scope() != scope_of(view)) continue;
    Features own;
    const Features* decoded = nullptr;
    if (decoders_[i]) {
      own = decoders_[i]->forward(encoded);
      decoded = &own;
    } else if (tasks_[i]->needs().decoder) {
      if (shared.stages.empty()) shared = decoder_->forward(encoded);
      decoded = &shared;
    }
    outputs[i] = heads_[i]->forward({encoded, decoded}, all_levels);
  }
  return outputs;
}

Batch make_batch(std::span<const Sample> samples, View view,
                 const std::vector<std::shared_ptr<Task>>& tasks) {
  if (samples.empty()) throw Error("a batch needs at least one sample");
  Batch batch;
  batch.view = view;
  std::vector<Tensor> images, present;
  for (const Sample& sample : samples) {
    images.push_back(sample.image.voxels);
    present.push_back(sample.present);
    batch.cases.push_back(sample.subject->id);
    if (sample.image.voxels.sizes() != images.front().sizes()) {
      throw Error(cat(sample.subject->id, ": its view is ", shape_text(sample.image.voxels.sizes()),
                      " but the batch has ", shape_text(images.front().sizes())));
    }
  }
  batch.image = at::stack(images);
  batch.present = at::stack(present);
  batch.covariates.resize(tasks.size());
  for (const auto& task : tasks) {
    const bool asked = task->scope() == scope_of(view);
    batch.targets.push_back(asked ? task->target_of(samples) : Target{});
  }
  return batch;
}

}  // namespace tazuna
