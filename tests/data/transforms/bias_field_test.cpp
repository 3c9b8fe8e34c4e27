// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/bias_field.hpp"

#include <cmath>

#include "tests/data/synthetic.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// What the field did to a channel, up to the shift and scale that put mean and sd back: its values above the
/// smallest one, which air has and which stays air.
Tensor above_air(const Tensor& channel) {
  return channel - channel.min();
}

/// Ones with a voxel of air in a corner.
Sample bright_sample(const std::array<int64_t, 3>& size) {
  Sample sample = synthetic_sample(size);
  sample.image.voxels.fill_(1);
  sample.image.voxels[0][0][0][0].fill_(0);
  return sample;
}

}  // namespace

DOCTEST_TEST_SUITE("data/transforms/bias_field") {
  DOCTEST_TEST_CASE("the logarithm of the field is the drawn polynomial of the place") {
    const std::array<int64_t, 3> size{11, 13, 15};
    const BiasFieldOptions options{1, 2, 0.3};
    // x, x^2, y, y x, y^2, z, z x, z y, z^2
    const std::vector<double> c{0.1, -0.2, 0.3, 0.15, -0.1, -0.25, 0.05, 0.2, 0.12};
    Sample sample = bright_sample(size);
    apply(options, {{{0, c}}}, sample);
    const auto ramp = [](int64_t length) { return at::linspace(-1, 1, length, at::kDouble); };
    const Tensor z = ramp(11).view({-1, 1, 1}), y = ramp(13).view({1, -1, 1}), x = ramp(15).view({1, 1, -1});
    const Tensor expected = c[0] * x + c[1] * x * x + c[2] * y + c[3] * y * x + c[4] * y * y + c[5] * z +
                            c[6] * z * x + c[7] * z * y + c[8] * z * z;
    const Tensor field = above_air(sample.image.voxels[0].to(at::kDouble));
    const Tensor found = (field / field[5][6][7]).log();  // the middle is place 0, 0, 0
    DOCTEST_CHECK((found - expected).flatten().narrow(0, 1, found.numel() - 1).abs().max().item<double>() <
                  1e-4);
  }

  DOCTEST_TEST_CASE("air stays the darkest, and a field of strength zero changes nothing") {
    const Sample sample = bright_sample({8, 9, 10});
    for (int64_t key = 0; key < 20; ++key) {
      Random random{"bias", key};
      Sample with = sample;
      with.image.voxels = sample.image.voxels.clone();
      const BiasFieldOptions options{1, 3, key < 10 ? 2.0 : 0.0};
      apply(options, draw(options, random, sample), with);
      DOCTEST_CHECK(with.image.voxels.min().equal(with.image.voxels[0][0][0][0]));
      if (options.strength == 0)
        DOCTEST_CHECK((with.image.voxels - sample.image.voxels).abs().max().item<double>() < 1e-5);
    }
  }

  DOCTEST_TEST_CASE("a polynomial of order n has (n + 1)(n + 2)(n + 3) / 6 - 1 terms within the strength") {
    const Sample sample = synthetic_sample({2, 2, 2}, 2);
    for (int64_t order = 1; order <= 4; ++order) {
      Random random{"terms", order};
      const BiasFieldDraw drawn = draw({1, order, 0.7}, random, sample);
      DOCTEST_REQUIRE(drawn.channels.size() == 2);
      for (const auto& one : drawn.channels) {
        DOCTEST_CHECK(std::ssize(one.coefficients) == (order + 1) * (order + 2) * (order + 3) / 6 - 1);
        for (const double coefficient : one.coefficients) DOCTEST_CHECK(std::abs(coefficient) <= 0.7);
      }
    }
  }
}
