// SPDX-License-Identifier: Apache-2.0
#include "networks/norm.hpp"

#include <ATen/ATen.h>

#include "kernels/instance_norm.hpp"

namespace tazuna {

InstanceNormImpl::InstanceNormImpl(int64_t channels)
    : weight_(register_parameter("weight", at::ones({channels}))),
      bias_(register_parameter("bias", at::zeros({channels}))) {}

Tensor InstanceNormImpl::forward(const Tensor& input, const Tensor& residual, double slope) {
  return instance_norm(input, weight_, bias_, residual, slope);
}

}  // namespace tazuna
