// SPDX-License-Identifier: Apache-2.0
#include "data/planner.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/planner_memory.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

Fingerprint cohort_of(int64_t cases, const Triple& size, const std::array<double, 3>& spacing = {1, 1, 1}) {
  Fingerprint fingerprint;
  for (int64_t i = 0; i < cases; ++i) fingerprint.cases.push_back({cat("case_", i), size, spacing, 1});
  return fingerprint;
}

std::string message_of(const Fingerprint& fingerprint, const PlanRequest& request) {
  return refusal_of([&] { make_plan(fingerprint, request); });
}

using Sizes = std::vector<int64_t>;

int64_t batch_voxels(const Plan& plan) {
  return plan.patch[0] * plan.patch[1] * plan.patch[2] * plan.batch;
}

}  // namespace

DOCTEST_TEST_SUITE("data/planner") {
  DOCTEST_TEST_CASE(
      "the hippocampi of the decathlon get nnU-Net's patch, and 5 % of the cohort for every trunk") {
    for (const bool residual : {false, true}) {
      PlanRequest request;
      request.residual = residual;
      request.classes = 3;
      const Plan plan = make_plan(cohort_of(200, {36, 50, 35}), request);
      DOCTEST_CHECK(plan.patch == Sizes{40, 56, 40});
      DOCTEST_CHECK(plan.widths == Sizes{32, 64, 128, 256});
      DOCTEST_CHECK((plan.strides == std::vector<Triple>{{1, 1, 1}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}}));
      DOCTEST_CHECK((plan.kernels == std::vector<Triple>(4, {3, 3, 3})));
      DOCTEST_CHECK(plan.batch == 7);
      DOCTEST_CHECK(plan.blocks == (residual ? Sizes{1, 3, 4, 6} : Sizes{2, 2, 2, 2}));
      DOCTEST_CHECK(plan.normalise == "zscore");
      DOCTEST_CHECK(plan.reasons.size() == 7);
    }
  }

  DOCTEST_TEST_CASE("what the user fixed is kept and the rest is planned around it") {
    PlanRequest request;
    request.patch = Sizes{32, 48, 32};
    request.stages = 3;
    request.widths = Sizes{8, 16, 24};
    request.batch = 1;
    request.spacing = std::vector<double>{2, 1, 1};
    const Plan plan = make_plan(cohort_of(20, {36, 50, 35}), request);
    DOCTEST_CHECK(plan.patch == Sizes{32, 48, 32});
    DOCTEST_CHECK(plan.stages == 3);
    DOCTEST_CHECK(plan.widths == Sizes{8, 16, 24});
    DOCTEST_CHECK(plan.batch == 1);
    DOCTEST_CHECK(plan.spacing == std::vector<double>{2, 1, 1});
    DOCTEST_CHECK(plan.median_size == std::array<int64_t, 3>{18, 50, 35});
    DOCTEST_CHECK((plan.strides == std::vector<Triple>{{1, 1, 1}, {1, 2, 2}, {2, 2, 2}}));
    DOCTEST_CHECK((plan.kernels == std::vector<Triple>{{1, 3, 3}, {3, 3, 3}, {3, 3, 3}}));
  }

  DOCTEST_TEST_CASE("a plan asked for again with its own answers is the same plan") {
    const Fingerprint fingerprint = cohort_of(30, {30, 250, 240}, {5, 0.8, 0.8});
    const Plan plan = make_plan(fingerprint, {});
    PlanRequest request;
    request.spacing = plan.spacing;
    request.patch = plan.patch;
    request.batch = plan.batch;
    request.stages = plan.stages;
    request.widths = plan.widths;
    request.strides = plan.strides;
    request.kernels = plan.kernels;
    request.blocks = plan.blocks;
    request.decoder_blocks = plan.decoder_blocks;
    const Plan again = make_plan(fingerprint, request);
    DOCTEST_CHECK(again.patch == plan.patch);
    DOCTEST_CHECK((again.strides == plan.strides));
    DOCTEST_CHECK((again.kernels == plan.kernels));
    DOCTEST_CHECK(again.median_size == plan.median_size);
    DOCTEST_CHECK(again.batch == plan.batch);
  }

  DOCTEST_TEST_CASE("an axis of one voxel comes first and is never pooled or convolved along") {
    const Plan plan = make_plan(cohort_of(30, {200, 1, 180}, {1, 0.5, 1}), {});
    DOCTEST_CHECK(plan.arrange == Sizes{1, 0, 2});
    DOCTEST_CHECK(plan.patch[0] == 1);
    for (const Triple& stride : plan.strides) DOCTEST_CHECK(stride[0] == 1);
    for (const Triple& kernel : plan.kernels) DOCTEST_CHECK(kernel == Triple{1, 3, 3});
  }

  DOCTEST_TEST_CASE("pictures and slices of any thickness get a 2D network that sees all of them") {
    Fingerprint fingerprint = cohort_of(765, {1, 256, 256});
    for (size_t i = 0; i < fingerprint.cases.size(); ++i)
      fingerprint.cases[i].spacing[0] = i % 3 == 0 ? 2 : 7;
    for (const Fingerprint& cohort : {cohort_of(765, {1, 256, 256}), fingerprint}) {
      const Plan plan = make_plan(cohort, {});
      DOCTEST_CHECK(plan.median_size == std::array<int64_t, 3>{1, 256, 256});
      DOCTEST_CHECK(plan.arrange == Sizes{0, 1, 2});
      DOCTEST_CHECK(plan.patch == Sizes{1, 256, 256});
      DOCTEST_CHECK(plan.widths == Sizes{32, 64, 128, 256, 512, 512, 512});
      for (size_t stage = 0; stage < plan.strides.size(); ++stage) {
        DOCTEST_CHECK(plan.strides[stage] == (stage == 0 ? Triple{1, 1, 1} : Triple{1, 2, 2}));
        DOCTEST_CHECK(plan.kernels[stage] == Triple{1, 3, 3});
      }
      DOCTEST_CHECK((plan.batch >= 12 && plan.batch <= 38));
    }
  }

  DOCTEST_TEST_CASE("a window of frames costs more than one frame and less than a batch of them") {
    TrunkSizes sizes{true, {32, 64}, {1, 3}, {1}, {{1, 1, 1}, {2, 2, 2}}};
    const auto cost = [&](int64_t frames, int64_t chunk) {
      sizes.frames = frames;
      sizes.frame_chunk = chunk;
      return convolution_voxels(sizes, {16, 16, 16});
    };
    const int64_t one = cost(1, 4);
    DOCTEST_CHECK(one == cost(1, 1));
    DOCTEST_CHECK(cost(4, 4) < 4 * one);
    DOCTEST_CHECK(cost(20, 1) > one);
    DOCTEST_CHECK(cost(20, 4) < 20 * one);
    DOCTEST_CHECK(cost(20, 1) < cost(20, 2));
    DOCTEST_CHECK(cost(20, 2) < cost(40, 2));

    PlanRequest request;
    const Plan single = make_plan(cohort_of(1000, {150, 190, 160}), request);
    request.frames = 20;
    const Plan window = make_plan(cohort_of(1000, {150, 190, 160}), request);
    DOCTEST_CHECK(batch_voxels(window) < batch_voxels(single));
    DOCTEST_CHECK(
        window.reasons.back() ==
        "windows of 20 frames: in memory are the activations of 4 at once and the stage outputs of all");
  }

  DOCTEST_TEST_CASE("without voxel tasks no decoder is counted, and the reasons say what the patch is for") {
    PlanRequest request;
    const Plan with = make_plan(cohort_of(1000, {150, 190, 160}), request);
    request.voxel_tasks = false;
    const Plan without = make_plan(cohort_of(1000, {150, 190, 160}), request);
    DOCTEST_CHECK(batch_voxels(without) >= batch_voxels(with));
    DOCTEST_CHECK(says(without.reasons.back(), "the patch sizes the network, but none is cut"));
  }

  DOCTEST_TEST_CASE("more memory never gives a smaller patch or batch") {
    const Fingerprint fingerprint = cohort_of(1000, {150, 190, 160});
    int64_t before = 0;
    for (const double gigabytes : {2., 4., 8., 16., 32., 64., 128.}) {
      PlanRequest request;
      request.memory_gb = gigabytes;
      const Plan plan = make_plan(fingerprint, request);
      DOCTEST_CHECK(batch_voxels(plan) >= before);
      before = batch_voxels(plan);
    }
  }

  DOCTEST_TEST_CASE("an impossible patch is refused and the nearest possible one named is accepted") {
    struct Row {
      Sizes patch;
      const char* nearest;
    };
    for (const Row& row :
         {Row{{40, 56, 42}, "40x56x40"}, Row{{33, 48, 31}, "32x48x32"}, Row{{130, 1, 100}, "128x1x96"}}) {
      PlanRequest request;
      request.patch = row.patch;
      const std::string message = message_of(cohort_of(20, {36, 50, 35}), request);
      DOCTEST_CHECK_MESSAGE(says(message, cat("the nearest possible is ", row.nearest)), message);
      Sizes named;
      for (const std::string& edge : split_text(row.nearest, 'x')) named.push_back(std::stoll(edge));
      request.patch = named;
      DOCTEST_CHECK(make_plan(cohort_of(20, {36, 50, 35}), request).patch == named);
    }
  }

  DOCTEST_TEST_CASE("a patch is halved once or refused, and what the refusal asks for is enough") {
    const auto edges = {4, 7, 8, 11, 12, 14};
    for (const std::array<double, 3>& spacing : {std::array{1., 1., 1.}, {2.5, 1., 1.}, {6., 2.5, 1.}}) {
      const auto too_small = [&](const Sizes& patch) {
        PlanRequest request;
        request.patch = patch;
        return says(message_of(cohort_of(3, {40, 40, 40}, spacing), request), "too small to halve once");
      };
      for (const int64_t z : edges) {
        for (const int64_t y : edges) {
          for (const int64_t x : edges) {  // of the finest spacing
            const bool another = (z >= 8 && spacing[0] < 2) || (y >= 8 && spacing[1] < 2);
            if (x >= 12 || (x >= 8 && another)) DOCTEST_CHECK_FALSE(too_small({z, y, x}));
            if (std::max({z, y, x}) < 8) DOCTEST_CHECK(too_small({z, y, x}));
          }
        }
      }
    }
  }

  DOCTEST_TEST_CASE("a network of one stage is refused, whatever leads to it") {
    PlanRequest widths, patch, both;
    widths.widths = Sizes{8};
    patch.patch = both.patch = Sizes{6, 6, 6};
    both.stages = 2;
    const Fingerprint cohort = cohort_of(20, {36, 50, 35});
    DOCTEST_CHECK(says(message_of(cohort, widths), "network.widths: it tells of one stage"));
    DOCTEST_CHECK(
        says(message_of(cohort, patch),
             "train.patch of 6x6x6 voxels is too small to halve once: it needs at least 8 along two"));
    DOCTEST_CHECK(says(message_of(cohort, both), "set a larger train.patch"));
    const std::string planned = message_of(cohort_of(2, {6, 7, 5}), {});
    DOCTEST_CHECK_MESSAGE(says(planned, "the planned patch of 6x7x5 voxels is too small"), planned);
  }

  DOCTEST_TEST_CASE("each impossible request is refused with the reason") {
    struct Row {
      std::function<void(PlanRequest&)> change;
      std::string_view says;
    };
    const std::vector<Row> rows{
        {[](auto& r) { r.stages = 6; }, "6 stages, but the planned patch of 40x56x40 allows 4"},
        {[](auto& r) {
           r.stages = 5, r.patch = Sizes{32, 32, 32};
         },
         "or a train.patch like 64x64x64"},
        {[](auto& r) {
           r.stages = 3, r.widths = Sizes{8, 16};
         },
         "network.widths: it tells of 2 stages, but network.stages of 3"},
        {[](auto& r) {
           r.widths = Sizes{8, 0};
         },
         "each entry must be at least 1, but they are [8, 0]"},
        {[](auto& r) {
           r.decoder_blocks = Sizes{};
           r.stages = 2;
         },
         "network.decoder_blocks: it tells of 1 stages"},
        {[](auto& r) {
           r.strides = std::vector<Triple>{{2, 2, 2}, {2, 2, 2}};
         },
         "its stride must be [1, 1, 1]"},
        {[](auto& r) {
           r.patch = Sizes{32, 32};
         },
         "train.patch: it must be three voxels of at least 1, but is [32, 32]"},
        {[](auto& r) {
           r.patch = Sizes{32, 1, 1};
         },
         "train.patch 32x1x1 has fewer than two axes"},
        {[](auto& r) {
           r.spacing = std::vector<double>{1, 0, 1};
         },
         "input.spacing: it must be three millimetres above 0"},
        {[](auto& r) { r.batch = 0; }, "train.batch: it must be at least 1, but is 0"},
        {[](auto& r) { r.memory_gb = 1e-6; }, "1e-06 GB are too few for any patch"},
        {[](auto& r) { r.memory_gb = 0; }, "train.memory_gb: it must be above 0"},
        {[](auto& r) { r.frames = 0; }, "input.frames: it must be at least 1, but is 0"},
        {[](auto& r) { r.frame_chunk = 0; }, "input.temporal.frame_chunk: it must be at least 1, but is 0"},
    };
    for (const Row& row : rows) {
      PlanRequest request;
      row.change(request);
      const std::string message = message_of(cohort_of(20, {36, 50, 35}), request);
      DOCTEST_CHECK_MESSAGE(says(message, row.says), message << " does not say: " << row.says);
    }
    DOCTEST_CHECK(says(message_of({}, {}), "no usable case"));
    DOCTEST_CHECK(says(message_of(cohort_of(2, {1, 1, 9}), {}), "fewer than two axes"));
  }
}
