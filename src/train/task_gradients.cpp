// SPDX-License-Identifier: Apache-2.0
#include "train/task_gradients.hpp"

#include <ATen/ATen.h>

#include "kernels/span.hpp"
#include "train/gradients.hpp"
#include "train/step_parts.hpp"

namespace tazuna {

bool is_trunk(const std::string& parameter) {
  return !parameter.starts_with("heads.") && !parameter.starts_with("decoders.");
}

TaskGradients::TaskGradients(const NamedTensors& parameters, size_t tasks) {
  for (const auto& [name, parameter] : parameters) {
    parameters_.push_back(parameter);
    shared_.push_back(is_trunk(name));
  }
  own_.assign(tasks, std::vector<Tensor>(parameters_.size()));
}

void TaskGradients::add(size_t task, const Tensor& loss, bool keep_graph) {
  if (!loss.requires_grad()) return;
  const Span span(step_part::backward);
  std::vector<Tensor>& own = own_[task];
  std::vector<Tensor> standing;
  for (size_t p = 0; p < parameters_.size(); ++p) {
    standing.push_back(parameters_[p].grad());
    parameters_[p].mutable_grad() = own[p];
  }
  loss.backward(/*gradient=*/{}, keep_graph);
  for (size_t p = 0; p < parameters_.size(); ++p) {
    own[p] = parameters_[p].grad();
    parameters_[p].mutable_grad() = standing[p];
  }
}

void TaskGradients::sum_over(const Processes& processes, at::Device device) {
  std::vector<Tensor> gradients, parameters;
  for (const std::vector<Tensor>& own : own_) {
    gradients.insert(gradients.end(), own.begin(), own.end());
    parameters.insert(parameters.end(), parameters_.begin(), parameters_.end());
  }
  sum_gradients(processes, device, gradients, parameters);
  auto next = gradients.begin();
  for (std::vector<Tensor>& own : own_)
    for (Tensor& gradient : own) gradient = *next++;
}

Tensor TaskGradients::products() const {
  std::vector<Tensor> rows;
  for (const std::vector<Tensor>& own : own_) {
    std::vector<Tensor> pieces;
    for (size_t p = 0; p < own.size(); ++p) {
      if (!shared_[p]) continue;
      pieces.push_back(own[p].defined() ? own[p].detach().flatten()
                                        : at::zeros({parameters_[p].numel()}, parameters_[p].options()));
    }
    rows.push_back(at::cat(pieces));
  }
  const Tensor flat = at::stack(rows);
  return at::mm(flat, flat.t()).to(at::kDouble);
}

void TaskGradients::put(const Tensor& trunk, const Tensor& heads) {
  const at::NoGradGuard no_grad;
  for (Tensor& parameter : parameters_) parameter.mutable_grad().reset();
  for (size_t t = 0; t < own_.size(); ++t) {
    std::vector<Tensor> of_trunk, of_heads, sums, terms;
    for (size_t p = 0; p < parameters_.size(); ++p) {
      Tensor& own = own_[t][p];
      if (!own.defined()) continue;
      (shared_[p] ? of_trunk : of_heads).push_back(own);
      if (parameters_[p].grad().defined()) {
        sums.push_back(parameters_[p].grad());
        terms.push_back(own);
      } else {
        parameters_[p].mutable_grad() = own;
      }
    }
    const auto task = static_cast<int64_t>(t);
    if (!of_trunk.empty()) at::_foreach_mul_(of_trunk, trunk[task]);
    if (!of_heads.empty()) at::_foreach_mul_(of_heads, heads[task]);
    if (!sums.empty()) at::_foreach_add_(sums, terms);
  }
  for (auto& own : own_) own.assign(parameters_.size(), Tensor());
}

}  // namespace tazuna
