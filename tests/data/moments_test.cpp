// SPDX-License-Identifier: Apache-2.0
#include "data/moments.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "core/tensor.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

std::vector<float> values_of(int64_t count) {
  at::manual_seed(5);
  const Tensor random = at::randn({count}) * 3 + 100;
  return {random.data_ptr<float>(), random.data_ptr<float>() + count};
}

bool equal(const Moments& a, const Moments& b) {
  return a.mean == b.mean && a.sd == b.sd && a.least == b.least && a.most == b.most && a.finite == b.finite;
}

}  // namespace

DOCTEST_TEST_SUITE("data/moments") {
  DOCTEST_TEST_CASE("mean, standard deviation and range are those of the values, for every count") {
    for (const int64_t count : {1, 2, 7, 8, 9, 16, 1000, 4099}) {
      const std::vector<float> values = values_of(count);
      const Moments moments = moments_of(values);
      const Tensor exact = at::tensor(std::vector<double>(values.begin(), values.end()), at::kDouble);
      DOCTEST_CHECK(std::abs(moments.mean - exact.mean().item<double>()) < 1e-10);
      DOCTEST_CHECK(std::abs(moments.sd - exact.std(/*unbiased=*/false).item<double>()) < 1e-8);
      DOCTEST_CHECK(moments.least == *std::min_element(values.begin(), values.end()));
      DOCTEST_CHECK(moments.most == *std::max_element(values.begin(), values.end()));
      DOCTEST_CHECK(moments.finite);
    }
  }

  DOCTEST_TEST_CASE("pieces give the bits of the whole, wherever it is cut between lanes") {
    const std::vector<float> values = values_of(5003);
    const Moments whole = moments_of(values);
    for (const size_t piece : {size_t{8}, size_t{64}, size_t{4096}, size_t{8000}}) {
      MomentSums sums;
      for (size_t begin = 0; begin < values.size(); begin += piece)
        sums.add(std::span(values).subspan(begin, std::min(piece, values.size() - begin)));
      DOCTEST_CHECK(equal(sums.moments(), whole));
    }
  }

  DOCTEST_TEST_CASE("no values have moments of zero, and one that is not finite is noticed") {
    DOCTEST_CHECK(equal(moments_of({}), Moments{}));
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      for (const size_t place : {size_t{0}, size_t{13}, size_t{20}}) {
        std::vector<float> values = values_of(21);
        values[place] = bad;
        DOCTEST_CHECK_FALSE(moments_of(values).finite);
      }
    }
  }
}
