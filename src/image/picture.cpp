// SPDX-License-Identifier: Apache-2.0
#include "image/picture.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/png.hpp"

namespace tazuna {
namespace {

constexpr int64_t dash = 3;  // pixels drawn, and pixels left out, of a dashed line
constexpr std::array<std::array<int, 2>, 4> sides{
    {{-1, 0}, {1, 0}, {0, -1}, {0, 1}}};  // rows down, columns right

void expect_zoom(const std::array<int64_t, 2>& zoom) {
  if (zoom[0] < 1 || zoom[1] < 1)
    throw Error(cat("a picture's zoom is ", zoom[0], "x", zoom[1], "; each must be at least 1"));
}

void expect_whole(const Picture& picture) {
  if (picture.width < 1 || picture.height < 1 ||
      static_cast<int64_t>(picture.rgb.size()) != 3 * picture.width * picture.height) {
    throw Error(cat("a picture of ", picture.width, "x", picture.height, " pixels holds ", picture.rgb.size(),
                    " bytes; three a pixel are needed"));
  }
}

void paint(Picture& picture, int64_t x, int64_t y, const Colour& colour) {
  std::copy(colour.begin(), colour.end(), picture.rgb.begin() + 3 * (y * picture.width + x));
}

/// The pixels of one voxel, of which the outline takes those along the edges to other labels.
class VoxelPixels {
 public:
  VoxelPixels(Picture& picture, std::array<int64_t, 2> zoom, bool dashed)
      : picture_(picture), zoom_(zoom), dashed_(dashed) {}

  /// The edge towards row `down` (-1, 0, 1) and column `right` of voxel (`row`, `column`).
  void paint_edge(int64_t row, int64_t column, int down, int right, const Colour& colour) {
    const auto [high, wide] = zoom_;
    const int64_t top = row * high + (down > 0 ? high - 1 : 0),
                  left = column * wide + (right > 0 ? wide - 1 : 0);
    for (int64_t y = top; y < top + (down == 0 ? high : 1); ++y)
      for (int64_t x = left; x < left + (right == 0 ? wide : 1); ++x)
        if (!dashed_ || (x + y) / dash % 2 == 0) paint(picture_, x, y, colour);
  }

 private:
  Picture& picture_;
  std::array<int64_t, 2> zoom_;
  bool dashed_;
};

}  // namespace

Colour label_colour(int64_t label) {
  // The black of the palette would not show on an image and is white here.
  static constexpr std::array<Colour, 8> palette{{{213, 94, 0},
                                                  {86, 180, 233},
                                                  {240, 228, 66},
                                                  {0, 158, 115},
                                                  {204, 121, 167},
                                                  {230, 159, 0},
                                                  {0, 114, 178},
                                                  {255, 255, 255}}};
  if (label < 1) throw Error(cat("label ", label, " has no colour; labels count from 1"));
  return palette[static_cast<size_t>(label - 1) % palette.size()];
}

Picture grey_picture(const Tensor& slice, double low, double high, std::array<int64_t, 2> zoom) {
  expect_axes(slice, "slice of a picture", 2, "H, W");
  expect_zoom(zoom);
  const Tensor values = slice.to(at::kCPU, at::kDouble).contiguous();
  const auto* value = values.const_data_ptr<double>();
  Picture picture{slice.size(1) * zoom[1], slice.size(0) * zoom[0], {}};
  picture.rgb.resize(static_cast<size_t>(3 * picture.width * picture.height));
  auto* pixel = picture.rgb.data();
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x) {
      const double share = (value[y / zoom[0] * slice.size(1) + x / zoom[1]] - low) / (high - low);
      // Comparisons that NaN fails: it is black, as everything is where `high` equals `low`.
      const double grey = share > 0 && share < 1 ? share : share >= 1 && high > low ? 1 : 0;
      pixel = std::fill_n(pixel, 3, static_cast<uint8_t>(std::lround(255 * grey)));
    }
  }
  return picture;
}

void draw_outlines(Picture& picture, const Tensor& labels, std::array<int64_t, 2> zoom, bool dashed,
                   const Colour* colour) {
  expect_axes(labels, "labels of a picture", 2, "H, W");
  expect_zoom(zoom);
  expect_whole(picture);
  const int64_t rows = labels.size(0), columns = labels.size(1);
  if (rows * zoom[0] != picture.height || columns * zoom[1] != picture.width) {
    throw Error(cat("labels of ", shape_text(labels.sizes()), " with zoom ", zoom[0], "x", zoom[1],
                    " do not fit a picture of ", picture.height, "x", picture.width, " (rows, columns)"));
  }
  const Tensor whole = labels.to(at::kCPU, at::kLong).contiguous();
  const auto* label = whole.const_data_ptr<int64_t>();
  VoxelPixels pixels(picture, zoom, dashed);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      const int64_t own = label[row * columns + column];
      if (own <= 0) continue;
      const Colour ink = colour ? *colour : label_colour(own);
      const auto differs = [&](int64_t y, int64_t x) {
        return y < 0 || x < 0 || y >= rows || x >= columns || label[y * columns + x] != own;
      };
      for (const auto& [down, right] : sides)
        if (differs(row + down, column + right)) pixels.paint_edge(row, column, down, right, ink);
    }
  }
}

Picture contact_sheet(std::span<const Picture> pictures, int64_t columns, int64_t gap, Colour background) {
  if (pictures.empty()) throw Error("a contact sheet needs at least one picture");
  if (columns < 1 || gap < 0)
    throw Error(cat("a contact sheet of ", columns, " columns with gaps of ", gap,
                    " pixels; at least one column and no negative gap are needed"));
  int64_t width = 0, height = 0;
  for (const Picture& picture : pictures) {
    expect_whole(picture);
    width = std::max(width, picture.width);
    height = std::max(height, picture.height);
  }
  const auto count = static_cast<int64_t>(pictures.size());
  columns = std::min(columns, count);
  const int64_t rows = (count + columns - 1) / columns;
  Picture sheet{columns * (width + gap) - gap, rows * (height + gap) - gap, {}};
  sheet.rgb.reserve(static_cast<size_t>(3 * sheet.width * sheet.height));
  for (int64_t i = 0; i < sheet.width * sheet.height; ++i)
    sheet.rgb.insert(sheet.rgb.end(), background.begin(), background.end());
  for (int64_t i = 0; i < count; ++i) {
    const Picture& picture = pictures[static_cast<size_t>(i)];
    const int64_t left = i % columns * (width + gap) + (width - picture.width) / 2;
    const int64_t top = i / columns * (height + gap) + (height - picture.height) / 2;
    for (int64_t y = 0; y < picture.height; ++y) {
      const auto row = picture.rgb.begin() + 3 * y * picture.width;
      std::copy(row, row + 3 * picture.width, sheet.rgb.begin() + 3 * ((top + y) * sheet.width + left));
    }
  }
  return sheet;
}

std::vector<std::byte> encode_png(const Picture& picture) {
  expect_whole(picture);
  const std::vector<uint8_t>& rgb = picture.rgb;
  bool grey = true;
  for (size_t i = 0; grey && i < rgb.size(); i += 3) grey = rgb[i] == rgb[i + 1] && rgb[i] == rgb[i + 2];
  const auto width = static_cast<uint32_t>(picture.width), height = static_cast<uint32_t>(picture.height);
  if (!grey) return encode_png(width, height, 8, std::as_bytes(std::span(rgb)), 3);
  std::vector<std::byte> values(rgb.size() / 3);
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::byte{rgb[3 * i]};
  return encode_png(width, height, 8, values);
}

}  // namespace tazuna
