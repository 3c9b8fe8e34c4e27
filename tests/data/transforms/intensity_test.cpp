// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/intensity.hpp"

#include <cmath>

#include "tests/data/synthetic.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

Sample copy_of(const Sample& sample) {
  Sample copy = sample;
  copy.image.voxels = sample.image.voxels.clone();
  return copy;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace

DOCTEST_TEST_SUITE("data/transforms/intensity") {
  DOCTEST_TEST_CASE("each augmentation happens as often as its probability says") {
    const Sample sample = synthetic_sample({1, 1, 2}, 2);
    constexpr int64_t draws = 20000;
    int64_t noise = 0, brightness = 0, contrast = 0, gamma = 0, inverted = 0, below = 0, factors = 0;
    for (int64_t i = 0; i < draws; ++i) {
      Random random{"often", i};
      noise += draw(NoiseOptions{}, random, sample).sd > 0;
      const FactorDraw bright = draw(BrightnessOptions{}, random, sample);
      brightness += !bright.factor.empty();
      for (const double factor : bright.factor) {
        DOCTEST_REQUIRE(factor >= 0.75);
        DOCTEST_REQUIRE(factor <= 1.25);
        below += factor < 1;
        ++factors;
      }
      contrast += !draw(ContrastOptions{}, random, sample).factor.empty();
      const GammaDraw curve = draw(GammaOptions{}, random, sample);
      gamma += curve.gamma.size() == 2;
      inverted += curve.inverted.size() == 2;
    }
    const auto share = [](int64_t count) { return static_cast<double>(count) / draws; };
    DOCTEST_CHECK(std::abs(share(noise) - 0.1) < 0.012);
    DOCTEST_CHECK(std::abs(share(brightness) - 0.15) < 0.014);
    DOCTEST_CHECK(std::abs(share(contrast) - 0.15) < 0.014);
    DOCTEST_CHECK(std::abs(share(gamma) - 0.3) < 0.018);
    DOCTEST_CHECK(std::abs(share(inverted) - 0.1) < 0.012);
    DOCTEST_CHECK(std::abs(static_cast<double>(below) / static_cast<double>(factors) - 0.5) < 0.04);
  }

  DOCTEST_TEST_CASE(
      "noise on a device is normal, with the drawn standard deviation, and its seeds decide it") {
    const auto noise_of = [](const std::vector<uint64_t>& seeds) {
      Sample sample = synthetic_sample({40, 50, 60}, 2);
      sample.image.voxels.fill_(5);
      apply_on_device(NoiseOptions{}, {0.3, seeds}, sample);
      return (sample.image.voxels - 5) / 0.3;
    };
    const Tensor noise = noise_of({1, 2});
    const double tolerance = 4 / std::sqrt(120000.0);
    for (int64_t c = 0; c < 2; ++c) {
      DOCTEST_CHECK(std::abs(noise[c].mean().item<double>()) < tolerance);
      DOCTEST_CHECK(std::abs(noise[c].square().mean().item<double>() - 1) < 2 * tolerance);
      DOCTEST_CHECK(std::abs(noise[c].pow(4).mean().item<double>() - 3) < 10 * tolerance);
    }
    DOCTEST_CHECK(std::abs((noise[0] * noise[1]).mean().item<double>()) < tolerance);
    DOCTEST_CHECK(noise.equal(noise_of({1, 2})));
    DOCTEST_CHECK(noise[0].equal(noise_of({1, 3})[0]));
    DOCTEST_CHECK_FALSE(noise[1].equal(noise_of({1, 3})[1]));
  }

  DOCTEST_TEST_CASE("noise is normal, with the drawn standard deviation, independent between channels") {
    Sample sample = synthetic_sample({40, 50, 60}, 2);
    sample.image.voxels.zero_();
    const NoiseDraw drawn{0.3, {1, 2}};
    apply(NoiseOptions{}, drawn, sample);
    const Tensor noise = sample.image.voxels / 0.3;
    const double tolerance = 4 / std::sqrt(120000.0);
    for (int64_t c = 0; c < 2; ++c) {
      DOCTEST_CHECK(std::abs(noise[c].mean().item<double>()) < tolerance);
      DOCTEST_CHECK(std::abs(noise[c].square().mean().item<double>() - 1) < 2 * tolerance);
      DOCTEST_CHECK(std::abs(noise[c].pow(3).mean().item<double>()) < 4 * tolerance);
      DOCTEST_CHECK(std::abs(noise[c].pow(4).mean().item<double>() - 3) < 10 * tolerance);
      const Tensor row = noise[c].flatten();
      for (const int64_t lag : {1, 16, 32})
        DOCTEST_CHECK(
            std::abs((row.narrow(0, 0, 100000) * row.narrow(0, lag, 100000)).mean().item<double>()) <
            1.2 * tolerance);
    }
    DOCTEST_CHECK(std::abs((noise[0] * noise[1]).mean().item<double>()) < tolerance);
    DOCTEST_CHECK(noise.abs().max().item<double>() > 4);
  }

  DOCTEST_TEST_CASE("contrast scales about the mean of a channel and stays in its range") {
    const Sample sample = synthetic_sample({9, 10, 11});
    const Tensor before = sample.image.voxels, mean = before.mean();
    Sample weaker = copy_of(sample), stronger = copy_of(sample);
    apply(ContrastOptions{}, {{0.8}}, weaker);
    DOCTEST_CHECK(largest_difference(weaker.image.voxels, (before - mean) * 0.8 + mean) < 1e-5);
    apply(ContrastOptions{}, {{1.25}}, stronger);
    const Tensor expected = ((before - mean) * 1.25 + mean).clamp(before.min(), before.max());
    DOCTEST_CHECK(largest_difference(stronger.image.voxels, expected) < 1e-5);
  }

  DOCTEST_TEST_CASE(
      "gamma keeps mean and standard deviation; 1 changes nothing; inverted acts on the negative") {
    const Sample sample = synthetic_sample({9, 10, 11});
    Sample bent = copy_of(sample), same = copy_of(sample), inverted = copy_of(sample),
           negative = copy_of(sample);
    apply(GammaOptions{}, {{0.7}, {}}, bent);
    DOCTEST_CHECK(largest_difference(bent.image.voxels, sample.image.voxels) > 0.01);
    DOCTEST_CHECK(largest_difference(bent.image.voxels.mean(), sample.image.voxels.mean()) < 1e-4);
    DOCTEST_CHECK(largest_difference(bent.image.voxels.std(), sample.image.voxels.std()) < 1e-4);
    apply(GammaOptions{}, {{1.0}, {}}, same);
    DOCTEST_CHECK(largest_difference(same.image.voxels, sample.image.voxels) < 1e-4);
    apply(GammaOptions{}, {{}, {1.4}}, inverted);
    negative.image.voxels.neg_();
    apply(GammaOptions{}, {{1.4}, {}}, negative);
    DOCTEST_CHECK(inverted.image.voxels.equal(-negative.image.voxels));
  }

  DOCTEST_TEST_CASE("factors and curves equal batchgeneratorsv2's") {
    const ScratchFolder folder;
    if (!run_python("data/golden/transforms.py", {folder.path()})) return;
    Sample sample;
    sample.image.voxels = read_npy(folder.path() / "image.npy");
    const std::vector<double> factors{0.8, 1.2};
    const auto difference = [&](const char* name, auto change) {
      Sample changed = copy_of(sample);
      change(changed);
      return largest_difference(changed.image.voxels, read_npy(folder.path() / (std::string(name) + ".npy")));
    };
    DOCTEST_CHECK(difference("brightness", [&](Sample& s) { apply(BrightnessOptions{}, {factors}, s); }) <
                  1e-5);
    DOCTEST_CHECK(difference("contrast", [&](Sample& s) { apply(ContrastOptions{}, {factors}, s); }) < 1e-5);
    DOCTEST_CHECK(difference("gamma", [&](Sample& s) { apply(GammaOptions{}, {factors, {}}, s); }) < 1e-4);
    DOCTEST_CHECK(difference("inverted", [&](Sample& s) { apply(GammaOptions{}, {{}, factors}, s); }) < 1e-4);
  }
}
