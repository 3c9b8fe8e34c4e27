// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/tensor.hpp"

namespace tazuna {

/// "<a>_<b>" for every pair of tasks, a before b, in the order of cosines_of().
std::vector<std::string> pair_names(const std::vector<std::string>& tasks);

/// From the inner products of the tasks' gradients [tasks, tasks] the cosine of each pair's angle, float32
/// [pairs]; NaN where one of the two has no gradient. Below 0 the tasks pull in opposite directions.
Tensor cosines_of(const Tensor& products);
/// As many NaN: nobody looked.
Tensor no_cosines(int64_t tasks, at::Device device);

/// PCGrad (Yu et al. 2020): each task's gradient loses its component along every other task's gradient that
/// it conflicts with, one after the other in random order, a function of (seed, step). Returns how often each
/// task's own gradient is in the sum of all, float32 [tasks], since that sum is a combination of them;
/// `products` as above.
Tensor projected_shares(const Tensor& products, int64_t seed, int64_t step);

}  // namespace tazuna
