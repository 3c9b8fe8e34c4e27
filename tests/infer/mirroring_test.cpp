// SPDX-License-Identifier: Apache-2.0
#include "infer/mirroring.hpp"

#include "tests/infer/tiny.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Mirroring mirroring_with(ModelRecipe recipe, const NamedIntegers& labels, bool sided = false) {
  auto& task = std::get<SegmentationOptions>(recipe.tasks[0].task);
  task.target.labels = labels;
  task.sided = sided;
  return mirroring_of(recipe, {make_task(recipe.tasks[0])});
}

DOCTEST_TEST_SUITE("infer/mirroring") {
  DOCTEST_TEST_CASE("the working axis that runs left-right is left out where left and right differ") {
    ModelRecipe recipe = tiny_recipe();
    recipe.mirror_axes = {0, 1, 2};
    using Axes = std::vector<int64_t>;
    DOCTEST_CHECK(mirroring_with(recipe, {{"habenula", 1}}).axes == Axes{0, 1, 2});
    for (const char* name : {"left habenula", "Right_Hippocampus", "habenula_LEFT"}) {
      DOCTEST_CAPTURE(name);
      const Mirroring mirroring = mirroring_with(recipe, {{name, 1}});
      DOCTEST_CHECK(mirroring.axes == Axes{0, 1});
      DOCTEST_CHECK(says(mirroring.text, "not along left-right, since parts tells left from right"));
    }
    recipe.preparation.arrange = {2, 0, 1};
    DOCTEST_CHECK(mirroring_with(recipe, {{"hand", 1}}, /*sided=*/true).axes == Axes{1, 2});
  }

  DOCTEST_TEST_CASE("what the model does not allow is not mirrored, and is named") {
    ModelRecipe recipe = tiny_recipe();
    recipe.mirror_axes = {0};
    const Mirroring mirroring = mirroring_with(recipe, {{"lesion", 1}});
    DOCTEST_CHECK(mirroring.axes == std::vector<int64_t>{0});
    DOCTEST_CHECK(
        says(mirroring.text, "mirrored along inferior-superior; not along posterior-anterior, which"));
    recipe.mirror_axes = {};
    DOCTEST_CHECK(says(mirroring_with(recipe, {{"lesion", 1}}).text, "mirrored along no axis"));
  }
}

}  // namespace
}  // namespace tazuna
