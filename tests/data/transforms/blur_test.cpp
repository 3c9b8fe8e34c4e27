// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/blur.hpp"

#include <cmath>

#include "tests/data/synthetic.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/transforms/blur") {
  DOCTEST_TEST_CASE("an impulse becomes a Gaussian of the drawn widths along z, y, x") {
    const std::array<double, 3> sd{0.5, 0.8, 1.0};
    Sample sample = synthetic_sample({15, 16, 17});
    sample.image.voxels.zero_();
    sample.image.voxels[0][7][8][9].fill_(1);
    apply(BlurOptions{}, {{{0, sd}}}, sample);
    const Tensor image = sample.image.voxels[0];
    DOCTEST_CHECK(std::abs(image.sum().item<double>() - 1) < 1e-5);
    const auto value = [&](int64_t z, int64_t y, int64_t x) { return image[z][y][x].item<double>(); };
    const double centre = value(7, 8, 9);
    for (int64_t k : {-1, 1}) {  // neighbours within the kernel: exp(-k^2 / 2 sd^2) of the centre
      DOCTEST_CHECK(std::abs(value(7 + k, 8, 9) / centre - std::exp(-0.5 / (sd[0] * sd[0]))) < 1e-4);
      DOCTEST_CHECK(std::abs(value(7, 8 + k, 9) / centre - std::exp(-0.5 / (sd[1] * sd[1]))) < 1e-4);
      DOCTEST_CHECK(std::abs(value(7, 8, 9 + 2 * k) / centre - std::exp(-2 / (sd[2] * sd[2]))) < 1e-4);
    }
    DOCTEST_CHECK(value(7, 8, 9 + 4) == 0);  // cut at three standard deviations
  }

  DOCTEST_TEST_CASE("smoothing exchanged axes is exchanging smoothed axes, also where they are long") {
    const std::array<double, 3> sd{0.5, 0.8, 2.0};
    const Sample sample = synthetic_sample({6, 11, 150});
    Sample straight = sample, turned = sample;
    straight.image.voxels = sample.image.voxels.clone();
    turned.image.voxels = sample.image.voxels.permute({0, 3, 1, 2}).contiguous();
    apply(BlurOptions{}, {{{0, sd}}}, straight);
    apply(BlurOptions{}, {{{0, {sd[2], sd[0], sd[1]}}}}, turned);
    const Tensor back = turned.image.voxels.permute({0, 2, 3, 1});
    DOCTEST_CHECK((straight.image.voxels - back).abs().max().item<double>() < 1e-5);
    DOCTEST_CHECK((straight.image.voxels - sample.image.voxels).abs().max().item<double>() > 0.01);
  }

  DOCTEST_TEST_CASE("a constant image stays constant to the borders, on every shape") {
    for (const std::array<int64_t, 3>& size :
         {std::array<int64_t, 3>{1, 8, 9}, {2, 2, 2}, {5, 1, 3}, {12, 3, 7}}) {
      Sample sample = synthetic_sample(size);
      sample.image.voxels.fill_(3.25);
      apply(BlurOptions{}, {{{0, {3.0, 1.0, 0.6}}}}, sample);
      DOCTEST_CHECK((sample.image.voxels - 3.25).abs().max().item<double>() < 1e-5);
    }
  }

  DOCTEST_TEST_CASE("a fifth of patches is smoothed, of them half the channels, widths between the ends") {
    const Sample sample = synthetic_sample({2, 2, 2}, 2);
    constexpr int64_t draws = 20000;
    int64_t channels = 0, both = 0;
    double least = 10, most = 0;
    for (int64_t i = 0; i < draws; ++i) {
      Random random{"often", i};
      const BlurDraw drawn = draw(BlurOptions{}, random, sample);
      channels += std::ssize(drawn.channels);
      both += drawn.channels.size() == 2;
      for (const auto& one : drawn.channels) {
        for (const double sd : one.sd) {
          least = std::min(least, sd);
          most = std::max(most, sd);
        }
      }
    }
    DOCTEST_CHECK(std::abs(channels / (2.0 * draws) - 0.1) < 0.01);
    DOCTEST_CHECK(std::abs(both / double{draws} - 0.05) < 0.01);
    DOCTEST_CHECK(least >= 0.5);
    DOCTEST_CHECK(least < 0.51);
    DOCTEST_CHECK(most <= 1);
    DOCTEST_CHECK(most > 0.99);
  }

  DOCTEST_TEST_CASE("smoothing equals batchgeneratorsv2's") {
    const ScratchFolder folder;
    if (!run_python("data/golden/transforms.py", {folder.path()})) return;
    Sample sample;
    sample.image.voxels = read_npy(folder.path() / "image.npy").clone();
    apply(BlurOptions{}, {{{0, {0.5, 0.7, 0.9}}, {1, {1.0, 0.6, 0.8}}}}, sample);
    const Tensor golden = read_npy(folder.path() / "blur.npy");
    DOCTEST_CHECK((sample.image.voxels - golden).abs().max().item<double>() < 1e-5);
  }
}
