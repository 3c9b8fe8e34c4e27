// SPDX-License-Identifier: Apache-2.0
#include "tasks/batch.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "tasks/catalog.hpp"
#include "tests/tasks/words.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

Sample sample_with(const Subject& subject, at::IntArrayRef size) {
  Sample sample;
  sample.subject = std::make_shared<const Subject>(subject);
  sample.image.voxels = at::randn(size);
  sample.present = at::ones({1}, at::kBool);
  return sample;
}

// A structure to draw and an age to tell that reads the sex.
std::vector<std::shared_ptr<Task>> tasks() {
  SegmentationOptions lesion;
  lesion.name = "lesion";
  lesion.target.labels = {{"lesion", 1}};
  RegressionOptions age;
  age.name = "age";
  age.target.column = "age";
  age.covariates = {"sex"};
  std::vector<std::shared_ptr<Task>> tasks{make_task(TaskOptions{lesion}), make_task(TaskOptions{age})};
  const std::vector<Subject> training{person_with(1, {{"age", "20"}, {"sex", "f"}}),
                                      person_with(2, {{"age", "40"}, {"sex", "m"}})};
  DOCTEST_CHECK(problems_of(*tasks[1], training).empty());
  return tasks;
}

}  // namespace

DOCTEST_TEST_SUITE("tasks/batch") {
  DOCTEST_TEST_CASE("a view asks its own tasks for targets and columns, a view of both asks all") {
    const std::vector<Sample> samples{
        sample_with(person_with(1, {{"age", "40"}, {"sex", "m"}}), {1, 4, 4, 4}),
        sample_with(person_with(2, {}), {1, 4, 4, 4})};
    struct Case {
      View view;
      bool voxel, subject;
    };
    for (const Case& one :
         {Case{View::patch, true, false}, Case{View::whole, false, true}, Case{View::both, true, true}}) {
      const Batch batch = make_batch(samples, one.view, tasks());
      DOCTEST_CHECK(batch.view == one.view);
      DOCTEST_CHECK(batch.targets[0].value.defined() == one.voxel);
      DOCTEST_CHECK(batch.targets[1].value.defined() == one.subject);
      DOCTEST_CHECK_FALSE(batch.covariates[0].defined());
      DOCTEST_CHECK(batch.covariates[1].defined() == one.subject);
      if (!one.subject) continue;
      DOCTEST_CHECK(at::equal(batch.targets[1].present, at::tensor({1, 0}).to(at::kBool)));
      DOCTEST_CHECK(at::equal(batch.covariates[1], at::tensor({0.F, 1.F, 0.F, 0.F}).reshape({2, 2})));
    }
  }

  DOCTEST_TEST_CASE("the frames of a series get an axis of their own and their times in seconds") {
    Sample slow = sample_with(person_with(1, {}), {5, 4, 4, 4}),
           fast = sample_with(person_with(2, {}), {5, 4, 4, 4});
    slow.frame_seconds = 2;
    fast.frame_seconds = 0.5;
    const std::vector<Sample> samples{slow, fast};
    const Batch batch = make_batch(samples, View::whole, tasks());
    DOCTEST_CHECK(batch.image.sizes() == at::IntArrayRef({2, 5, 1, 4, 4, 4}));
    DOCTEST_CHECK(at::equal(batch.image[1].squeeze(1), fast.image.voxels));
    DOCTEST_CHECK(at::equal(batch.times[0], at::arange(5, at::kFloat) * 2));
    DOCTEST_CHECK(at::equal(batch.times[1], at::arange(5, at::kFloat) / 2));
    const std::vector<Sample> still{sample_with(person_with(1, {}), {1, 4, 4, 4})};
    DOCTEST_CHECK_FALSE(make_batch(still, View::whole, tasks()).times.defined());
  }

  DOCTEST_TEST_CASE("a series and an image of as many channels as it has frames do not make a batch") {
    std::vector<Sample> samples{sample_with(person_with(1, {}), {5, 4, 4, 4}),
                                sample_with(person_with(2, {}), {5, 4, 4, 4})};
    samples[0].frame_seconds = 2;
    DOCTEST_CHECK_THROWS_WITH_AS(make_batch(samples, View::whole, {}), doctest::Contains("one is a series"),
                                 Error);
    DOCTEST_CHECK_THROWS_AS(make_batch({}, View::whole, {}), Error);
  }
}
