// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/spike.hpp"

#include <cmath>

#include "tests/data/synthetic.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/transforms/spike") {
  DOCTEST_TEST_CASE("one point of k-space and its mirror image become brighter, all others scale alike") {
    const std::array<int64_t, 3> size{10, 12, 14}, point{3, 11, 5};
    Sample sample = synthetic_sample(size);
    const Tensor image = sample.image.voxels[0].to(at::kDouble).clone();
    const double signal = (image.mean() - image.min()).item<double>();
    apply(SpikeOptions{}, {{{0, point, 0.5, 1.0}}}, sample);
    Tensor expected = at::fft_fftn(image);
    const double half = 0.5 * 0.5 * signal * 10 * 12 * 14;
    expected[3][11][5].add_(c10::complex<double>(half * std::cos(1.0), half * std::sin(1.0)));
    expected[7][1][9].add_(c10::complex<double>(half * std::cos(1.0), -half * std::sin(1.0)));
    const Tensor striped = at::real(at::fft_ifftn(expected));
    const Tensor restored = (striped - striped.mean()) / striped.std() * image.std() + image.mean();
    DOCTEST_CHECK((sample.image.voxels[0] - restored).abs().max().item<double>() < 1e-4);
  }

  DOCTEST_TEST_CASE("points are anywhere but in the centre, heights within their range") {
    const Sample sample = synthetic_sample({1, 2, 3});
    std::array<int64_t, 6> times{};
    for (int64_t key = 0; key < 5000; ++key) {
      Random random{"spike", key};
      const SpikeDraw drawn = draw({1, 0.05, 0.3}, random, sample);
      const auto& one = drawn.channels.at(0);
      ++times.at(static_cast<size_t>(one.point[1] * 3 + one.point[2]));
      DOCTEST_REQUIRE(one.point[0] == 0);
      DOCTEST_REQUIRE(one.height >= 0.05);
      DOCTEST_REQUIRE(one.height <= 0.3);
    }
    DOCTEST_CHECK(times[0] == 0);
    for (size_t i = 1; i < times.size(); ++i) DOCTEST_CHECK(std::abs(times[i] - 1000) < 130);
  }
}
