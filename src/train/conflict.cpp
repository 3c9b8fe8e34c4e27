// SPDX-License-Identifier: Apache-2.0
#include "train/conflict.hpp"

#include <ATen/ATen.h>

#include <limits>

#include "core/random.hpp"
#include "core/text.hpp"

namespace tazuna {

std::vector<std::string> pair_names(const std::vector<std::string>& tasks) {
  std::vector<std::string> names;
  for (size_t a = 0; a < tasks.size(); ++a)
    for (size_t b = a + 1; b < tasks.size(); ++b) names.push_back(cat(tasks[a], "_", tasks[b]));
  return names;
}

Tensor cosines_of(const Tensor& products) {
  const Tensor lengths = products.diagonal().sqrt();
  const Tensor cosines = products / (lengths.unsqueeze(0) * lengths.unsqueeze(1));
  const Tensor pairs = at::triu_indices(products.size(0), products.size(1), /*offset=*/1,
                                        at::TensorOptions(products.device()).dtype(at::kLong));
  return cosines.index({pairs[0], pairs[1]}).to(at::kFloat);
}

Tensor no_cosines(int64_t tasks, at::Device device) {
  return at::full({tasks * (tasks - 1) / 2}, std::numeric_limits<float>::quiet_NaN(),
                  at::TensorOptions(device).dtype(at::kFloat));
}

Tensor projected_shares(const Tensor& products, int64_t seed, int64_t step) {
  constexpr double least = 1e-300;  // of a squared length: without a gradient there is nothing to project on
  const int64_t tasks = products.size(0);
  const Tensor exact = products.to(at::kDouble);
  // Row i: how often each gradient is in what is left of task i's.
  const Tensor shares = at::eye(tasks, exact.options());
  for (int64_t i = 0; i < tasks; ++i) {
    for (const int64_t j : Random({"pcgrad", seed, step, i}).permutation(tasks)) {
      if (i == j) continue;
      const Tensor along = at::dot(shares[i], exact.select(1, j)).clamp_max(0);
      shares[i][j] -= along / exact[j][j].clamp_min(least);
    }
  }
  return shares.sum(0).to(at::kFloat);
}

}  // namespace tazuna
