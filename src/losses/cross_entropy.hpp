// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/fields.hpp"
#include "core/tensor.hpp"

namespace tazuna {

/// Softmax cross-entropy, mean over the voxels of a row.
struct CrossEntropyOptions {
  static constexpr std::string_view kind = "ce";
};
void describe(Fields& fields, CrossEntropyOptions& options);
std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const CrossEntropyOptions& options);

}  // namespace tazuna
