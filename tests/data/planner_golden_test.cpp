// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/random.hpp"
#include "core/text.hpp"
#include "data/planner.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

using namespace tazuna;
using Json = nlohmann::json;

namespace {

struct Row {
  Fingerprint fingerprint;
  PlanRequest request;
  int64_t channels = 1;  // nnU-Net wants to be told; its plan does not depend on them
};

enum Style { small, cubes, thick_slices, mixed, flat, styles };

/// A made-up cohort in one of the ways that cohorts differ.
Fingerprint made_up(int style, Random& random) {
  Fingerprint fingerprint;
  const int64_t cases = 1 + random.below(40);
  const auto coarse = static_cast<size_t>(random.below(3));
  const double fine = random.uniform(0.3, 1.2), thick = random.uniform(1.5, 7);
  const int64_t edge = 16 * (4 + random.below(14));
  const double share = random.uniform(0.4, 1);
  for (int64_t i = 0; i < cases; ++i) {
    CasePrint print{cat("case_", i), {edge, edge, edge}, {1, 1, 1}, share};
    for (size_t axis = 0; axis < 3; ++axis) {
      if (style == small) print.cropped_size[axis] = 20 + random.below(60);
      if (style == mixed) print.cropped_size[axis] = 60 + random.below(300);
      if (style == mixed) print.spacing[axis] = random.uniform(0.4, 2.2);
      if (style == thick_slices || style == flat) {
        print.cropped_size[axis] = 150 + random.below(300);
        print.spacing[axis] = fine;
      }
    }
    if (style == thick_slices) {
      print.cropped_size[coarse] = 12 + random.below(80);
      print.spacing[coarse] = thick * (random.chance(0.3) ? random.uniform(0.1, 1) : 1);
    }
    if (style == flat) {
      print.cropped_size[0] = 1;
      print.spacing[0] = 999;  // what nnU-Net's 2D reader says
    }
    fingerprint.cases.push_back(print);
  }
  return fingerprint;
}

Row made_up_row(int64_t index) {
  Random random{"plan", index};
  const int style = static_cast<int>(index / 2 % styles);
  Row row{made_up(style, random), {}};
  row.request.residual = index % 2 == 1;
  row.channels = 1 + random.below(4);
  row.request.classes = 2 + random.below(5);
  row.request.memory_gb = random.chance(0.5) ? 8 : std::round(random.uniform(3, 40));
  if (style != flat && random.chance(0.2))
    row.request.spacing = std::vector<double>{random.uniform(0.5, 3), random.uniform(0.5, 3), 1};
  return row;
}

Json as_json(const Row& row) {
  Json json{{"residual", row.request.residual},
            {"channels", row.channels},
            {"classes", row.request.classes},
            {"memory_gb", row.request.memory_gb}};
  for (const CasePrint& print : row.fingerprint.cases) {
    json["sizes"].push_back(print.cropped_size);
    json["spacings"].push_back(print.spacing);
    json["crop_shares"].push_back(print.crop_share);
  }
  if (!row.request.spacing.is_auto()) json["spacing"] = row.request.spacing.get();
  return json;
}

/// nnU-Net's 2D answers have two axes; ours have a first axis of one voxel.
std::vector<int64_t> with_depth(const Json& sizes, bool is_flat) {
  auto all = sizes.get<std::vector<int64_t>>();
  if (is_flat) all.insert(all.begin(), 1);
  return all;
}

void check(const Plan& plan, const Json& expected) {
  const bool is_flat = expected["flat"];
  DOCTEST_CHECK(plan.arrange == expected["arrange"].get<std::vector<int64_t>>());
  for (size_t axis = 0; axis < 3; ++axis) {
    DOCTEST_CHECK(plan.spacing[axis] ==
                  doctest::Approx(expected["spacing"][axis].get<double>()).epsilon(1e-12));
    DOCTEST_CHECK(plan.median_size[axis] == std::llrint(expected["median"][axis].get<double>()));
  }
  DOCTEST_CHECK(plan.patch == with_depth(expected["patch"], is_flat));
  DOCTEST_CHECK(plan.batch == expected["batch"]);
  DOCTEST_CHECK(plan.widths == expected["widths"].get<std::vector<int64_t>>());
  DOCTEST_CHECK(plan.blocks == expected["blocks"].get<std::vector<int64_t>>());
  DOCTEST_CHECK(plan.decoder_blocks == expected["decoder_blocks"].get<std::vector<int64_t>>());
  DOCTEST_CHECK((plan.normalise == "zscore_inside") == expected["masked"].get<bool>());
  DOCTEST_REQUIRE(plan.strides.size() == expected["strides"].size());
  DOCTEST_CHECK(plan.stages == static_cast<int64_t>(plan.strides.size()));
  for (size_t stage = 0; stage < plan.strides.size(); ++stage) {
    const Triple &stride = plan.strides[stage], &kernel = plan.kernels[stage];
    DOCTEST_CHECK(std::vector<int64_t>(stride.begin(), stride.end()) ==
                  with_depth(expected["strides"][stage], is_flat));
    DOCTEST_CHECK(std::vector<int64_t>(kernel.begin(), kernel.end()) ==
                  with_depth(expected["kernels"][stage], is_flat));
  }
}

}  // namespace

DOCTEST_TEST_SUITE("data/planner_golden") {
  DOCTEST_TEST_CASE("plans equal those of nnU-Net's own planners") {
    const ScratchFolder folder;
    std::vector<Row> rows;
    Json requests = Json::array();
    for (int64_t index = 0; index < 120; ++index) {
      rows.push_back(made_up_row(index));
      requests.push_back(as_json(rows.back()));
    }
    std::ofstream(folder.path() / "in.json") << requests;
    if (!run_python("data/golden/plan.py", {folder.path() / "in.json", folder.path() / "out.json"})) return;
    std::ifstream answer(folder.path() / "out.json");
    const auto expected = Json::parse(answer);
    for (size_t index = 0; index < rows.size(); ++index) {
      DOCTEST_CAPTURE(index);
      DOCTEST_CAPTURE(requests[index].dump().substr(0, 300));
      check(make_plan(rows[index].fingerprint, rows[index].request), expected[index]);
    }
  }
}
