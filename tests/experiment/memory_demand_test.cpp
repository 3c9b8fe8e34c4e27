// SPDX-License-Identifier: Apache-2.0
#include "experiment/memory_demand.hpp"

#include "core/files.hpp"
#include "tests/experiment/small_bids.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;
using Dataset = tazuna::testing::SmallBids;

namespace {

StepSizes sizes_of(const Experiment& experiment) {
  std::array<int64_t, 3> patch{};
  std::copy_n(experiment.config.train.patch.get().begin(), 3, patch.begin());
  return step_sizes(experiment, at::kCPU, patch).value();
}

/// What an experiment is refused with where so many bytes are free.
std::string refusal_with(const Experiment& experiment, double free) {
  Log log(Verbosity::quiet);
  return refusal_of([&] { expect_memory(experiment, at::kCPU, free, /*any=*/false, log); });
}

const std::vector<std::string> small{"train.patch=[16, 16, 16]", "train.batch=4", "train.precision=fp32",
                                     "network.stages=2", "network.widths=[8, 16]"};

}  // namespace

DOCTEST_TEST_SUITE("experiment/memory_demand") {
  DOCTEST_TEST_CASE("a step needs more memory for more patches, wider networks, more voxels and fp32") {
    const Dataset dataset;
    const StepSizes sizes = sizes_of(dataset.resolved(small));
    DOCTEST_CHECK(sizes.parameters > 0);
    for (int64_t batch = 1; batch < 5; ++batch)
      DOCTEST_CHECK(step_memory(sizes, batch) < step_memory(sizes, batch + 1));
    auto wider = small, larger = small, half = small;
    wider.back() = "network.widths=[16, 16]";
    larger.front() = "train.patch=[24, 16, 16]";
    half[2] = "train.precision=bf16";
    DOCTEST_CHECK(step_memory(sizes, 4) < step_memory(sizes_of(dataset.resolved(wider)), 4));
    DOCTEST_CHECK(step_memory(sizes, 4) < step_memory(sizes_of(dataset.resolved(larger)), 4));
    DOCTEST_CHECK(step_memory(sizes, 4) > step_memory(sizes_of(dataset.resolved(half)), 4));
  }

  DOCTEST_TEST_CASE("a decoder of a task's own and an encoder a sequence count") {
    const Dataset dataset;
    auto own = small, late = small;
    own.push_back("tasks.0.decoder=own");
    late.push_back("input.fusion=late");
    const double one = sizes_of(dataset.resolved(small)).voxels;
    DOCTEST_CHECK(sizes_of(dataset.resolved(own)).voxels == one);
    DOCTEST_CHECK(sizes_of(dataset.resolved(late)).voxels > one);
  }

  DOCTEST_TEST_CASE("what fits is not refused, and what does not is refused with what would fit") {
    const Dataset dataset;
    const Experiment experiment = dataset.resolved(small);
    const StepSizes sizes = sizes_of(experiment);
    DOCTEST_CHECK(refusal_with(experiment, step_memory(sizes, 4)) == "");
    const std::string fewer = refusal_with(experiment, step_memory(sizes, 4) - 1);
    for (const char* part :
         {"4 patches of 16x16x16", "fp32", "GB", "train.batch=3 would fit", "--any-memory"})
      DOCTEST_CHECK_MESSAGE(says(fewer, part), part << " not in: " << fewer);
    DOCTEST_CHECK(says(refusal_with(experiment, step_memory(sizes, 2)), "train.batch=2 would fit"));
    const std::string smaller = refusal_with(experiment, step_memory(sizes, 1) - 1);
    DOCTEST_CHECK_MESSAGE(says(smaller, "train.batch=1 with train.patch=["), smaller);
    DOCTEST_CHECK(says(refusal_with(experiment, 1), "narrower network.widths"));
  }

  DOCTEST_TEST_CASE("the smaller patch that is offered can be planned, and fits") {
    const Dataset dataset;
    const Experiment experiment = dataset.resolved(small);
    const double free = step_memory(sizes_of(experiment), 1) * 0.8;
    const std::string sentence = refusal_with(experiment, free);
    const size_t begin = sentence.find("train.patch=");
    DOCTEST_REQUIRE(begin != std::string::npos);
    auto offered = small;
    offered[0] = sentence.substr(begin, sentence.find(']') + 1 - begin);
    offered[1] = "train.batch=1";
    DOCTEST_CHECK(refusal_with(dataset.resolved(offered), free) == "");
  }

  DOCTEST_TEST_CASE("whoever insists is warned and may begin") {
    const Dataset dataset;
    const ScratchFolder folder;
    Log log(Verbosity::quiet);
    log.attach(folder.path() / "log.txt");
    expect_memory(dataset.resolved(small), at::kCPU, 1000, /*any=*/true, log);
    DOCTEST_CHECK(says(read_text(folder.path() / "log.txt"), "needs at least"));
  }
}
