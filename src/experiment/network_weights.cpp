// SPDX-License-Identifier: Apache-2.0
#include "experiment/network_weights.hpp"

#include <torch/nn/module.h>

#include "tasks/model.hpp"

namespace tazuna {

NamedTensors undrawn_weights(const Experiment& experiment) {
  std::vector<Subject> words;
  for (const auto& subject : experiment.subjects) words.push_back(*subject);
  const auto tasks = experiment.make_tasks();
  Problems ignored;  // check_folds() tells them
  for (const auto& task : tasks) task->fit(words, ignored);
  const ModelRecipe recipe = experiment.recipe();
  const Model model(recipe.network, network_input(recipe), tasks, /*seed=*/std::nullopt);
  NamedTensors weights;
  for (const auto& item : model.named_parameters()) weights[item.key()] = item.value();
  return weights;
}

}  // namespace tazuna
