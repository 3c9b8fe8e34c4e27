// SPDX-License-Identifier: Apache-2.0
#include "data/whole_view.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/percentile.hpp"
#include "data/transforms/channel.hpp"
#include "image/resample.hpp"

namespace tazuna {
namespace {

using Size = std::array<int64_t, 3>;

constexpr double most_degrees = 10, most_scaling = 0.1;
constexpr double usual_percent = 95;

/// The percentile of the cases' cropped sizes in voxels at the working spacing, working axis order.
std::array<double, 3> usual_size(const Fingerprint& fingerprint, const std::vector<double>& spacing,
                                 const std::vector<int64_t>& arrange) {
  std::array<double, 3> usual;
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto canonical = static_cast<size_t>(arrange.at(axis));
    std::vector<double> sizes;
    for (const CasePrint& print : fingerprint.cases) {
      const int64_t size = print.cropped_size[canonical];
      const double resampled = print.spacing[canonical] / spacing.at(axis) * static_cast<double>(size);
      sizes.push_back(size == 1 ? 1 : std::max(1.0, std::nearbyint(resampled)));  // a slice keeps its depth
    }
    usual[axis] = percentile(std::move(sizes), usual_percent);
  }
  return usual;
}

int64_t shortened(double length, double factor) {
  return std::max<int64_t>(1, std::llrint(length * factor));
}

/// What a case of this many voxels becomes on an axis.
int64_t padded(int64_t length, int64_t least, int64_t multiple) {
  return (std::max(length, least) + multiple - 1) / multiple * multiple;
}

void check(const WholeView& view) {
  if (view.multiple.size() != 3 || view.least.size() != 3)
    throw Error("a whole view needs three multiples and three least sizes");
  for (const int64_t multiple : view.multiple) {
    if (multiple < 1) throw Error(cat("a whole view cannot be a multiple of ", multiple, " voxels"));
  }
  if (!(view.factor > 0 && view.factor <= 1))
    throw Error(cat("the factor of a whole view is ", number_text(view.factor), "; it must be in (0, 1]"));
}

Tensor padded_evenly(const Tensor& voxels, const Size& size) {
  std::vector<int64_t> border;  // last axis first, as constant_pad_nd counts
  for (size_t axis = 3; axis-- > 0;) {
    const int64_t more = size[axis] - voxels.size(static_cast<int64_t>(axis) + 1);
    border.push_back(more / 2);
    border.push_back(more - more / 2);
  }
  const bool none = std::all_of(border.begin(), border.end(), [](int64_t one) { return one == 0; });
  return none ? voxels : at::constant_pad_nd(voxels, border);
}

/// The case as one view, still with the map of its nonzero mask.
Sample shrunk_and_padded(const Sample& sample, const WholeView& view) {
  check(view);
  expect_axes(sample.image.voxels, "image", 4, "C, D, H, W");
  const Size from = grid_size(sample);
  Size small, full;
  Box frame;  // the full view, in voxels of the small one
  for (size_t axis = 0; axis < 3; ++axis) {
    small[axis] = shortened(static_cast<double>(from[axis]), view.factor);
    full[axis] = padded(small[axis], view.least[axis], view.multiple[axis]);
    frame.low[axis] = -((full[axis] - small[axis]) / 2);
    frame.high[axis] = frame.low[axis] + full[axis];
  }
  const Geometry grid = cropped(resized(sample.image.geometry, small), frame);
  Sample whole = sample;
  whole.image = {padded_evenly(resized_image(sample.image.voxels, small, Interpolation::linear), full), grid};
  for (auto& [selector, map] : whole.maps) {
    if (small != from) {
      const Tensor resampled = resized_image(map.voxels.to(at::kFloat), small, Interpolation::nearest);
      map.voxels = resampled.to(at::kShort);
    }
    map = {padded_evenly(map.voxels, full), grid};
  }
  return whole;
}

/// Scales within what a whole view allows.
AffineOptions restrained(AffineOptions options) {
  options.scale_least = std::clamp(options.scale_least, 1 - most_scaling, 1 + most_scaling);
  options.scale_most = std::clamp(options.scale_most, 1 - most_scaling, 1 + most_scaling);
  return options;
}

}  // namespace

void describe(Fields& fields, WholeView& view) {
  fields.values("multiple", view.multiple, {1, 1e6}, "voxels that every edge is a multiple of, working axes");
  fields.values("least", view.least, {1, 1e6}, "voxels that every edge has at least");
  fields.number("factor", view.factor, {0.01, 1}, "by which a case is shrunk along every axis");
  fields.flag("both", view.both, "patches hold whole cases and serve subject tasks too");
}

WholeView plan_whole_view(const Fingerprint& fingerprint, const std::vector<double>& spacing,
                          const std::vector<int64_t>& arrange, const std::vector<int64_t>& patch,
                          int64_t batch, const std::vector<int64_t>& multiple) {
  const std::array<double, 3> usual = usual_size(fingerprint, spacing, arrange);
  WholeView view;
  view.multiple = multiple;
  view.both = true;
  for (size_t axis = 0; axis < 3; ++axis)
    view.both = view.both && static_cast<double>(patch.at(axis)) >= usual[axis];
  if (view.both) {
    view.least = patch;
    return view;
  }
  // Two voxels an axis are left at the bottleneck, since a norm over a single one means nothing.
  for (size_t axis = 0; axis < 3; ++axis) view.least[axis] = std::min(patch[axis], 2 * multiple.at(axis));
  const int64_t allowed = batch * patch[0] * patch[1] * patch[2];
  const auto voxels = [&](double factor) {
    int64_t product = 1;
    for (size_t axis = 0; axis < 3; ++axis)
      product *= padded(shortened(usual[axis], factor), view.least[axis], multiple[axis]);
    return product;
  };
  for (int twentieths = 20; twentieths >= 2; --twentieths) {
    view.factor = twentieths / 20.0;
    if (voxels(view.factor) <= allowed) break;
  }
  return view;
}

Sample whole_view(const Sample& sample, const WholeView& view) {
  Sample whole = shrunk_and_padded(sample, view);
  whole.maps.erase(std::string(inside_map));
  return whole;
}

Sample draw_whole(const Sample& sample, const WholeView& view, const AugmentOptions& options, Random& random,
                  std::optional<at::Device> device) {
  Sample whole = shrunk_and_padded(sample, view);
  const Size size = grid_size(whole);
  std::array<double, 3> centre;
  for (size_t axis = 0; axis < 3; ++axis) centre[axis] = 0.5 * static_cast<double>(size[axis] - 1);
  AffineDraw affine;
  if (options.enabled) affine = draw(restrained(options.affine), random, size, most_degrees);
  Sample drawn = patch_at(whole, centre, size, affine, options, random, device);
  drawn.placement = std::move(whole.placement);
  return drawn;
}

}  // namespace tazuna
