// SPDX-License-Identifier: Apache-2.0
#include "train/selection.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

namespace tazuna {

Selection::Selection(NamedTensors live)
    : live_(std::move(live)),
      score_(at::full({}, -std::numeric_limits<double>::infinity(), at::kDouble)),
      step_(at::zeros({}, at::kDouble)),
      gained_(at::zeros({}, at::kDouble)) {
  for (const auto& [name, tensor] : live_) best_[name] = at::zeros_like(tensor.detach());
}

bool Selection::look(double score, int64_t step) {
  if (score > this->score()) gained_.fill_(step);
  if (!(score >= this->score())) return false;
  score_.fill_(score);
  step_.fill_(step);
  for (auto& [name, tensor] : best_) tensor.copy_(live_.at(name).detach());
  return true;
}

int64_t Selection::gained() const {
  return std::llround(gained_.item<double>());
}

int64_t Selection::step() const {
  return std::llround(step_.item<double>());
}

double Selection::score() const {
  return score_.item<double>();
}

NamedTensors Selection::state() const {
  NamedTensors state{{"selection.score", score_}, {"selection.step", step_}, {"selection.gained", gained_}};
  for (const auto& [name, tensor] : best_) state["selection.weights." + name] = tensor;
  return state;
}

}  // namespace tazuna
