// SPDX-License-Identifier: Apache-2.0
#include "infer/task_maps.hpp"

#include "tests/infer/four_cases.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& folder) {
  std::string text;
  for (const TaskMap& one : read_task_maps(folder)) text += cat(one.task, "=", one.map, ";");
  return text;
}

DOCTEST_TEST_SUITE("infer/task_maps") {
  DOCTEST_TEST_CASE("predictions know the maps of their voxel tasks, and so do the folders of a run") {
    const Cohort4 cohort;
    ModelRecipe recipe = tiny_recipe({"T1w"}, {"parts", "lesion"});
    std::get<SegmentationOptions>(recipe.tasks[1].task).target.map = "label-lesion_mask";
    recipe.tasks.push_back(grade_task());
    recipe.whole.multiple = {2, 2, 2};
    save_tiny(cohort.path() / "run", recipe, 5);
    const std::string expected = "parts=label;lesion=label-lesion_mask;";
    const PredictOptions options = cohort.options("out");
    DOCTEST_REQUIRE(predict(options).done == 4);
    DOCTEST_CHECK(text_of(options.out) == expected);
    fs::create_directories(cohort.path() / "run" / "validation");
    DOCTEST_CHECK(text_of(cohort.path() / "run" / "validation" / "") == expected);
    DOCTEST_CHECK(text_of(cohort.path() / "run") == expected);
    fs::create_directories(cohort.path() / "run" / "elsewhere");
    DOCTEST_CHECK(text_of(cohort.path() / "run" / "elsewhere") == "");
    DOCTEST_CHECK(text_of(cohort.path() / "absent") == "");
  }
}

}  // namespace
}  // namespace tazuna
