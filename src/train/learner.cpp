// SPDX-License-Identifier: Apache-2.0
#include "train/learner.hpp"

#include <ATen/ATen.h>

#include <limits>

#include "core/text.hpp"
#include "kernels/precision.hpp"
#include "tasks/model.hpp"
#include "train/fine_tuning.hpp"

namespace tazuna {

namespace {

using Tasks = std::vector<std::shared_ptr<Task>>;

NamedTensors parameters_of(Model& model) {
  NamedTensors parameters;
  for (const auto& item : model.named_parameters()) parameters[item.key()] = item.value();
  return parameters;
}

bool asks(const Task& task, View view) {
  return (task.scope() == Scope::voxel) == (view == View::patch);
}

// Counted on the CPU before anything moves to the device.
std::vector<int64_t> answered_rows(const Step& step, const Tasks& tasks) {
  std::vector<int64_t> rows(tasks.size(), 0);
  for (const Batch& batch : step) {
    if (batch.targets.size() != tasks.size()) {
      throw Error(cat("a batch has ", batch.targets.size(), " targets, but the network has ", tasks.size(),
                      " tasks"));
    }
    for (size_t t = 0; t < tasks.size(); ++t) {
      const Tensor& present = batch.targets[t].present;
      if (asks(*tasks[t], batch.view) && present.defined()) rows[t] += present.sum().item<int64_t>();
    }
  }
  return rows;
}

Tensor moved(const Tensor& tensor, at::Device device) {
  return tensor.defined() ? tensor.to(tensor.options().device(device), /*non_blocking=*/true) : tensor;
}

std::vector<Tensor> gradients_of(const NamedTensors& parameters) {
  std::vector<Tensor> gradients;
  for (const auto& [name, parameter] : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

void clear_gradients(NamedTensors& parameters) {
  for (auto& [name, parameter] : parameters) parameter.mutable_grad().reset();
}

}  // namespace

Tensor clip_gradients(const std::vector<Tensor>& gradients, double most, at::Device device) {
  const at::NoGradGuard no_grad;
  if (gradients.empty()) return at::zeros({}, at::TensorOptions(device).dtype(at::kFloat));
  const Tensor norm = at::stack(at::_foreach_norm(gradients)).norm();
  if (most > 0) at::_foreach_mul_(gradients, (most / (norm + 1e-6)).clamp_max(1));
  return norm;
}

Learner::Learner(Model& model, const TrainOptions& options, at::Device device)
    : model_(model),
      options_(options),
      device_(device),
      parameters_(parameters_of(model)),
      frozen_(parameters_below(parameters_, options.freeze)),
      optimiser_(
          make_optimiser(options.optimiser, parameters_, layer_rates(parameters_, options.layer_decay))),
      weighting_(make_weighting(options.weighting, model.tasks())) {
  if (frozen_.size() == parameters_.size()) throw refused("train.freeze names the whole network");
  if (options.ema) ema_ = std::make_unique<Ema>(parameters_);
}

double Learner::learning_rate(int64_t k) const {
  return learning_rate_of(options_.optimiser) * schedule_factor(options_.schedule, k, options_.steps.get());
}

void Learner::freeze_or_thaw(int64_t k) {
  const bool learns = options_.freeze_steps > 0 && k >= options_.freeze_steps;
  for (const std::string& name : frozen_) parameters_.at(name).set_requires_grad(learns);
}

void Learner::add_gradient(const Batch& batch, const std::vector<double>& factors,
                           const std::vector<int64_t>& rows, std::vector<Tensor>& losses) {
  const Tasks& tasks = model_.tasks();
  std::vector<TaskOutput> outputs;
  {
    const Autocast autocast(device_, options_.precision.get() == "bf16");
    outputs = model_.forward(moved(batch.image, device_), batch.view, /*all_levels=*/true);
  }
  Tensor total;
  for (size_t t = 0; t < tasks.size(); ++t) {
    if (rows[t] == 0 || !asks(*tasks[t], batch.view)) continue;
    const Target target{moved(batch.targets[t].value, device_), moved(batch.targets[t].present, device_)};
    const Tensor prices = tasks[t]->loss(outputs[t], target);
    expect_axes(prices, "loss", 1, "N");
    const Tensor share = prices.sum() / static_cast<double>(rows[t]);
    losses[t] = losses[t].defined() ? losses[t] + share.detach() : share.detach();
    total = total.defined() ? total + share * factors[t] : share * factors[t];
  }
  // Where a frozen part alone answers there is nothing to learn from.
  if (total.defined() && total.requires_grad()) total.backward();
}

StepReport Learner::step(const Step& step, int64_t k) {
  const std::vector<int64_t> rows = answered_rows(step, model_.tasks());
  const std::vector<double> factors = weighting_->factors();
  std::vector<Tensor> losses(rows.size());
  model_.train();
  clear_gradients(parameters_);
  freeze_or_thaw(k);
  for (const Batch& batch : step) add_gradient(batch, factors, rows, losses);

  const at::TensorOptions scalar = at::TensorOptions(device_).dtype(at::kFloat);
  StepReport report;
  for (Tensor& loss : losses) {
    if (!loss.defined()) loss = at::full({}, std::numeric_limits<float>::quiet_NaN(), scalar);
  }
  report.losses = at::stack(losses);
  report.gradient_norm = clip_gradients(gradients_of(parameters_), options_.clip, device_);
  report.skipped = at::isfinite(report.gradient_norm).logical_not().to(at::kFloat);
  optimiser_->step(learning_rate(k), report.skipped);
  clear_gradients(parameters_);
  if (ema_) ema_->update(k);
  return report;
}

NamedTensors Learner::state() const {
  NamedTensors state;
  for (const auto& item : model_.named_parameters()) state["weights." + item.key()] = item.value().detach();
  for (const auto& item : model_.named_buffers()) state["weights." + item.key()] = item.value();
  for (const auto& [name, tensor] : optimiser_->state()) state["optimiser." + name] = tensor;
  if (ema_) {
    for (const auto& [name, tensor] : ema_->averages()) state["ema." + name] = tensor;
  }
  return state;
}

}  // namespace tazuna
