// SPDX-License-Identifier: Apache-2.0
#include "experiment/controls_run.hpp"

#include <algorithm>
#include <functional>

#include "tables/table.hpp"
#include "tests/experiment/series_bids.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// What the controls of an experiment without voxel tasks leave.
struct Ran {
  Ran(
      const ExperimentConfig& config, const std::filesystem::path& out,
      const std::filesystem::path& atlas = {}, const std::function<void()>& before = [] {}) {
    Log log(Verbosity::quiet);
    Interrupts interrupts;
    ComparisonPlan plan;
    plan.all = resolve(config, at::kCPU, log);
    plan.seeds = {1};
    plan.folds = {0, 1};
    plan.request.out = out;
    plan.request.atlas = atlas;
    before();
    Outcomes outcomes, aside;
    DOCTEST_CHECK(run_controls(plan, outcomes, aside, controls, limits, log, interrupts) == Ended::finished);
  }
  bool has(const std::string& control) const {
    return std::any_of(controls.begin(), controls.end(),
                       [&](const auto& one) { return one.name == control; });
  }
  bool says_why(const std::string& start, const std::string& part) const {
    return std::any_of(limits.begin(), limits.end(), [&](const std::string& sentence) {
      return sentence.starts_with(start) && says(sentence, part);
    });
  }
  std::vector<ControlArm> controls;
  std::vector<std::string> limits;
};

DOCTEST_TEST_SUITE("experiment/controls_run") {
  DOCTEST_TEST_CASE("an image that cannot be read any more leaves out one control, with a sentence") {
    const testing::SmallBids dataset(8);
    const ExperimentConfig config =
        dataset.config({"tasks=[{name: grade, kind: classification, target: {column: grade}}]",
                        "data.split.stratify=[grade]"});
    DOCTEST_CHECK(Ran(config, dataset / "whole").has("intensity"));
    const Ran ran(config, dataset / "out", {},
                  [&] { write_atomically(dataset.file(4, "T1w"), std::string_view("no image")); });
    DOCTEST_CHECK_FALSE(ran.has("intensity"));
    DOCTEST_CHECK(ran.says_why("The control 'intensity' is left out: sub-4: ", "T1w"));
    size_t kept = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dataset / "out/controls"))
      kept += read_table(entry.path()).rows();
    DOCTEST_CHECK(kept == 4);
  }

  DOCTEST_TEST_CASE("an atlas on another grid leaves out connectivity, the right one does not") {
    const testing::SeriesBids dataset;
    dataset.atlas("atlas.nii");
    dataset.atlas("other.nii", 10);
    DOCTEST_CHECK(Ran(dataset.config(), dataset / "right", dataset / "atlas.nii").has("connectivity"));
    const Ran ran(dataset.config(), dataset / "wrong", dataset / "other.nii");
    DOCTEST_CHECK_FALSE(ran.has("connectivity"));
    DOCTEST_CHECK(ran.has("intensity"));
    DOCTEST_CHECK(ran.says_why("The control 'connectivity' is left out: sub-0: ", "share a grid"));
  }
}

}  // namespace
}  // namespace tazuna
