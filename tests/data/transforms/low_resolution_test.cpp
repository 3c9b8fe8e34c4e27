// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/low_resolution.hpp"

#include <cmath>

#include "image/resample.hpp"
#include "tests/data/synthetic.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/transforms/low_resolution") {
  DOCTEST_TEST_CASE("all voxels left is the identity, fewer are not") {
    const Sample sample = synthetic_sample({12, 13, 14});
    Sample whole = sample, half = sample;
    whole.image.voxels = sample.image.voxels.clone();
    half.image.voxels = sample.image.voxels.clone();
    apply(LowResolutionOptions{}, {{{0, 1.0}}}, whole);
    apply(LowResolutionOptions{}, {{{0, 0.5}}}, half);
    DOCTEST_CHECK(whole.image.voxels.equal(sample.image.voxels));
    DOCTEST_CHECK((half.image.voxels - sample.image.voxels).abs().max().item<double>() > 0.05);
  }

  DOCTEST_TEST_CASE("it is nearest voxels down and linear interpolation up, on every shape") {
    for (const std::array<int64_t, 3>& size :
         {std::array<int64_t, 3>{20, 24, 31}, {13, 12, 11}, {2, 3, 2}, {1, 40, 33}}) {
      for (const double scale : {0.05, 0.5, 0.61, 0.97}) {
        Sample sample = synthetic_sample(size, 2);
        const Tensor before = sample.image.voxels.narrow(0, 1, 1).clone(),
                     other = sample.image.voxels[0].clone();
        std::array<int64_t, 3> coarse;
        for (int axis = 0; axis < 3; ++axis)
          coarse[axis] = std::max<int64_t>(1, std::llrint(static_cast<double>(size[axis]) * scale));
        apply(LowResolutionOptions{}, {{{1, scale}}}, sample);
        const Tensor expected =
            resized_image(resized_image(before, coarse, Interpolation::nearest), size, Interpolation::linear);
        DOCTEST_CHECK((sample.image.voxels.narrow(0, 1, 1) - expected).abs().max().item<double>() < 1e-5);
        DOCTEST_CHECK(sample.image.voxels[0].equal(other));
      }
    }
  }

  DOCTEST_TEST_CASE("a flat patch keeps its slices apart") {
    Sample sample = synthetic_sample({4, 32, 32});
    sample.image.voxels.zero_();
    sample.image.voxels.select(1, 2).fill_(1);
    const Tensor before = sample.image.voxels.clone();
    apply(LowResolutionOptions{}, {{{0, 0.5}}}, sample);
    DOCTEST_CHECK(sample.image.voxels.equal(before));
  }

  DOCTEST_TEST_CASE("a quarter of patches is made coarser, of them half the channels") {
    const Sample sample = synthetic_sample({2, 2, 2}, 2);
    constexpr int64_t draws = 20000;
    int64_t channels = 0;
    double least = 10, most = 0;
    for (int64_t i = 0; i < draws; ++i) {
      Random random{"often", i};
      for (const auto& one : draw(LowResolutionOptions{}, random, sample).channels) {
        ++channels;
        least = std::min(least, one.scale);
        most = std::max(most, one.scale);
      }
    }
    DOCTEST_CHECK(std::abs(channels / (2.0 * draws) - 0.125) < 0.01);
    DOCTEST_CHECK(least >= 0.5);
    DOCTEST_CHECK(least < 0.51);
    DOCTEST_CHECK(most <= 1);
    DOCTEST_CHECK(most > 0.99);
  }

  DOCTEST_TEST_CASE("coarser images equal batchgeneratorsv2's") {
    const ScratchFolder folder;
    if (!run_python("data/golden/transforms.py", {folder.path()})) return;
    Sample sample;
    sample.image.voxels =
        read_npy(folder.path() / "image.npy").narrow(2, 0, 20).narrow(3, 0, 20).contiguous();
    apply(LowResolutionOptions{}, {{{0, 0.5}, {1, 0.8}}}, sample);
    const Tensor golden = read_npy(folder.path() / "low_resolution.npy");
    DOCTEST_CHECK((sample.image.voxels - golden).abs().max().item<double>() < 1e-4);
  }
}
