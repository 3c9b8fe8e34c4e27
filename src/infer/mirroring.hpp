// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "infer/model_file.hpp"

namespace tazuna {

/// The axes of mirrored prediction, and why not others.
struct Mirroring {
  std::vector<int64_t> axes;  ///< working axes, 0 = D
  std::string text;           ///< "mirrored along inferior-superior; not along left-right, since ..."
};
/// The axes that the model allows, those that its training mirrored, without the left-right axis where a task
/// tells left from right.
Mirroring mirroring_of(const ModelRecipe& recipe, const std::vector<std::shared_ptr<Task>>& tasks);

}  // namespace tazuna
