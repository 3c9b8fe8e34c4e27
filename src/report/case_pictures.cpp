// SPDX-License-Identifier: Apache-2.0
#include "report/case_pictures.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/picture.hpp"
#include "image/placement.hpp"
#include "report/markup.hpp"
#include "report/outline.hpp"
#include "report/svg.hpp"

namespace tazuna {
namespace {

constexpr double margin_mm = 12;         // around the structures
constexpr int64_t widest_picture = 400;  // pixels a side; finer slices are thinned out
constexpr double drawn_width = 240;      // of a picture, in the units of its SVG
constexpr int64_t fewest_slices = 8, most_slices = 64;

/// The case in canonical axes (0 from feet to head, 1 from back to front, 2 from left to right), cut to what
/// is drawn.
struct CaseView {
  Tensor image;                   // [D, H, W] float
  Tensor predicted, reference;    // [D, H, W] int32, 0 for what is no structure of the task
  std::array<double, 3> spacing;  // mm
  std::array<int64_t, 3> first;   // slice of the whole image that is the first one here
  std::array<int64_t, 3> whole;   // slices of the whole image
  std::vector<int64_t> labels;    // of the structures
  double low = 0, high = 1;       // grey values shown
};

Tensor structures_alone(const Tensor& map, const std::vector<int64_t>& labels) {
  const Tensor whole = map.to(at::kInt);
  return whole * at::isin(whole, at::tensor(at::IntArrayRef(labels), at::kLong).to(at::kInt));
}

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

/// First and one past the last slice along `axis` where the mask is, widened by the margin.
std::array<int64_t, 2> extent(const Tensor& mask, int64_t axis, double spacing) {
  const int64_t size = mask.size(axis);
  const Tensor there =
      mask.any((axis + 1) % 3, /*keepdim=*/true).any((axis + 2) % 3, true).flatten().nonzero();
  if (there.numel() == 0) return {0, size};
  const auto margin = static_cast<int64_t>(std::ceil(margin_mm / spacing));
  return {std::max<int64_t>(0, there.min().item<int64_t>() - margin),
          std::min(size, there.max().item<int64_t>() + 1 + margin)};
}

CaseView view_of(const CaseVolumes& volumes) {
  const Geometry& grid = volumes.image.geometry;
  expect_axes(volumes.image.voxels, "image of a case", 4, "C, D, H, W");
  for (const Tensor* map : {&volumes.predicted, &volumes.reference}) {
    if (map->sizes() == at::IntArrayRef(grid.size)) continue;
    throw Error(cat("a label map is ", shape_text(map->sizes()), ", but the image ", shape_text(grid.size)));
  }
  CaseView view;
  for (const auto& [name, label] : volumes.structures) view.labels.push_back(label);
  Placement placement;
  placement.native = grid;
  placement.axes = canonical_order(grid);
  const Geometry ordered = reordered(grid, placement.axes);
  placement.crop.high = ordered.size;
  const auto arranged = [&](const Tensor& map) { return to_cropped(map, placement)[0]; };
  view.predicted = structures_alone(arranged(volumes.predicted.unsqueeze(0)), view.labels);
  view.reference = structures_alone(arranged(volumes.reference.unsqueeze(0)), view.labels);
  view.spacing = ordered.spacing;
  view.whole = ordered.size;
  const Tensor mask = (view.predicted + view.reference).to(at::kBool);
  for (int axis = 0; axis < 3; ++axis) {
    const auto [low, high] = extent(mask, axis, ordered.spacing[static_cast<size_t>(axis)]);
    placement.crop.low[static_cast<size_t>(axis)] = low;
    placement.crop.high[static_cast<size_t>(axis)] = high;
    view.predicted = view.predicted.narrow(axis, low, high - low);
    view.reference = view.reference.narrow(axis, low, high - low);
  }
  view.first = placement.crop.low;
  view.image = arranged(volumes.image.voxels.narrow(0, 0, 1)).to(at::kFloat);
  const auto window = window_of(view.image);
  view.low = window[0];
  view.high = window[1];
  return view;
}

/// What is up, down, left and right in a slice across an axis; the slice's rows and columns are the other two
/// axes in order, both reversed.
struct Side {
  const char *name, *top, *bottom, *left, *right;
};
constexpr std::array<Side, 3> sides{
    {{"axial", "A", "P", "R", "L"}, {"coronal", "S", "I", "R", "L"}, {"sagittal", "S", "I", "A", "P"}}};

Tensor slice_of(const Tensor& volume, int64_t axis, int64_t index) {
  return volume.select(axis, index).flip({0, 1}).contiguous();
}

/// The longest of 1, 2, 5, 10, ... mm that takes at most a third of the picture.
double bar_length(double width_mm) {
  double length = 0;
  for (const double power : {0.1, 1.0, 10.0, 100.0})
    for (const double factor : {1.0, 2.0, 5.0})
      if (factor * power <= width_mm / 3) length = factor * power;
  return length;
}

/// Outlines of all structures in a slice, the i-th in its colour.
std::string outlines(const Tensor& slice, const std::vector<int64_t>& labels, const char* style) {
  std::string markup;
  for (size_t i = 0; i < labels.size(); ++i) {
    const std::string path = outline_path(slice == labels[i]);
    if (path.empty()) continue;
    const Colour colour = label_colour(static_cast<int64_t>(i) + 1);
    markup += cat("<path class=\"", style, "\" stroke=\"rgb(", int{colour[0]}, " ", int{colour[1]}, " ",
                  int{colour[2]}, ")\" d=\"", path, "\"/>");
  }
  return markup;
}

/// How much a slice is thinned out for its picture.
int64_t thinning(int64_t rows, int64_t columns) {
  return std::max<int64_t>(1, (std::max(rows, columns) + widest_picture - 1) / widest_picture);
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

SlicePicture draw_slice(const CaseView& view, int64_t axis, int64_t index) {
  const Tensor image = slice_of(view.image, axis, index);
  const int64_t rows = image.size(0), columns = image.size(1), step = thinning(rows, columns);
  const auto row_axis = static_cast<size_t>(axis == 0 ? 1 : 0),
             column_axis = static_cast<size_t>(axis == 2 ? 1 : 2);
  const double height_mm = static_cast<double>(rows) * view.spacing[row_axis];
  const double width_mm = static_cast<double>(columns) * view.spacing[column_axis];
  const double height = std::clamp(drawn_width * height_mm / width_mm, 20.0, 4 * drawn_width);
  const Side& side = sides[static_cast<size_t>(axis)];
  SlicePicture picture;
  picture.name = cat(side.name, " slice ", view.first[static_cast<size_t>(axis)] + index + 1, " of ",
                     view.whole[static_cast<size_t>(axis)]);
  Drawing drawing(drawn_width, height, cat(picture.name, ", image with outlines"));
  const Picture grey =
      grey_picture(image.slice(0, 0, rows, step).slice(1, 0, columns, step), view.low, view.high, {1, 1});
  drawing.raw(cat("<image width=\"", coordinate(drawn_width), "\" height=\"", coordinate(height),
                  "\" preserveAspectRatio=\"none\" href=\"data:image/png;base64,", base64(encode_png(grey)),
                  "\"/>"));
  drawing.raw(cat("<g transform=\"scale(", number_text(drawn_width / static_cast<double>(columns)), " ",
                  number_text(height / static_cast<double>(rows)), ")\">"));
  const Tensor reference = slice_of(view.reference, axis, index);
  drawing.raw(outlines(reference, view.labels, "casing"));  // keeps white dashes visible on bright tissue
  drawing.raw(outlines(slice_of(view.predicted, axis, index), view.labels, "predicted"));
  drawing.raw(outlines(reference, view.labels, "reference"));
  drawing.raw("</g>");
  draw_marks(drawing, side, height, width_mm);
  picture.svg = drawing.finish();
  return picture;
}

/// The slice across an axis with most voxels of structures, predicted and true ones counted apart; the middle
/// one without any.
int64_t fullest_slice(const CaseView& view, int64_t axis) {
  const Tensor voxels = view.predicted.gt(0).to(at::kLong) + view.reference.gt(0).to(at::kLong);
  const Tensor counts = voxels.sum({(axis + 1) % 3, (axis + 2) % 3});
  return counts.max().item<int64_t>() > 0 ? counts.argmax().item<int64_t>() : view.image.size(axis) / 2;
}

/// An axis can be looked along where what remains is more than a line.
bool has_slices(const CaseView& view, int64_t axis) {
  return view.image.size((axis + 1) % 3) > 1 && view.image.size((axis + 2) % 3) > 1;
}

void draw_stack(const CaseView& view, int64_t axis, int64_t pixels, CasePictures& pictures) {
  const int64_t count = view.image.size(axis), area = view.image.numel() / count;
  const int64_t step = thinning(view.image.size((axis + 1) % 3), view.image.size((axis + 2) % 3));
  const int64_t affordable = std::clamp(pixels * step * step / area, fewest_slices, most_slices);
  const int64_t one_in = (count + affordable - 1) / affordable, fullest = fullest_slice(view, axis);
  // Whole steps from the fullest slice, so that it is one of them.
  for (int64_t index = fullest % one_in; index < count; index += one_in) {
    if (index == fullest) pictures.middle = pictures.stack.size();
    pictures.stack.push_back(draw_slice(view, axis, index));
  }
}

}  // namespace

CasePictures draw_case(const CaseVolumes& volumes, int64_t pixels) {
  const CaseView view = view_of(volumes);
  CasePictures pictures;
  const int digits = view.high - view.low > 100 ? 0 : view.high - view.low > 1 ? 2 : 4;
  pictures.window = cat("grey values ", figure(view.low, digits), " to ", figure(view.high, digits));
  int64_t thickest = -1;
  for (int64_t axis = 0; axis < 3; ++axis) {
    if (!has_slices(view, axis)) continue;
    const auto spacing = [&view](int64_t a) { return view.spacing[static_cast<size_t>(a)]; };
    if (thickest < 0 || spacing(axis) > 1.01 * spacing(thickest)) {
      thickest = axis;
      pictures.stacked = pictures.planes.size();
    }
    pictures.planes.push_back(draw_slice(view, axis, fullest_slice(view, axis)));
  }
  if (thickest >= 0 && view.image.size(thickest) > 1) draw_stack(view, thickest, pixels, pictures);
  return pictures;
}

}  // namespace tazuna
