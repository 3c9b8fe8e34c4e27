// SPDX-License-Identifier: Apache-2.0
#include "report/plane_picture.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "image/picture.hpp"
#include "report/markup.hpp"
#include "report/svg.hpp"

namespace tazuna {
namespace {

constexpr int64_t widest_picture = 400;  // pixels a side; finer slices are thinned out
constexpr double drawn_width = 240;      // of a picture, in the units of its SVG

/// The grey values below and above which one voxel in two hundred lies.
std::array<double, 2> window_of(const Tensor& image) {
  constexpr int64_t enough = 500'000;
  Tensor values = image.flatten();
  values = values.slice(0, 0, values.size(0), std::max<int64_t>(1, values.size(0) / enough));
  const Tensor sorted = std::get<0>(values.masked_select(values.isfinite()).sort());
  const int64_t last = sorted.size(0) - 1;
  if (last < 0) return {0, 1};
  const auto quantile = [&](double share) {
    return sorted[std::llround(share * static_cast<double>(last))].item<double>();
  };
  return {quantile(0.005), quantile(0.995)};
}

/// What is up, down, left and right in a shown slice across an axis.
struct Side {
  const char *name, *top, *bottom, *left, *right;
};
constexpr std::array<Side, 3> sides{
    {{"axial", "A", "P", "R", "L"}, {"coronal", "S", "I", "R", "L"}, {"sagittal", "S", "I", "A", "P"}}};

/// The longest of 1, 2, 5, 10, ... mm that takes at most a third of the picture.
double bar_length(double width_mm) {
  double length = 0;
  for (const double power : {0.1, 1.0, 10.0, 100.0})
    for (const double factor : {1.0, 2.0, 5.0})
      if (factor * power <= width_mm / 3) length = factor * power;
  return length;
}

/// Names at the edges and a bar of known length.
void draw_marks(Drawing& drawing, const Side& side, double height, double width_mm) {
  drawing.text(drawn_width / 2, 13, side.top, "mid edge");
  drawing.text(drawn_width / 2, height - 5, side.bottom, "mid edge");
  drawing.text(5, height / 2 + 4, side.left, "edge");
  drawing.text(drawn_width - 5, height / 2 + 4, side.right, "end edge");
  const double bar = bar_length(width_mm);
  if (bar <= 0) return;
  drawing.line(6, height - 7, 6 + bar * drawn_width / width_mm, height - 7, "bar");
  drawing.text(6, height - 11, cat(number_text(bar), " mm"), "edge");
}

}  // namespace

PlaneImage plane_image(const Volume& image, const Placement& placement) {
  const Geometry ordered = reordered(placement.native, placement.axes);
  PlaneImage plane;
  plane.voxels = to_cropped(image.voxels.narrow(0, 0, 1), placement)[0].to(at::kFloat);
  plane.spacing = ordered.spacing;
  plane.first = placement.crop.low;
  plane.whole = ordered.size;
  const auto window = window_of(plane.voxels);
  plane.low = window[0];
  plane.high = window[1];
  return plane;
}

bool has_planes(const PlaneImage& image, int64_t axis) {
  return image.voxels.size((axis + 1) % 3) > 1 && image.voxels.size((axis + 2) % 3) > 1;
}

int64_t picture_step(int64_t rows, int64_t columns) {
  return std::max<int64_t>(1, (std::max(rows, columns) + widest_picture - 1) / widest_picture);
}

Tensor shown_slice(const Tensor& map, int64_t axis, int64_t index) {
  return map.select(axis, index).flip({0, 1}).contiguous();
}

SlicePicture draw_plane(const PlaneImage& image, int64_t axis, int64_t index, std::string_view overlay,
                        std::string_view words) {
  const Tensor slice = shown_slice(image.voxels, axis, index);
  const int64_t rows = slice.size(0), columns = slice.size(1), step = picture_step(rows, columns);
  const auto row_axis = static_cast<size_t>(axis == 0 ? 1 : 0),
             column_axis = static_cast<size_t>(axis == 2 ? 1 : 2);
  const double height_mm = static_cast<double>(rows) * image.spacing[row_axis];
  const double width_mm = static_cast<double>(columns) * image.spacing[column_axis];
  const double height = std::clamp(drawn_width * height_mm / width_mm, 20.0, 4 * drawn_width);
  const Side& side = sides[static_cast<size_t>(axis)];
  SlicePicture picture;
  picture.name = cat(side.name, " slice ", image.first[static_cast<size_t>(axis)] + index + 1, " of ",
                     image.whole[static_cast<size_t>(axis)]);
  Drawing drawing(drawn_width, height, cat(picture.name, ", ", words));
  const Picture grey =
      grey_picture(slice.slice(0, 0, rows, step).slice(1, 0, columns, step), image.low, image.high, {1, 1});
  drawing.raw(cat("<image width=\"", coordinate(drawn_width), "\" height=\"", coordinate(height),
                  "\" preserveAspectRatio=\"none\" href=\"data:image/png;base64,", base64(encode_png(grey)),
                  "\"/>"));
  drawing.raw(cat("<g transform=\"scale(", number_text(drawn_width / static_cast<double>(columns)), " ",
                  number_text(height / static_cast<double>(rows)), ")\">", overlay, "</g>"));
  draw_marks(drawing, side, height, width_mm);
  picture.svg = drawing.finish();
  return picture;
}

std::string window_words(const PlaneImage& image) {
  const double range = image.high - image.low;
  const int digits = range > 100 ? 0 : range > 1 ? 2 : 4;
  return cat("grey values ", figure(image.low, digits), " to ", figure(image.high, digits));
}

}  // namespace tazuna
