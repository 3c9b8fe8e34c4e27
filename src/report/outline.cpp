// SPDX-License-Identifier: Apache-2.0
#include "report/outline.hpp"

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <vector>

#include "core/text.hpp"

namespace tazuna {
namespace {

// Directions in clockwise order on a screen, where y points down.
enum Direction : int { right, down, left, up };
constexpr std::array<int, 4> step_x{1, 0, -1, 0}, step_y{0, 1, 0, -1};

/// The pixel edges that border a mask, each with the mask on its right hand, by the corner it starts from.
class Edges {
 public:
  explicit Edges(const Tensor& mask)
      : rows_(mask.size(0)),
        columns_(mask.size(1)),
        inside_(mask.to(at::kCPU, at::kBool).contiguous()),
        leaving_(static_cast<size_t>((rows_ + 1) * (columns_ + 1)), 0) {
    for (int64_t y = 0; y < rows_; ++y) {
      for (int64_t x = 0; x < columns_; ++x) {
        if (!inside(x, y)) continue;
        if (!inside(x, y - 1)) add(x, y, right);
        if (!inside(x + 1, y)) add(x + 1, y, down);
        if (!inside(x, y + 1)) add(x + 1, y + 1, left);
        if (!inside(x - 1, y)) add(x, y + 1, up);
      }
    }
  }

  std::string loops() {
    std::string path;
    for (int64_t y = 0; y <= rows_; ++y)
      for (int64_t x = 0; x <= columns_; ++x)
        for (int direction = right; direction <= up; ++direction)
          if (has(x, y, direction)) path += loop(x, y, direction);
    return path;
  }

 private:
  bool inside(int64_t x, int64_t y) const {
    return x >= 0 && y >= 0 && x < columns_ && y < rows_ && inside_.const_data_ptr<bool>()[y * columns_ + x];
  }
  uint8_t& at_corner(int64_t x, int64_t y) { return leaving_[static_cast<size_t>(y * (columns_ + 1) + x)]; }
  void add(int64_t x, int64_t y, int direction) { at_corner(x, y) |= static_cast<uint8_t>(1 << direction); }
  bool has(int64_t x, int64_t y, int direction) { return at_corner(x, y) >> direction & 1; }

  /// Follows edges until it is back, taking each away; straight runs become one command. Turning right where
  /// two loops meet stays with the same pixel.
  std::string loop(int64_t x, int64_t y, int direction) {
    const int64_t first_x = x, first_y = y;
    std::string path = cat("M", x, " ", y);
    for (int64_t run = 1;; ++run) {
      at_corner(x, y) &= static_cast<uint8_t>(~(1 << direction));
      x += step_x[static_cast<size_t>(direction)];
      y += step_y[static_cast<size_t>(direction)];
      const bool back = x == first_x && y == first_y;
      int next = direction;
      for (const int turn : {1, 0, 3}) {
        next = (direction + turn) % 4;
        if (has(x, y, next)) break;
      }
      if (!back && next == direction) continue;
      const bool sideways = direction == right || direction == left;
      path += cat(sideways ? "h" : "v", direction == left || direction == up ? -run : run);
      if (back) return path + "z";
      run = 0;
      direction = next;
    }
  }

  int64_t rows_, columns_;
  Tensor inside_;
  std::vector<uint8_t> leaving_;  // a bit for each direction
};

}  // namespace

std::string outline_path(const Tensor& mask) {
  expect_axes(mask, "mask to outline", 2, "H, W");
  return Edges(mask).loops();
}

}  // namespace tazuna
