// SPDX-License-Identifier: Apache-2.0
#include "kernels/precision.hpp"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("kernels/precision") {
  DOCTEST_TEST_CASE(
      "matrix products are bfloat16 while an Autocast lives, nested ones included, and never after") {
    const at::Device cpu(at::kCPU);
    const at::Tensor a = at::ones({2, 2});
    DOCTEST_CHECK((a.matmul(a).scalar_type() == at::kFloat));
    {
      const Autocast outer(cpu, true);
      DOCTEST_CHECK((a.matmul(a).scalar_type() == at::kBFloat16));
      { const Autocast inner(cpu, true); }
      DOCTEST_CHECK((a.matmul(a).scalar_type() == at::kBFloat16));
    }
    DOCTEST_CHECK((a.matmul(a).scalar_type() == at::kFloat));
    const Autocast none(cpu, false);
    DOCTEST_CHECK((a.matmul(a).scalar_type() == at::kFloat));
  }
}
