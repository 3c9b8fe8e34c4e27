// SPDX-License-Identifier: Apache-2.0
#include "report/saliency_pictures.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "report/lettering.hpp"
#include "report/markup.hpp"
#include "report/svg.hpp"

namespace tazuna {
namespace {

constexpr double densest = 0.64;  // opacity of the greatest change
constexpr int scale_steps = 41;
constexpr double scale_left = 60, scale_right = 340, scale_height = 14;

/// A box in canonical axes with the change it stands for.
using CanonicalBox = BoxChange;

std::vector<CanonicalBox> canonical_boxes(const std::vector<BoxChange>& changes, const Geometry& native,
                                          const AxisOrder& order) {
  std::vector<CanonicalBox> boxes;
  for (const BoxChange& one : changes) {
    CanonicalBox box{.box = {}, .change = one.change};
    for (size_t axis = 0; axis < 3; ++axis) {
      const auto own = static_cast<size_t>(order.axis[axis]);
      const int64_t size = native.size[own], low = one.box.low[own], high = one.box.high[own];
      if (low < 0 || high > size || low >= high)
        throw Error(cat("a box from ", low, " to ", high, " on an axis of ", size, " voxels"));
      box.box.low[axis] = order.flip[axis] ? size - high : low;
      box.box.high[axis] = order.flip[axis] ? size - low : high;
    }
    boxes.push_back(box);
  }
  return boxes;
}

Box hull_of(const std::vector<CanonicalBox>& boxes) {
  Box hull = boxes.front().box;
  for (const CanonicalBox& one : boxes) {
    for (size_t axis = 0; axis < 3; ++axis) {
      hull.low[axis] = std::min(hull.low[axis], one.box.low[axis]);
      hull.high[axis] = std::max(hull.high[axis], one.box.high[axis]);
    }
  }
  return hull;
}

/// Blue where the answer falls, orange where it grows, the denser the more.
std::string paint_of(double change, double greatest) {
  const double share = greatest > 0 ? std::min(1.0, std::abs(change) / greatest) : 0;
  return cat("fill=\"", change < 0 ? "#4aa3ff" : "#ff8c1a", "\" fill-opacity=\"", coordinate(densest * share),
             "\"");
}

int digits_of(double greatest) {
  return greatest > 0 ? std::clamp(2 - static_cast<int>(std::floor(std::log10(greatest))), 0, 6) : 2;
}

/// The boxes that a slice across `axis` cuts, in pixels of shown_slice().
std::string overlay_of(const std::vector<CanonicalBox>& boxes, const Box& hull, size_t axis, int64_t index,
                       double greatest) {
  const size_t row = axis == 0 ? 1 : 0, column = axis == 2 ? 1 : 2;
  std::string markup = "<g shape-rendering=\"crispEdges\">";
  for (const CanonicalBox& one : boxes) {
    if (index < one.box.low[axis] || index >= one.box.high[axis]) continue;
    const auto size = one.box.size();
    markup += cat("<rect x=\"", hull.high[column] - one.box.high[column], "\" y=\"",
                  hull.high[row] - one.box.high[row], "\" width=\"", size[column], "\" height=\"", size[row],
                  "\" ", paint_of(one.change, greatest), "><title>",
                  signed_figure(one.change, digits_of(greatest)), "</title></rect>");
  }
  return markup + "</g>";
}

}  // namespace

double greatest_change(const std::vector<BoxChange>& changes) {
  double greatest = 0;
  for (const BoxChange& one : changes) greatest = std::max(greatest, std::abs(one.change));
  return greatest;
}

std::vector<SlicePicture> draw_changes(const Volume& image, const std::vector<BoxChange>& changes,
                                       const std::string& measure) {
  if (changes.empty()) throw Error("there is no box to draw");
  Placement placement;
  placement.native = image.geometry;
  placement.axes = canonical_order(image.geometry);
  const auto boxes = canonical_boxes(changes, image.geometry, placement.axes);
  placement.crop = hull_of(boxes);
  const PlaneImage plane = plane_image(image, placement);
  const Box& strongest = std::max_element(boxes.begin(), boxes.end(), [](const auto& a, const auto& b) {
                           return std::abs(a.change) < std::abs(b.change);
                         })->box;
  const double greatest = greatest_change(changes);
  std::vector<SlicePicture> planes;
  for (size_t axis = 0; axis < 3; ++axis) {
    if (!has_planes(plane, static_cast<int64_t>(axis))) continue;
    const int64_t index = (strongest.low[axis] + strongest.high[axis]) / 2;
    planes.push_back(draw_plane(plane, static_cast<int64_t>(axis), index - placement.crop.low[axis],
                                overlay_of(boxes, placement.crop, axis, index, greatest),
                                cat("boxes coloured by the change of the ", measure)));
  }
  return planes;
}

std::string change_scale(double greatest, const std::string& measure) {
  const std::string title = cat("change of the ", measure, " when a box is filled in");
  Drawing drawing(plot_width, 50, title);
  drawing.raw(cat("<rect x=\"", coordinate(scale_left), "\" y=\"2\" width=\"",
                  coordinate(scale_right - scale_left), "\" height=\"", coordinate(scale_height),
                  "\" fill=\"#8c8c8c\"/>"));  // bright as tissue, on which boxes lie
  const double step = (scale_right - scale_left) / scale_steps;
  for (int i = 0; i < scale_steps; ++i) {
    const double change = 2.0 * i / (scale_steps - 1) - 1;
    drawing.raw(cat("<rect x=\"", coordinate(scale_left + step * i), "\" y=\"2\" width=\"", coordinate(step),
                    "\" height=\"", coordinate(scale_height), "\" shape-rendering=\"crispEdges\" ",
                    paint_of(change, 1), "/>"));
  }
  const int digits = digits_of(greatest);
  const double middle = (scale_left + scale_right) / 2;
  drawing.text(scale_left, 30, signed_figure(-greatest, digits), "mid");
  drawing.text(middle, 30, "0", "mid");
  drawing.text(scale_right, 30, signed_figure(greatest, digits), "mid");
  drawing.text(middle, 46, cut_text(title, plot_width), "mid");
  return drawing.finish();
}

}  // namespace tazuna
