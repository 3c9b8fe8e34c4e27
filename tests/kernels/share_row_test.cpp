// SPDX-License-Identifier: Apache-2.0
#include "kernels/share_row.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/tensor.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

struct Row {
  Tensor shares, entropy;
};
/// Of logits [K, W].
Row row_of(const Tensor& logits) {
  const int64_t classes = logits.size(0), width = logits.size(1);
  Row row{at::zeros({classes, width}), at::zeros({width})};
  ShareRow shares(classes, width,
                  {.shares = row.shares.data_ptr<float>(),
                   .entropy = row.entropy.data_ptr<float>(),
                   .next_class = width,
                   .next = {0, 0, 1}});
  for (int64_t k = 0; k < classes; ++k)
    std::copy_n(logits[k].contiguous().data_ptr<float>(), width, shares.logits(k));
  const Tensor greatest = logits.amax(0).contiguous();
  shares.store(greatest.data_ptr<float>(), 0, 0);
  return row;
}

DOCTEST_TEST_SUITE("kernels/share_row") {
  DOCTEST_TEST_CASE("a share is right to three units in the last place, however small") {
    const Tensor below = at::linspace(-87, 0, 200001, at::kFloat);
    const Tensor logits = at::stack({below, at::zeros_like(below)});
    const Tensor found = row_of(logits).shares[0].to(at::kDouble);
    const Tensor expected = at::sigmoid(below.to(at::kDouble));
    const double unit = std::numeric_limits<float>::epsilon();
    DOCTEST_CHECK(((found - expected).abs() / expected).max().item<double>() < 3 * unit);
  }

  DOCTEST_TEST_CASE(
      "shares sum to one; equal logits share equally and know nothing, an outvoted class has none") {
    at::manual_seed(1);
    for (const int64_t classes : {2, 3, 7, 40}) {
      const Row any = row_of(at::randn({classes, 101}) * 5);
      DOCTEST_CHECK(at::allclose(any.shares.sum(0), at::ones({101}), 1e-5, 1e-5));
      const Row equal = row_of(at::full({classes, 9}, 3.25));
      DOCTEST_CHECK(equal.shares.eq(1.0F / static_cast<float>(classes)).all().item<bool>());
      DOCTEST_CHECK(at::allclose(equal.entropy, at::ones({9})));
    }
    Tensor sure = at::full({3, 4}, -1000.0);
    sure[1] = 0;
    sure[2] = -std::numeric_limits<float>::infinity();
    const Row row = row_of(sure);
    DOCTEST_CHECK(at::equal(row.shares, at::tensor({0.0F, 1.0F, 0.0F}).unsqueeze(1).expand({3, 4})));
    DOCTEST_CHECK(row.entropy.eq(0).all().item<bool>());
  }

  DOCTEST_TEST_CASE("what is no number stays none") {
    Tensor logits = at::zeros({2, 3});
    logits[0][1] = std::nan("");
    const Row row = row_of(logits.to(at::kFloat));
    DOCTEST_CHECK(at::equal(row.shares.isnan(), logits.isnan().any(0).expand({2, 3})));
    DOCTEST_CHECK(at::equal(row.entropy.isnan(), logits.isnan().any(0)));
  }

  DOCTEST_TEST_CASE("a single class is certain") {
    const Row row = row_of(at::tensor({-3.0F, 0.0F, 8.0F}).unsqueeze(0));
    DOCTEST_CHECK(row.shares.eq(1).all().item<bool>());
    DOCTEST_CHECK(row.entropy.eq(0).all().item<bool>());
  }
}

}  // namespace
}  // namespace tazuna
