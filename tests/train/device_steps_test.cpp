// SPDX-License-Identifier: Apache-2.0
#include "train/device_steps.hpp"

#include <ATen/ATen.h>

#include "data/loader.hpp"
#include "tests/kernels/gpu.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

Step step_of(int64_t k) {
  Batch batch;
  batch.image = at::full({2, 1, 8, 8, 8}, static_cast<float>(k));
  batch.present = at::ones({2, 1}, at::kBool);
  batch.covariates.resize(1);
  batch.targets = {{at::full({2, 1, 8, 8, 8}, k % 3, at::kShort), at::ones({2}, at::kBool)}};
  batch.cases = {"a", "b"};
  return {batch};
}

}  // namespace

DOCTEST_TEST_SUITE("train/device_steps") {
  DOCTEST_TEST_CASE("on a GPU a step has the CPU's values while others are copied, and presence stays") {
    const auto device = gpu();
    if (!device) return;
    const StepCopies copies(*device);
    Loader loader(
        [&copies](int64_t k) -> std::any {
          Step step = step_of(k);
          lock_pages(step);
          return copies(std::move(step));
        },
        0, 40, /*workers=*/1, /*ahead=*/2);
    for (int64_t k = 0; k < 40; ++k) {
      const Step step = std::any_cast<Step>(loader.next());
      const Batch& batch = step.front();
      DOCTEST_CHECK((batch.image.device() == *device));
      DOCTEST_CHECK(batch.image.eq(static_cast<double>(k)).all().item<bool>());
      DOCTEST_CHECK(batch.targets[0].value.eq(k % 3).all().item<bool>());
      DOCTEST_CHECK(batch.targets[0].present.is_cpu());
      DOCTEST_CHECK(batch.present.is_cpu());
      DOCTEST_CHECK(!batch.covariates[0].defined());
      DOCTEST_CHECK((batch.cases == std::vector<std::string>{"a", "b"}));
    }
  }

  DOCTEST_TEST_CASE("steps that threads make on a GPU arrive there with their values, one after the other") {
    const auto device = gpu();
    if (!device) return;
    const StepStreams streams(*device, /*threads=*/3);
    const StepCopies copies(*device);
    Loader loader(
        [&](int64_t k) -> std::any {
          Step step = streams(k, [&] {
            Step made = step_of(k);
            made.front().image = made.front().image.to(*device) * 2 - static_cast<double>(k);
            return made;
          });
          lock_pages(step);
          return copies(std::move(step));
        },
        0, 60, /*workers=*/3, /*ahead=*/5);
    for (int64_t k = 0; k < 60; ++k) {
      const Step step = std::any_cast<Step>(loader.next());
      DOCTEST_CHECK((step.front().image.device() == *device));
      DOCTEST_CHECK(step.front().image.eq(static_cast<double>(k)).all().item<bool>());
      DOCTEST_CHECK((step.front().targets[0].value.device() == *device));
      DOCTEST_CHECK(step.front().present.is_cpu());
    }
  }
}
