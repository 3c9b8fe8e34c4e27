// SPDX-License-Identifier: Apache-2.0
#include "infer/mirroring.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace tazuna {

Mirroring mirroring_of(const ModelRecipe& recipe, const std::vector<std::shared_ptr<Task>>& tasks) {
  constexpr std::array<const char*, 3> directions{"inferior-superior", "posterior-anterior", "left-right"};
  constexpr int64_t left_right = 2;
  std::vector<std::string> sided;
  for (const auto& task : tasks)
    if (task->sided()) sided.push_back(task->name());
  Mirroring mirroring;
  std::vector<std::string> along, not_along;
  for (int64_t axis = 0; axis < 3; ++axis) {
    const int64_t canonical = recipe.preparation.arrange.at(static_cast<size_t>(axis));
    const std::string direction = directions.at(static_cast<size_t>(canonical));
    const auto& allowed = recipe.mirror_axes;
    if (canonical == left_right && !sided.empty()) {
      not_along.push_back(cat(direction, ", since ", join(sided, ", "), " tells left from right"));
    } else if (std::find(allowed.begin(), allowed.end(), axis) == allowed.end()) {
      not_along.push_back(cat(direction, ", which training did not mirror"));
    } else {
      mirroring.axes.push_back(axis);
      along.push_back(direction);
    }
  }
  mirroring.text = cat("mirrored along ", along.empty() ? "no axis" : join(along, ", "),
                       not_along.empty() ? "" : cat("; not along ", join(not_along, "; nor along ")));
  return mirroring;
}

}  // namespace tazuna
