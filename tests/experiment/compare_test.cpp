// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare.hpp"

#include <algorithm>

#include "tests/experiment/series_bids.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// The sentence with which a comparison is refused; it must leave nothing behind.
std::string refusal_before_training(const ExperimentConfig& config, const CompareRequest& request) {
  Log log(Verbosity::quiet);
  Interrupts interrupts;
  const std::string refusal = refusal_of([&] { compare_experiment(config, request, log, interrupts); });
  DOCTEST_CHECK_FALSE(std::filesystem::exists(request.out));
  return refusal;
}

DOCTEST_TEST_SUITE("experiment/compare") {
  DOCTEST_TEST_CASE("an atlas that is not there or lies on another grid is refused before any training") {
    const testing::SeriesBids dataset;
    dataset.atlas("other.nii", 10);
    CompareRequest request{.out = dataset / "out"};
    request.atlas = dataset / "nowhere.nii";
    std::string refusal = refusal_before_training(dataset.config(), request);
    DOCTEST_CHECK_MESSAGE(says(refusal, "--atlas: "), refusal);
    DOCTEST_CHECK(says(refusal, "nowhere.nii"));
    request.atlas = dataset / "other.nii";
    refusal = refusal_before_training(dataset.config(), request);
    DOCTEST_CHECK_MESSAGE(says(refusal, "they must share a grid"), refusal);
  }

  DOCTEST_TEST_CASE("a training that needs more memory than is free is refused, a part without any is not") {
    const testing::SmallBids dataset;
    const ExperimentConfig config = dataset.config({"train.batch=100000000", "train.workers=0"});
    CompareRequest request{.out = dataset / "out"};
    const std::string refusal = refusal_before_training(config, request);
    DOCTEST_CHECK_MESSAGE(says(refusal, "arm thing: a step of 100000000 patches"), refusal);
    DOCTEST_CHECK(says(refusal, "would fit; --any-memory begins all the same"));
    request.part = {.index = 8, .count = 9};
    Log log(Verbosity::quiet);
    Interrupts interrupts;
    DOCTEST_CHECK(compare_experiment(config, request, log, interrupts) == Ended::finished);
  }

  DOCTEST_TEST_CASE(
      "a seed whose inner part leaves too little to learn from is refused before any training") {
    const testing::SmallBids dataset(12);
    const std::vector<std::string> held_out = dataset.resolved().folds[0].held_out;
    std::string participants = "participant_id\tgrade\n";
    int known[2] = {0, 0};
    for (int i = 0; i < 12; ++i) {
      const std::string id = cat("sub-", i);
      int& met = known[std::binary_search(held_out.begin(), held_out.end(), id)];
      participants += cat(id, "\t", ++met <= 3 ? "II" : "III", "\n");
    }
    dataset.write("participants.tsv", participants);
    const std::vector<std::string> inner{
        "tasks=[{name: grade, kind: classification, target: {column: grade}}]", "train.select=inner",
        "train.inner_share=0.3"};
    Log log(Verbosity::quiet);
    Experiment experiment = resolve(dataset.config(inner), at::kCPU, log);
    const auto teaches = [&](int64_t seed) {
      experiment.config.train.seed = seed;
      return refusal_of([&] { check_folds(experiment); }).empty();
    };
    int64_t seed = 1;
    while (seed < 100 && !(teaches(seed) && !teaches(seed + 1))) ++seed;
    DOCTEST_REQUIRE(seed < 100);
    ExperimentConfig config = dataset.config(inner);
    config.train.seed = seed;
    const std::string refusal = refusal_before_training(config, {.out = dataset / "out", .seeds = 2});
    DOCTEST_CHECK_MESSAGE(says(refusal, cat("arm grade, seed ", seed + 1, ": fold ")), refusal);
  }
}

}  // namespace
}  // namespace tazuna
