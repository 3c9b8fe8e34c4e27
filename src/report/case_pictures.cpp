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
#include "report/outline.hpp"

namespace tazuna {
namespace {

constexpr double margin_mm = 12;  // around the structures
constexpr int64_t fewest_slices = 8, most_slices = 64;

/// The case as it is drawn: the image, and maps that lie as it does.
struct CaseView {
  PlaneImage image;
  Tensor predicted, reference;  // [D, H, W] int32, 0 for what is no structure of the task
  std::vector<int64_t> labels;  // of the structures
};

Tensor structures_alone(const Tensor& map, const std::vector<int64_t>& labels) {
  const Tensor whole = map.to(at::kInt);
  return whole * at::isin(whole, at::tensor(at::IntArrayRef(labels), at::kLong).to(at::kInt));
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
  const Tensor mask = (view.predicted + view.reference).to(at::kBool);
  for (int axis = 0; axis < 3; ++axis) {
    const auto [low, high] = extent(mask, axis, ordered.spacing[static_cast<size_t>(axis)]);
    placement.crop.low[static_cast<size_t>(axis)] = low;
    placement.crop.high[static_cast<size_t>(axis)] = high;
    view.predicted = view.predicted.narrow(axis, low, high - low);
    view.reference = view.reference.narrow(axis, low, high - low);
  }
  view.image = plane_image(volumes.image, placement);
  return view;
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

SlicePicture draw_slice(const CaseView& view, int64_t axis, int64_t index) {
  const Tensor reference = shown_slice(view.reference, axis, index),
               predicted = shown_slice(view.predicted, axis, index);
  return draw_plane(
      view.image, axis, index,
      outlines(reference, view.labels, "casing") +  // keeps white dashes visible on bright tissue
          outlines(predicted, view.labels, "predicted") + outlines(reference, view.labels, "reference"),
      "image with outlines");
}

/// The slice across an axis with most voxels of structures, predicted and true ones counted apart; the middle
/// one without any.
int64_t fullest_slice(const CaseView& view, int64_t axis) {
  const Tensor voxels = view.predicted.gt(0).to(at::kLong) + view.reference.gt(0).to(at::kLong);
  const Tensor counts = voxels.sum({(axis + 1) % 3, (axis + 2) % 3});
  return counts.max().item<int64_t>() > 0 ? counts.argmax().item<int64_t>()
                                          : view.image.voxels.size(axis) / 2;
}

void draw_stack(const CaseView& view, int64_t axis, int64_t pixels, CasePictures& pictures) {
  const Tensor& image = view.image.voxels;
  const int64_t count = image.size(axis), area = image.numel() / count;
  const int64_t step = picture_step(image.size((axis + 1) % 3), image.size((axis + 2) % 3));
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
  pictures.window = window_words(view.image);
  int64_t thickest = -1;
  for (int64_t axis = 0; axis < 3; ++axis) {
    if (!has_planes(view.image, axis)) continue;
    const auto spacing = [&view](int64_t a) { return view.image.spacing[static_cast<size_t>(a)]; };
    if (thickest < 0 || spacing(axis) > 1.01 * spacing(thickest)) {
      thickest = axis;
      pictures.stacked = pictures.planes.size();
    }
    pictures.planes.push_back(draw_slice(view, axis, fullest_slice(view, axis)));
  }
  if (thickest >= 0 && view.image.voxels.size(thickest) > 1) draw_stack(view, thickest, pixels, pictures);
  return pictures;
}

}  // namespace tazuna
