// SPDX-License-Identifier: Apache-2.0
#include "experiment/fold_check.hpp"

#include <algorithm>

#include "tests/experiment/small_bids.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using Dataset = testing::SmallBids;

const std::string grade = "tasks=[{name: grade, kind: classification, target: {column: grade}}]";

DOCTEST_TEST_SUITE("experiment/fold_check") {
  DOCTEST_TEST_CASE(
      "samples that are to be changed on a GPU are refused where the network trains on the CPU") {
    AugmentOptions options;
    DOCTEST_CHECK(refusal_of([&] { expect_augment_device(options, at::kCPU); }).empty());
    options.device = "gpu";
    const std::string refusal = refusal_of([&] { expect_augment_device(options, at::kCPU); });
    DOCTEST_CHECK_MESSAGE(says(refusal, "augment.device"), refusal);
    DOCTEST_CHECK(says(refusal, "--device cuda:N"));
    DOCTEST_CHECK(refusal_of([&] { expect_augment_device(options, at::Device(at::kCUDA, 0)); }).empty());
  }

  DOCTEST_TEST_CASE(
      "a class that one fold's training part lacks is no matter to other folds and to everybody") {
    const Dataset dataset(8);
    const std::vector<std::string> held_out = dataset.resolved().folds[0].held_out;
    std::string participants = "participant_id\tgrade\n";
    for (int i = 0; i < 8; ++i) {
      const std::string id = cat("sub-", i);
      const auto place = std::find(held_out.begin(), held_out.end(), id) - held_out.begin();
      participants += cat(id, "\t", place < 2 ? "II" : "III", "\n");
    }
    dataset.write("participants.tsv", participants);
    Log log(Verbosity::quiet);
    Experiment experiment = resolve(dataset.config({grade}), at::kCPU, log);
    DOCTEST_CHECK(refusal_of([&] { check_folds(experiment, {1}); }) == "");
    const std::string refusal = refusal_of([&] { check_folds(experiment, {0, 1}); });
    DOCTEST_CHECK_MESSAGE(says(refusal, "fold 0: "), refusal);
    DOCTEST_CHECK(says(refusal, "II"));
    DOCTEST_CHECK(refusal_of([&] { check_folds(experiment); }) == refusal);
    experiment.folds = {Fold{}};
    for (const auto& subject : experiment.subjects) experiment.folds[0].train.push_back(subject->id);
    DOCTEST_CHECK(refusal_of([&] { check_folds(experiment); }) == "");
  }

  DOCTEST_TEST_CASE("what nobody can learn and what no head can read come together, each sentence once") {
    const Dataset dataset(10);
    std::string participants = "participant_id\tsite\tgrade\tage\n";
    for (int i = 0; i < 10; ++i)
      participants += cat("sub-", i, "\t", i < 2 ? "A" : "B", "\t", i == 9 ? 2 : i % 2, "\t",
                          i == 0 || i == 6 ? "90+" : "5", "\n");
    dataset.write("participants.tsv", participants);
    const std::string refusal = dataset.message(
        {"tasks=[{name: grade, kind: classification, target: {column: grade}, covariates: [age]}]",
         "data.split.hold_out={column: site, value: A}", "data.split.stratify=[grade]"});
    for (const std::string sentence :
         {"one person of the training part has the class '2'", "age of sub-0 is '90+', not a number",
          "age of sub-6 is '90+', not a number"}) {
      DOCTEST_CHECK_MESSAGE(says(refusal, sentence), refusal);
      DOCTEST_CHECK_MESSAGE(refusal.find(sentence) == refusal.rfind(sentence), refusal);
    }
  }

  DOCTEST_TEST_CASE("a column that a head cannot read of people held out or held aside is told beforehand") {
    const std::string reads_age =
        "tasks=[{name: grade, kind: classification, target: {column: grade}, covariates: [age]}]";
    const Dataset dataset(10);
    const auto message = [&](int odd) {
      std::string participants = "participant_id\tsite\tgrade\tage\n";
      for (int i = 0; i < 10; ++i)
        participants +=
            cat("sub-", i, "\t", i < 2 ? "A" : "B", "\t", i % 2, "\t", i == odd ? "90+" : "5", "\n");
      dataset.write("participants.tsv", participants);
      return dataset.message(
          {reads_age, "data.split.hold_out={column: site, value: A}", "data.split.stratify=[grade]"});
    };
    DOCTEST_CHECK(message(-1) == "");
    for (const int odd : {0, 1, 7}) {
      const std::string refusal = message(odd);
      DOCTEST_CHECK_MESSAGE(says(refusal, cat("age of sub-", odd, " is '90+', not a number")), refusal);
      DOCTEST_CHECK(says(refusal, "fold "));
    }
  }
}

}  // namespace
}  // namespace tazuna
