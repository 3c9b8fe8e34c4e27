// SPDX-License-Identifier: Apache-2.0
#include "tasks/catalog.hpp"

#include "core/error.hpp"
#include "tests/refusal.hpp"
#include "tests/tasks/words.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Words = std::vector<std::string>;

Words classes_found(const Words& values, const Words& named = {}) {
  ClassificationOptions options;
  options.target = {"group", named};
  TaskKind task = options;
  fill_values(task, people_with("group", values));
  return std::get<ClassificationOptions>(task).target.classes;
}

Words levels_found(const Words& values) {
  OrdinalOptions options;
  options.name = "outcome";
  options.target.column = "mrs";
  TaskKind task = options;
  fill_values(task, people_with("mrs", values));
  return std::get<OrdinalOptions>(task).target.levels;
}

}  // namespace

DOCTEST_TEST_SUITE("tasks/catalog") {
  DOCTEST_TEST_CASE("classes that the file does not name are the values found, sorted") {
    DOCTEST_CHECK(
        (classes_found({"patient", "control", "", "n/a", "control"}) == Words{"control", "patient"}));
    DOCTEST_CHECK((classes_found({"10", "2"}) == Words{"2", "10"}));
    DOCTEST_CHECK(classes_found({"", ""}).empty());
  }

  DOCTEST_TEST_CASE("classes that the file names stay as they are") {
    DOCTEST_CHECK((classes_found({"a", "b", "c"}, {"b", "a"}) == Words{"b", "a"}));
  }

  DOCTEST_TEST_CASE(
      "levels that the file does not name are the numbers found; words have no order and are refused") {
    DOCTEST_CHECK((levels_found({"10", "0", "2", "2.0"}) == Words{"0", "2", "10"}));
    DOCTEST_CHECK(refusal_of([] {
                    levels_found({"0", "good"});
                  }) == "tasks: outcome: mrs of sub-02 is 'good', not a number; name target.levels in order");
  }

  DOCTEST_TEST_CASE("other kinds need nothing of the cohort's values") {
    TaskKind age = RegressionOptions{}, lesion = SegmentationOptions{};
    fill_values(age, people_with("age", {"old"}));
    fill_values(lesion, people_with("age", {"old"}));
    DOCTEST_CHECK(std::get<RegressionOptions>(age).target.column.empty());
  }
}
