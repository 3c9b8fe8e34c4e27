// SPDX-License-Identifier: Apache-2.0
#include "tasks/structure_score.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("tasks/structure_score") {
  DOCTEST_TEST_CASE("single lesions are scored where they are asked for, behind the other metrics") {
    Tensor truth = at::zeros({4, 4, 4}, at::kShort);
    truth[0][0][0] = 7;
    truth[3][3][3] = 7;
    Tensor drawn = truth.clone();
    drawn[0][0][0] = 0;
    Geometry grid;
    grid.size = {4, 4, 4};
    Subject subject;
    subject.id = subject.person = "a";
    for (const bool lesions : {false, true}) {
      const auto score =
          make_structure_score("t", "label", LabelCodes(NamedIntegers{{"lesion", 7}}), 1, lesions);
      score->add(subject, LabelMap{drawn, grid, {}, {{"lesion", 7}}},
                 {{"label", {truth.unsqueeze(0), grid}}});
      DOCTEST_REQUIRE(score->rows().size() == 1);
      const auto& metrics = score->rows().front().metrics;
      DOCTEST_CHECK(metrics.front().first == "dice");
      const auto missed =
          std::ranges::find_if(metrics, [](const auto& one) { return one.first == "lesions_missed"; });
      DOCTEST_CHECK((missed != metrics.end()) == lesions);
      if (lesions) DOCTEST_CHECK(missed->second == 1);
    }
  }
}

}  // namespace
}  // namespace tazuna
