// SPDX-License-Identifier: Apache-2.0
#include "train/conflict.hpp"

#include <ATen/ATen.h>

#include "core/random.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// Gradients [tasks, 12] that lean against each other.
Tensor gradients(int64_t tasks, int64_t seed) {
  Tensor rows = at::empty({tasks, 12}, at::kDouble);
  Random random({"conflict", tasks, seed});
  for (int64_t t = 0; t < tasks; ++t)
    for (int64_t i = 0; i < 12; ++i) rows[t][i] = random.normal() + (t % 2 == 0 ? 0.7 : -0.7);
  return rows;
}

Tensor products(const Tensor& rows) {
  return at::mm(rows, rows.t());
}

/// The sum of projected gradients as the paper writes it, vector by vector.
Tensor projected_sum(const Tensor& rows, int64_t seed, int64_t step) {
  Tensor sum = at::zeros({rows.size(1)}, at::kDouble);
  for (int64_t i = 0; i < rows.size(0); ++i) {
    Tensor own = rows[i].clone();
    for (const int64_t j : Random({"pcgrad", seed, step, i}).permutation(rows.size(0))) {
      const double along = at::dot(own, rows[j]).item<double>();
      if (i != j && along < 0) own -= along / at::dot(rows[j], rows[j]).item<double>() * rows[j];
    }
    sum += own;
  }
  return sum;
}

}  // namespace

DOCTEST_TEST_SUITE("train/conflict") {
  DOCTEST_TEST_CASE("cosines are those of the angles, in the order of the pairs' names") {
    const Tensor rows = gradients(3, 0);
    const Tensor cosines = cosines_of(products(rows));
    DOCTEST_CHECK(pair_names({"a", "b", "c"}) == std::vector<std::string>{"a_b", "a_c", "b_c"});
    const std::vector<std::pair<int, int>> pairs{{0, 1}, {0, 2}, {1, 2}};
    for (int64_t p = 0; p < 3; ++p) {
      const auto [a, b] = pairs[static_cast<size_t>(p)];
      const double cosine = (at::dot(rows[a], rows[b]) / rows[a].norm() / rows[b].norm()).item<double>();
      DOCTEST_CHECK(cosines[p].item<double>() == doctest::Approx(cosine).epsilon(1e-6));
    }
    DOCTEST_CHECK(cosines_of(products(gradients(1, 0))).numel() == 0);
    DOCTEST_CHECK(no_cosines(4, at::kCPU).isnan().sum().item<int64_t>() == 6);
  }

  DOCTEST_TEST_CASE("a task without a gradient has no angle and changes no other task's gradient") {
    Tensor rows = gradients(3, 1);
    rows[1].zero_();
    const Tensor cosines = cosines_of(products(rows)).isnan();
    DOCTEST_CHECK(cosines[0].item<bool>());
    DOCTEST_CHECK_FALSE(cosines[1].item<bool>());
    const Tensor with = projected_shares(products(rows), 1, 2).to(at::kDouble);
    DOCTEST_CHECK(at::isfinite(with).all().item<bool>());
    DOCTEST_CHECK((at::mv(rows.t(), with) - projected_sum(rows, 1, 2)).abs().max().item<double>() < 1e-5);
  }

  DOCTEST_TEST_CASE("the combination of gradients is the sum of projected ones, for every order") {
    for (int64_t tasks = 2; tasks <= 5; ++tasks) {
      for (int64_t step = 0; step < 10; ++step) {
        const Tensor rows = gradients(tasks, step);
        const Tensor shares = projected_shares(products(rows), 3, step).to(at::kDouble);
        DOCTEST_CHECK((at::mv(rows.t(), shares) - projected_sum(rows, 3, step)).abs().max().item<double>() <
                      1e-5);
      }
    }
  }

  DOCTEST_TEST_CASE("of two tasks that conflict neither is worsened, two that agree are left alone") {
    for (int64_t seed = 0; seed < 10; ++seed) {
      const Tensor rows = gradients(2, seed);
      const bool conflict = products(rows)[0][1].item<double>() < 0;
      const Tensor shares = projected_shares(products(rows), 1, seed).to(at::kDouble);
      const Tensor sum = at::mv(rows.t(), shares);
      if (!conflict) DOCTEST_CHECK(at::equal(shares, at::ones({2}, at::kDouble)));
      for (int64_t t = 0; t < 2; ++t) DOCTEST_CHECK(at::dot(sum, rows[t]).item<double>() >= -1e-5);
    }
  }
}
