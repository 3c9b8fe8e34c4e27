// SPDX-License-Identifier: Apache-2.0
#include "core/tensor.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

std::string shape_text(at::IntArrayRef sizes) {
  return join(sizes, "x");
}

void expect_axes(const Tensor& tensor, const char* name, int64_t axes, const char* letters) {
  if (tensor.defined() && tensor.dim() == axes) return;
  throw Error(cat(name, ": expected a tensor of ", axes, " axes (", letters, "), but got ",
                  tensor.defined() ? shape_text(tensor.sizes()) : "none"));
}

}  // namespace tazuna
