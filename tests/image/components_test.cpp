// SPDX-License-Identifier: Apache-2.0
#include "image/components.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Tensor random_mask(at::IntArrayRef size, double share) {
  return at::rand(size).lt(share);
}

DOCTEST_TEST_SUITE("image/components") {
  DOCTEST_TEST_CASE(
      "voxels that touch at a corner or an edge are one component with 26 neighbours, two with 6") {
    for (const bool corner : {true, false}) {
      Tensor mask = at::zeros({3, 3, 3}, at::kByte);
      mask[0][1][0] = 1;
      mask[corner ? 1 : 0][2][1] = 1;
      DOCTEST_CHECK(connected_components(mask, Neighbours::all).voxels == std::vector<int64_t>{2});
      DOCTEST_CHECK(connected_components(mask, Neighbours::faces).voxels == std::vector<int64_t>{1, 1});
    }
  }

  DOCTEST_TEST_CASE("a branch that closes late joins what was apart") {
    // A "U" whose arms meet in the last row, and one whose arms meet in the last plane.
    Tensor mask = at::zeros({3, 4, 5}, at::kBool);
    mask[0].select(1, 0).fill_(1);
    mask[0].select(1, 4).fill_(1);
    mask[0][3].fill_(1);
    DOCTEST_CHECK(connected_components(mask, Neighbours::faces).voxels.size() == 1);
    DOCTEST_CHECK(connected_components(mask.transpose(0, 1), Neighbours::faces).voxels.size() == 1);
    DOCTEST_CHECK(connected_components(mask.flip({1}), Neighbours::faces).voxels.size() == 1);
  }

  DOCTEST_TEST_CASE("components cover the mask, are numbered by size, and equal ones by their first voxel") {
    at::manual_seed(2);
    for (const double share : {0.0, 0.1, 0.3, 1.0}) {
      const Tensor mask = random_mask({6, 9, 12}, share);
      for (const Neighbours neighbours : {Neighbours::faces, Neighbours::all}) {
        const Components found = connected_components(mask, neighbours);
        DOCTEST_CHECK(found.labels.gt(0).equal(mask));
        DOCTEST_CHECK(std::ranges::is_sorted(found.voxels, std::greater<>()));
        int64_t first_before = -1;
        for (size_t i = 0; i < found.voxels.size(); ++i) {
          const Tensor places = found.labels.flatten().eq(static_cast<int64_t>(i) + 1).nonzero();
          DOCTEST_CHECK(places.size(0) == found.voxels[i]);
          const int64_t first = places[0][0].item<int64_t>();
          DOCTEST_CHECK((i == 0 || found.voxels[i] < found.voxels[i - 1] || first > first_before));
          first_before = first;
        }
      }
    }
  }

  DOCTEST_TEST_CASE("sizes do not depend on the order or the direction of the axes") {
    at::manual_seed(3);
    const Tensor mask = random_mask({8, 11, 7}, 0.25);
    for (const Neighbours neighbours : {Neighbours::faces, Neighbours::all}) {
      const auto sizes = connected_components(mask, neighbours).voxels;
      DOCTEST_CHECK(sizes == connected_components(mask.permute({2, 0, 1}), neighbours).voxels);
      DOCTEST_CHECK(sizes == connected_components(mask.flip({0, 2}).to(at::kShort), neighbours).voxels);
    }
  }

  DOCTEST_TEST_CASE("a mask that is no volume is refused") {
    DOCTEST_CHECK_THROWS_AS(connected_components(at::ones({3, 3}, at::kByte), Neighbours::all), Error);
  }

  DOCTEST_TEST_CASE("components are SciPy's") {
    const int masks = 120;
    const ScratchFolder folder;
    if (!run_python("image/golden/components.py", {folder.path(), std::to_string(masks)})) return;
    Bytes flags = read_bytes(folder.path() / "masks"), labels = read_bytes(folder.path() / "labels");
    std::ifstream sizes(folder.path() / "sizes");
    size_t offset = 0;
    int read = 0;
    for (int64_t depth = 0, height = 0, width = 0; sizes >> depth >> height >> width; ++read) {
      const std::vector<int64_t> size{depth, height, width};
      const auto voxels = static_cast<size_t>(depth * height * width);
      DOCTEST_REQUIRE(offset + voxels <= flags.size());
      DOCTEST_REQUIRE(8 * (offset + voxels) <= labels.size());
      const Tensor mask = at::from_blob(flags.data() + offset, size, at::kByte);
      const Tensor faces = at::from_blob(labels.data() + 8 * offset, size, at::kInt);
      const Tensor all = at::from_blob(labels.data() + 8 * offset + 4 * voxels, size, at::kInt);
      DOCTEST_CAPTURE(read);
      DOCTEST_CHECK(connected_components(mask, Neighbours::faces).labels.equal(faces));
      DOCTEST_CHECK(connected_components(mask, Neighbours::all).labels.equal(all));
      offset += voxels;
    }
    DOCTEST_CHECK(read == masks);
  }
}

}  // namespace
}  // namespace tazuna
