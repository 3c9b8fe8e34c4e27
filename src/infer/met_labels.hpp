// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "core/tensor.hpp"

namespace tazuna {

/// The labels of a map (whole numbers, any shape) but 0.
std::set<int64_t> labels_in(const Tensor& map);

/// "the predictions hold the label 255, the references 1: no label in common, …" where both hold labels and
/// share none; "" elsewhere.
std::string nothing_in_common(const std::set<int64_t>& predicted, const std::set<int64_t>& reference);

}  // namespace tazuna
