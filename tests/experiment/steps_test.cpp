// SPDX-License-Identifier: Apache-2.0
#include "experiment/steps.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "tests/experiment/small_bids.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

const std::string voxel = "{name: thing, kind: segmentation, target: {map: dseg}}";
const std::string subject =
    "{name: grade, kind: classification, target: {column: grade, classes: ['0', '1']}}";

/// The steps of everybody in a small dataset.
struct Source {
  /// `participants`: instead of everybody's; "" for those of the dataset.
  explicit Source(std::vector<std::string> assignments, const std::string& participants = "")
      : experiment(participants.empty() ? dataset.resolved(with_both_grades(std::move(assignments)))
                                        : resolved(assignments, participants)),
        cache(dataset / "cache", experiment.preparation, experiment.maps()),
        tasks(experiment.make_tasks()) {
    fit_tasks(tasks, experiment.subjects);
    steps.emplace(experiment, experiment.subjects, cache, tasks);
  }
  static std::vector<std::string> with_both_grades(std::vector<std::string> assignments) {
    assignments.push_back("data.split.stratify=[grade]");
    return assignments;
  }
  Experiment resolved(const std::vector<std::string>& assignments, const std::string& participants) const {
    dataset.write("participants.tsv", participants);
    return dataset.resolved(assignments);
  }
  Step at(int64_t k, bool subjects) const { return steps->step(k, subjects); }

  tazuna::testing::SmallBids dataset{8};
  Experiment experiment;
  Cache cache;
  std::vector<std::shared_ptr<Task>> tasks;
  std::optional<StepSource> steps;
};

std::string tasks_of(const std::vector<std::string>& tasks) {
  return cat("tasks=[", join(tasks, ", "), "]");
}

}  // namespace

DOCTEST_TEST_SUITE("experiment/steps") {
  DOCTEST_TEST_CASE("a step holds patches for voxel tasks and, once subject tasks have begun, whole views") {
    const Source source({tasks_of({voxel, subject}), "train.subjects=3"});
    DOCTEST_REQUIRE_FALSE(source.experiment.whole.both);
    const Step before = source.at(0, false);
    DOCTEST_REQUIRE(before.size() == 1);
    DOCTEST_CHECK(before[0].view == View::patch);
    DOCTEST_CHECK(before[0].image.sizes() == at::IntArrayRef({2, 2, 8, 8, 8}));
    int64_t views = 0;
    const Step after = source.at(0, true);
    for (const Batch& batch : after) {
      if (batch.view != View::whole) continue;
      views += batch.image.size(0);
      DOCTEST_CHECK(batch.targets[1].present.all().item<bool>());
      DOCTEST_CHECK_FALSE(batch.targets[0].value.defined());
    }
    DOCTEST_CHECK(views == 3);
    DOCTEST_CHECK(at::equal(after[0].image, before[0].image));
  }

  DOCTEST_TEST_CASE("a patch that holds every case serves all tasks") {
    const Source source({tasks_of({voxel, subject}), "train.patch=[12, 12, 12]"});
    DOCTEST_REQUIRE(source.experiment.whole.both);
    const Step step = source.at(4, true);
    DOCTEST_REQUIRE(step.size() == 1);
    DOCTEST_CHECK(step[0].view == View::both);
    for (const Target& target : step[0].targets) DOCTEST_CHECK(target.value.defined());
  }

  DOCTEST_TEST_CASE("without voxel tasks only whole views are drawn") {
    const Source source({tasks_of({subject})});
    for (const Batch& batch : source.at(1, true)) DOCTEST_CHECK(batch.view == View::whole);
  }

  DOCTEST_TEST_CASE(
      "patches that hold every case are drawn of the answered ones where nothing else is asked") {
    std::string some = "participant_id\tgrade\n";
    for (int i = 0; i < 8; ++i) some += cat("sub-", i, "\t", i < 4 ? cat(i % 2) : "n/a", "\n");
    const std::string train_all = "data.split={kind: none}";
    for (const bool draws : {false, true}) {
      const Source source({tasks_of(draws ? std::vector{voxel, subject} : std::vector{subject}),
                           "train.patch=[12, 12, 12]", train_all},
                          some);
      DOCTEST_REQUIRE(source.experiment.whole.both);
      std::set<std::string> seen;
      for (int64_t k = 0; k < 8; ++k)
        for (const Batch& batch : source.at(k, true)) seen.insert(batch.cases.begin(), batch.cases.end());
      DOCTEST_CHECK(seen.size() == (draws ? 8 : 4));
    }
  }

  DOCTEST_TEST_CASE("every step is a function of its number") {
    const Source source({tasks_of({voxel, subject})});
    for (const int64_t k : {0, 3, 7}) {
      const Step one = source.at(k, true), other = source.at(k, true);
      DOCTEST_REQUIRE(one.size() == other.size());
      for (size_t i = 0; i < one.size(); ++i) {
        DOCTEST_CHECK(at::equal(one[i].image, other[i].image));
        DOCTEST_CHECK(one[i].cases == other[i].cases);
      }
    }
    DOCTEST_CHECK_FALSE(at::equal(source.at(0, false)[0].image, source.at(1, false)[0].image));
  }

  DOCTEST_TEST_CASE("the shares of several processes are together the step of one") {
    for (const char* more : {"train.patch=[8, 8, 8]", "train.patch=[12, 12, 12]"}) {
      Source source({tasks_of({voxel, subject}), "train.batch=6", "train.subjects=4", more});
      const Step whole = source.at(2, true);
      std::vector<std::string> cases, shared_cases;
      std::vector<Tensor> patches;
      for (const Batch& batch : whole) cases.insert(cases.end(), batch.cases.begin(), batch.cases.end());
      for (const int64_t index : {0, 1, 2}) {
        const StepSource share(source.experiment, source.experiment.subjects, source.cache, source.tasks,
                               {index, 3});
        const Step part = share.step(2, true);
        DOCTEST_CHECK(part[0].image.size(0) == 2);
        patches.push_back(part[0].image);
        for (const Batch& batch : part)
          shared_cases.insert(shared_cases.end(), batch.cases.begin(), batch.cases.end());
      }
      DOCTEST_CHECK(at::equal(at::cat(patches), whole[0].image));
      std::sort(cases.begin(), cases.end());
      std::sort(shared_cases.begin(), shared_cases.end());
      DOCTEST_CHECK(shared_cases == cases);
    }
  }

  DOCTEST_TEST_CASE("steps that are made on a device are those of the CPU, where no noise is added") {
    for (const char* patch : {"train.patch=[8, 8, 8]", "train.patch=[12, 12, 12]"}) {
      const std::vector<std::string> settings{
          tasks_of({voxel, subject}), patch,
          "augment.affine={rotate_probability: 0.5, scale_probability: 0.5}",
          "augment.transforms=[{kind: blur, probability: 1}, {kind: contrast, probability: 1}, "
          "{kind: spike, probability: 0.5}, {kind: gamma}, {kind: mirror}]"};
      std::vector<std::string> on_gpu = settings;
      on_gpu.push_back("augment.device=gpu");
      const Source loops(settings), device(on_gpu);
      for (int64_t k = 0; k < 6; ++k) {
        const Step expected = loops.at(k, true), step = device.at(k, true);
        DOCTEST_REQUIRE(step.size() == expected.size());
        for (size_t i = 0; i < step.size(); ++i) {
          DOCTEST_CHECK(step[i].cases == expected[i].cases);
          DOCTEST_CHECK(step[i].image.allclose(expected[i].image, 0, 1e-4));
          DOCTEST_CHECK(at::equal(step[i].present, expected[i].present));
          for (size_t t = 0; t < step[i].targets.size(); ++t) {
            if (!expected[i].targets[t].value.defined()) continue;
            DOCTEST_CHECK(at::equal(step[i].targets[t].value, expected[i].targets[t].value));
          }
        }
      }
    }
  }

  DOCTEST_TEST_CASE("an arm with fewer tasks sees the same patches") {
    const Source joint({tasks_of({voxel, subject})}), alone({tasks_of({voxel})});
    DOCTEST_CHECK(at::equal(joint.at(5, true)[0].image, alone.at(5, false)[0].image));
  }

  DOCTEST_TEST_CASE("in an epoch of whole views everybody is seen once") {
    const Source source({tasks_of({subject}), "train.subjects=2"});
    std::multiset<std::string> seen;
    for (int64_t k = 0; k < 4; ++k)
      for (const Batch& batch : source.at(k, true)) seen.insert(batch.cases.begin(), batch.cases.end());
    DOCTEST_CHECK(seen.size() == 8);
    for (const std::string& one : seen) DOCTEST_CHECK(seen.count(one) == 1);
  }
}
