// SPDX-License-Identifier: Apache-2.0
#include "tasks/model.hpp"

#include <ATen/ATen.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

bool shares_decoder(const Task& task) {
  const Needs needs = task.needs();
  return task.scope() == Scope::voxel && needs.decoder && !needs.own_decoder;
}

Tensor moved(const Tensor& tensor, at::Device device) {
  return tensor.defined() ? tensor.to(tensor.options().device(device), /*non_blocking=*/true) : tensor;
}

}  // namespace

struct Model::Read {
  Features encoded;
  bool wants_shares = false;
  Features decoded = {};                      // by the shared decoder
  std::map<std::string, Tensor> shares = {};  // of the voxel tasks on it
};

ModelInput input_of(const Batch& batch, at::Device device) {
  ModelInput input{moved(batch.image, device), moved(batch.present, device), moved(batch.times, device)};
  for (const Tensor& covariates : batch.covariates) input.covariates.push_back(moved(covariates, device));
  return input;
}

Model::Model(const TrunkOptions& trunk, NetworkInput input, std::vector<std::shared_ptr<Task>> tasks,
             std::optional<int64_t> seed)
    : trunk_(trunk), encoding_(trunk, std::move(input)), tasks_(std::move(tasks)) {
  encoding_.register_into(*this);
  make_decoders();
  HeadWidths widths{widths_of(trunk)};
  for (const auto& task : tasks_)
    if (shares_decoder(*task)) widths.voxel_classes.emplace_back(task->name(), task->outputs());
  auto heads = register_module("heads", std::make_shared<torch::nn::Module>());
  for (const auto& task : tasks_)
    heads_.push_back(heads->register_module(task->name(), task->make_head(widths)));
  if (!seed) return;
  initialise(*this, *seed, "");
  for (const auto& head : heads_) head->begin();
}

Model::Model(const TrunkOptions& trunk, int64_t channels, std::vector<std::shared_ptr<Task>> tasks,
             std::optional<int64_t> seed)
    : Model(trunk, NetworkInput::of_channels(channels), std::move(tasks), seed) {}

void Model::make_decoders() {
  const auto any = [this](auto&& fits) {
    return std::any_of(tasks_.begin(), tasks_.end(), [&fits](const auto& task) { return fits(*task); });
  };
  if (any(shares_decoder)) decoder_ = register_module("decoder", make_decoder(trunk_));
  decoders_.resize(tasks_.size());
  if (!any([](const Task& task) { return task.needs().own_decoder; })) return;
  auto decoders = register_module("decoders", std::make_shared<torch::nn::Module>());
  for (size_t i = 0; i < tasks_.size(); ++i)
    if (tasks_[i]->needs().own_decoder)
      decoders_[i] = decoders->register_module(tasks_[i]->name(), make_decoder(trunk_));
}

std::vector<bool> Model::tasks_asked(View view, const std::vector<bool>& asked) const {
  if (!asked.empty() && asked.size() != tasks_.size())
    throw Error(cat("there are ", tasks_.size(), " tasks, but it is said of ", asked.size(),
                    " whether they are asked"));
  std::vector<bool> result;
  for (size_t i = 0; i < tasks_.size(); ++i)
    result.push_back(answers(tasks_[i]->scope(), view) && (asked.empty() || asked[i]));
  return result;
}

Features Model::encode(const ModelInput& input) {
  return encoding_.forward(input.image, input.present, input.times);
}

std::vector<TaskOutput> Model::forward(const ModelInput& input, View view, bool all_levels,
                                       const std::vector<bool>& asked) {
  const std::vector<bool> wanted = tasks_asked(view, asked);
  if (!input.covariates.empty() && input.covariates.size() != tasks_.size())
    throw Error(cat("there are ", tasks_.size(), " tasks, but covariates of ", input.covariates.size()));
  Read read{encode(input)};
  bool decodes = false;
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (!wanted[i]) continue;
    read.wants_shares = read.wants_shares || (decoder_ && tasks_[i]->needs().voxel_shares);
    decodes = decodes || shares_decoder(*tasks_[i]);
  }
  if (decodes || read.wants_shares) read.decoded = decoder_->forward(read.encoded);
  std::vector<TaskOutput> outputs(tasks_.size());
  answer_voxels(read, all_levels, wanted, outputs);
  answer_subjects(read, input, wanted, outputs);
  return outputs;
}

std::vector<TaskOutput> Model::forward(const Tensor& image, View view, bool all_levels) {
  return forward(ModelInput{image}, view, all_levels);
}

void Model::answer_voxels(Read& read, bool all_levels, const std::vector<bool>& asked,
                          std::vector<TaskOutput>& outputs) {
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i]->scope() != Scope::voxel) continue;
    const bool shared = shares_decoder(*tasks_[i]), gives_shares = shared && read.wants_shares;
    if (!asked[i] && !gives_shares) continue;
    const Features own = decoders_[i] ? decoders_[i]->forward(read.encoded) : Features{};
    TaskOutput answer =
        heads_[i]->forward({read.encoded, shared ? &read.decoded : &own}, all_levels && asked[i]);
    if (gives_shares) read.shares[tasks_[i]->name()] = tasks_[i]->shares(answer).detach();
    if (asked[i]) outputs[i] = std::move(answer);
  }
}

void Model::answer_subjects(const Read& read, const ModelInput& input, const std::vector<bool>& asked,
                            std::vector<TaskOutput>& outputs) {
  const c10::impl::ExcludeDispatchKeyGuard fp32(c10::autocast_dispatch_keyset);
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i]->scope() != Scope::subject || !asked[i]) continue;
    const Tensor* covariates = input.covariates.empty() ? nullptr : &input.covariates[i];
    outputs[i] = heads_[i]->forward({read.encoded, &read.decoded, covariates, &read.shares}, false);
  }
}

}  // namespace tazuna
