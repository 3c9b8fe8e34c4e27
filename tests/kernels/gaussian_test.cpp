// SPDX-License-Identifier: Apache-2.0
#include "kernels/gaussian.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using Size = std::array<int64_t, 3>;

DOCTEST_TEST_SUITE("kernels/gaussian") {
  DOCTEST_TEST_CASE("the weights are nnU-Net's") {
    const std::vector<Size> tiles{{40, 56, 40}, {5, 7, 64}, {1, 96, 17}, {16, 2, 3}};
    const ScratchFolder folder;
    std::vector<std::filesystem::path> arguments{folder.path()};
    for (const Size& tile : tiles) arguments.emplace_back(join(tile, ","));
    if (!run_python("kernels/golden/gaussian.py", arguments)) return;
    for (const Size& tile : tiles) {
      DOCTEST_CAPTURE(join(tile, "x"));
      Bytes bytes = read_bytes(folder.path() / join(tile, ","));
      DOCTEST_REQUIRE(bytes.size() == static_cast<size_t>(4 * tile[0] * tile[1] * tile[2]));
      const Tensor expected = at::from_blob(bytes.data(), tile, at::kFloat);
      DOCTEST_CHECK(at::allclose(gaussian_weights(tile), expected, 1e-5, 0));
    }
  }

  DOCTEST_TEST_CASE("the greatest weight is 1, at size // 2, and no weight is 0") {
    for (const Size& tile : {Size{40, 56, 40}, Size{3, 5, 7}, Size{1, 1, 1}, Size{1, 160, 2}}) {
      for (const double scale : {0.125, 0.02}) {
        const Tensor weights = gaussian_weights(tile, scale);
        DOCTEST_CHECK((weights.sizes() == at::IntArrayRef(tile)));
        DOCTEST_CHECK(weights.max().item<float>() == 1);
        DOCTEST_CHECK(weights[tile[0] / 2][tile[1] / 2][tile[2] / 2].item<float>() == 1);
        DOCTEST_CHECK(weights.min().item<float>() > 0);
      }
    }
  }

  DOCTEST_TEST_CASE("a tile without voxels is refused") {
    DOCTEST_CHECK_THROWS_AS(gaussian_weights({4, 0, 4}), Error);
  }

  DOCTEST_TEST_CASE("add_weighted adds weights * logits to the box and to nothing else") {
    const Tensor weights = gaussian_weights({4, 5, 6});
    for (const auto type : {at::kFloat, at::kBFloat16, at::kDouble}) {
      const Tensor logits = at::randn({3, 4, 5, 6}).to(type);
      for (const Tensor& tile :
           {logits, logits.contiguous().permute({0, 3, 2, 1}).contiguous().permute({0, 3, 2, 1})}) {
        Tensor sum = at::randn({3, 9, 9, 9});
        Tensor expected = sum.clone();
        expected.narrow(1, 1, 4).narrow(2, 0, 5).narrow(3, 3, 6).add_(weights * logits.to(at::kFloat));
        add_weighted(sum, tile, weights, {1, 0, 3});
        DOCTEST_CHECK(at::allclose(sum, expected, 1e-6, 1e-6));
      }
    }
  }

  DOCTEST_TEST_CASE("logits of a mirrored tile are turned back, the weights are not") {
    const Tensor weights = gaussian_weights({4, 5, 6});
    for (const auto type : {at::kFloat, at::kBFloat16, at::kDouble}) {
      const Tensor logits = at::randn({3, 4, 5, 6}).to(type);
      const Tensor last = logits.permute({1, 2, 3, 0}).contiguous().permute({3, 0, 1, 2});
      for (const std::vector<int64_t>& axes : {std::vector<int64_t>{0}, {2}, {0, 1}, {0, 1, 2}}) {
        std::vector<int64_t> flips = axes;
        for (int64_t& axis : flips) ++axis;
        Tensor expected = at::ones({3, 4, 5, 6});
        add_weighted(expected, at::flip(logits, flips), weights, {0, 0, 0});
        for (const Tensor& tile : {logits, last}) {
          Tensor sum = at::ones({3, 4, 5, 6});
          add_weighted(sum, tile, weights, {0, 0, 0}, axes);
          DOCTEST_CHECK(at::equal(sum, expected));
        }
      }
    }
  }

  DOCTEST_TEST_CASE("a tile that leaves the sum, or weights of another size, are refused") {
    Tensor sum = at::zeros({2, 8, 8, 8});
    const Tensor logits = at::zeros({2, 4, 4, 4});
    for (const Size& low : {Size{5, 0, 0}, Size{0, -1, 0}, Size{0, 0, 9}}) {
      DOCTEST_CHECK_THROWS_AS(add_weighted(sum, logits, at::ones({4, 4, 4}), low), Error);
    }
    DOCTEST_CHECK_THROWS_AS(add_weighted(sum, logits, at::ones({4, 4, 3}), {0, 0, 0}), Error);
    DOCTEST_CHECK_THROWS_AS(add_weighted(sum, at::zeros({3, 4, 4, 4}), at::ones({4, 4, 4}), {0, 0, 0}),
                            Error);
  }
}

}  // namespace
}  // namespace tazuna
