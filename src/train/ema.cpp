// SPDX-License-Identifier: Apache-2.0
#include "train/ema.hpp"

#include <ATen/ATen.h>

#include <algorithm>

namespace tazuna {

namespace {

NamedTensors copies_of(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const auto& [name, tensor] : tensors) copies[name] = tensor.detach().clone();
  return copies;
}

std::vector<Tensor> values_of(const NamedTensors& tensors) {
  std::vector<Tensor> values;
  for (const auto& [name, tensor] : tensors) values.push_back(tensor.detach());
  return values;
}

}  // namespace

double ema_decay(int64_t step) {
  return std::min(0.999, static_cast<double>(1 + step) / static_cast<double>(10 + step));
}

Ema::Ema(NamedTensors parameters) : parameters_(std::move(parameters)), averages_(copies_of(parameters_)) {}

void Ema::update(int64_t step) {
  at::_foreach_lerp_(values_of(averages_), values_of(parameters_), 1 - ema_decay(step));
}

Swapped::Swapped(NamedTensors parameters, const NamedTensors& values)
    : parameters_(std::move(parameters)), own_(copies_of(parameters_)) {
  for (auto& [name, parameter] : parameters_) parameter.detach().copy_(values.at(name));
}

Swapped::~Swapped() {
  for (auto& [name, parameter] : parameters_) parameter.detach().copy_(own_.at(name));
}

}  // namespace tazuna
