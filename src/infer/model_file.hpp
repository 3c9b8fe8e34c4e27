// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/inputs/catalog.hpp"
#include "data/preparation.hpp"
#include "data/whole_view.hpp"
#include "infer/weights.hpp"
#include "networks/catalog.hpp"
#include "networks/network_input.hpp"
#include "tasks/catalog.hpp"

namespace tazuna {

class Model;  // tasks/model.hpp

/// Everything but the weights that prediction needs; `model.json` without its checksum.
struct ModelRecipe {
  InputOptions input;
  Preparation preparation;
  TrunkOptions network;
  std::vector<TaskOptions> tasks;
  std::vector<int64_t> patch;        ///< tile of the sliding window, z, y, x
  WholeView whole;                   ///< what subject tasks see of a case
  std::vector<int64_t> mirror_axes;  ///< working axes `--mirror` may flip
  std::string precision = "fp32";    ///< of training: bf16 | fp32
  std::string person = {};           ///< column that named the person; empty: as cohorts do by themselves
};
void describe(Fields& fields, ModelRecipe& recipe);
/// What its network meets at the input.
NetworkInput network_input(const ModelRecipe& recipe);
/// How its subject tasks see a case.
SubjectView subject_view(const ModelRecipe& recipe);

/// Writes FOLDER/model.safetensors and FOLDER/model.json (recipe, task constants, SHA-256 of the weights),
/// each atomically, weights first.
void save_model(const std::filesystem::path& folder, const ModelRecipe& recipe,
                const std::vector<std::shared_ptr<Task>>& tasks, const NamedTensors& weights);

/// The recipe alone, without weights. Refuses a missing, foreign or incomplete model.json.
ModelRecipe read_recipe(const std::filesystem::path& folder);

/// A model ready to predict.
struct LoadedModel {
  ModelRecipe recipe;
  std::vector<std::shared_ptr<Task>> tasks;  ///< with their constants
  std::shared_ptr<Model> network;
  std::string sha256;  ///< of model.safetensors
  std::filesystem::path folder;
};
/// Refuses a missing file, a wrong checksum, missing, unknown or misshapen weights, each by name.
LoadedModel load_model(const std::filesystem::path& folder);

/// Copies weights into a network by name; refuses missing, unknown and misshapen ones.
void assign_weights(Model& network, const NamedTensors& weights, const std::string& source);
/// All parameters and buffers by name, detached, CPU copies.
NamedTensors weights_of(Model& network);

}  // namespace tazuna
