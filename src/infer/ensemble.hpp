// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <string>
#include <vector>

#include "infer/model_file.hpp"

namespace tazuna {

/// The folders that hold a model.json: `run` itself or its fold_K, by K. Refuses a run without any and one
/// with an unfinished fold, by name.
std::vector<std::filesystem::path> model_folders(const std::filesystem::path& run);

/// One or several models that answer together. All share the first one's plan: input, preparation, network,
/// tasks, patch, mirroring.
struct Ensemble {
  std::vector<LoadedModel> members;
  std::string sha256;  ///< the member's; of several: the SHA-256 of theirs, one a line, in order

  const ModelRecipe& recipe() const { return members.front().recipe; }
  const std::vector<std::shared_ptr<Task>>& tasks() const { return members.front().tasks; }
  std::vector<Model*> networks() const;
};

/// Loads the models of all runs onto `device`; refuses, by name, runs whose plans differ.
Ensemble load_ensemble(const std::vector<std::filesystem::path>& runs, at::Device device);

}  // namespace tazuna
