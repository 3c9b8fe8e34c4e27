// SPDX-License-Identifier: Apache-2.0
#include "report/outline.hpp"

#include <ATen/ATen.h>

#include <cstdint>
#include <sstream>
#include <vector>

#include "core/random.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Tensor mask_of(const std::vector<std::string>& rows) {
  const auto height = static_cast<int64_t>(rows.size()), width = static_cast<int64_t>(rows[0].size());
  Tensor mask = at::zeros({height, width}, at::kBool);
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      mask[y][x] = rows[static_cast<size_t>(y)][static_cast<size_t>(x)] == '#';
  return mask;
}

struct Loop {
  double area = 0;  ///< above 0: clockwise on a screen
  int64_t length = 0;
  bool closed = false;
};

/// Walks the path's loops, M x y (h n | v n)* z each.
std::vector<Loop> walk(const std::string& path) {
  std::vector<Loop> loops;
  std::istringstream in(path);
  char command = 0;
  int64_t x = 0, y = 0, first_x = 0, first_y = 0, run = 0;
  while (in >> command) {
    if (command == 'M') {
      in >> x >> y;
      first_x = x;
      first_y = y;
      loops.emplace_back();
    } else if (command == 'h' || command == 'v') {
      in >> run;
      if (command == 'h') {
        loops.back().area -= static_cast<double>(run * y);
        x += run;
      } else {
        y += run;
      }
      loops.back().length += run < 0 ? -run : run;
    } else {
      DOCTEST_REQUIRE(command == 'z');
      loops.back().closed = x == first_x && y == first_y;
    }
  }
  return loops;
}

DOCTEST_TEST_SUITE("report/outline") {
  DOCTEST_TEST_CASE("small masks have the paths one would draw by hand") {
    DOCTEST_CHECK(outline_path(mask_of({"..", ".."})).empty());
    DOCTEST_CHECK(outline_path(mask_of({"#"})) == "M0 0h1v1h-1v-1z");
    DOCTEST_CHECK(outline_path(mask_of({"....", ".##.", ".##."})) == "M1 1h2v2h-2v-2z");
    DOCTEST_CHECK(outline_path(mask_of({"#.", "##"})) == "M0 0h1v1h1v1h-2v-2z");
  }

  DOCTEST_TEST_CASE(
      "pixels that touch at a corner have loops of their own; a hole has one of the other sense") {
    DOCTEST_CHECK(walk(outline_path(mask_of({"#.", ".#"}))).size() == 2);
    DOCTEST_CHECK(walk(outline_path(mask_of({".#", "#."}))).size() == 2);
    const auto ring = walk(outline_path(mask_of({"###", "#.#", "###"})));
    DOCTEST_REQUIRE(ring.size() == 2);
    DOCTEST_CHECK(ring[0].area == 9);
    DOCTEST_CHECK(ring[1].area == -1);
  }

  DOCTEST_TEST_CASE("loops are closed, enclose as much as the mask holds and are as long as its border") {
    Random random({"outline"});
    for (int trial = 0; trial < 50; ++trial) {
      const int64_t height = 1 + random.below(9), width = 1 + random.below(9);
      Tensor mask = at::zeros({height, width}, at::kBool);
      for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x) mask[y][x] = random.chance(0.5);
      const Tensor padded = at::constant_pad_nd(mask.to(at::kInt), {1, 1, 1, 1});
      const int64_t border =
          padded.diff(1, 0).abs().sum().item<int64_t>() + padded.diff(1, 1).abs().sum().item<int64_t>();
      double area = 0;
      int64_t length = 0;
      for (const Loop& loop : walk(outline_path(mask))) {
        DOCTEST_CHECK(loop.closed);
        area += loop.area;
        length += loop.length;
      }
      DOCTEST_CHECK(area == mask.sum().item<double>());
      DOCTEST_CHECK(length == border);
    }
  }
}

}  // namespace
}  // namespace tazuna
