// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda_kernels.hpp"

#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

std::vector<NormShape> shapes() {
  std::vector<NormShape> all;
  for (const int64_t rows : {1, 2, 7, 300})
    for (const int64_t voxels : {1, 5, 64, 4097, 40 * 56 * 40, 128 * 128 * 128})
      for (const int64_t channels : {1, 3, 4, 8, 24, 32, 33, 40, 320, 512})
        for (const bool bf16 : {false, true})
          for (const bool aligned : {false, true}) {
            if (aligned && channels % (bf16 ? 8 : 4) != 0) continue;
            all.push_back({rows, voxels, channels, bf16, aligned});
          }
  return all;
}

}  // namespace

DOCTEST_TEST_SUITE("kernels/cuda_kernels") {
  DOCTEST_TEST_CASE("chunks of a tiling cover every voxel once, none of them is empty") {
    for (const NormShape& shape : shapes()) {
      const NormTiling tiling = norm_tiling(shape);
      DOCTEST_CAPTURE(shape.voxels);
      DOCTEST_CHECK(tiling.chunks * tiling.chunk >= shape.voxels);
      DOCTEST_CHECK((tiling.chunks - 1) * tiling.chunk < shape.voxels);
    }
  }

  DOCTEST_TEST_CASE(
      "tiles cover every channel, no tile is without one, lanes are a power of two of a block") {
    for (const NormShape& shape : shapes()) {
      const NormTiling tiling = norm_tiling(shape);
      const int64_t width = shape.aligned ? (shape.bf16 ? 8 : 4) : 1, in_a_tile = tiling.lanes * width;
      DOCTEST_CAPTURE(shape.channels);
      DOCTEST_CHECK(tiling.tiles * in_a_tile >= shape.channels);
      DOCTEST_CHECK((tiling.tiles - 1) * in_a_tile < shape.channels);
      DOCTEST_CHECK((tiling.lanes & (tiling.lanes - 1)) == 0);
      DOCTEST_CHECK(norm_threads % tiling.lanes == 0);
    }
  }

  DOCTEST_TEST_CASE("a grid has room for the tiling, and the workspace two values a chunk and channel") {
    for (const NormShape& shape : shapes()) {
      const NormTiling tiling = norm_tiling(shape);
      DOCTEST_CHECK(tiling.chunks <= 2048);
      DOCTEST_CHECK(tiling.tiles <= 65535);
      DOCTEST_CHECK(norm_workspace(shape) == 2 * shape.rows * tiling.chunks * shape.channels);
    }
  }

  DOCTEST_TEST_CASE(
      "there are no kernels before the CUDA module is open, and a library without any adds none") {
    DOCTEST_CHECK(!cuda_kernels());
    adopt_cuda_kernels(nullptr);  // stands for the program itself
    DOCTEST_CHECK(!cuda_kernels());
  }
}
