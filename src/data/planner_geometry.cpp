// SPDX-License-Identifier: Apache-2.0
#include "data/planner_geometry.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "data/percentile.hpp"

namespace tazuna {
namespace {

constexpr double anisotropy = 3;
constexpr const char* axis_names[] = {"z", "y", "x"};

std::string spacing_text(const std::array<double, 3>& spacing) {
  std::vector<double> shown;  // a header's float32 1.2 is 1.2000000476837158
  for (const double value : spacing) shown.push_back(std::round(value * 1e4) / 1e4);
  return cat(join(shown, " x "), " mm");
}

size_t coarsest_axis(const std::array<double, 3>& spacing) {
  return static_cast<size_t>(std::max_element(spacing.begin(), spacing.end()) - spacing.begin());
}

/// determine_fullres_target_spacing, canonical axes.
std::array<double, 3> target_spacing(const Fingerprint& fingerprint, std::vector<std::string>& reasons) {
  std::array<double, 3> target = fingerprint.median_spacing(), size;
  for (size_t axis = 0; axis < 3; ++axis) {
    std::vector<double> sizes;
    for (const CasePrint& print : fingerprint.cases)
      sizes.push_back(static_cast<double>(print.cropped_size[axis]));
    size[axis] = percentile(std::move(sizes), 50);
  }
  const size_t worst = coarsest_axis(target);
  const size_t one = worst == 0 ? 1 : 0, other = worst == 2 ? 1 : 2;
  const double next = std::max(target[one], target[other]);
  const bool thick_slices =
      target[worst] > anisotropy * next && size[worst] * anisotropy < std::min(size[one], size[other]);
  if (!thick_slices) {
    reasons.push_back(cat("spacing ", spacing_text(target), " (z, y, x): the median of ",
                          fingerprint.cases.size(), " cases"));
    return target;
  }
  std::vector<double> of_worst;
  for (const CasePrint& print : fingerprint.cases) of_worst.push_back(print.spacing[worst]);
  const double tenth = percentile(std::move(of_worst), 10);
  target[worst] = tenth < next ? next + 1e-5 : tenth;
  reasons.push_back(cat("spacing ", spacing_text(target), " (z, y, x): the median of ",
                        fingerprint.cases.size(), " cases, but along ", axis_names[worst],
                        ", more than 3 times coarser than the others, the 10th percentile"));
  return target;
}

}  // namespace

PlannedGeometry plan_geometry(const Fingerprint& fingerprint, const Auto<std::vector<double>>& spacing,
                              std::vector<std::string>& reasons) {
  std::array<double, 3> target;
  if (spacing.is_auto()) {
    target = target_spacing(fingerprint, reasons);
  } else {
    std::copy_n(spacing.get().begin(), 3, target.begin());
    reasons.push_back(cat("spacing ", spacing_text(target), " (z, y, x): as configured"));
  }
  std::array<double, 3> median;
  for (size_t axis = 0; axis < 3; ++axis) {
    std::vector<double> sizes;
    for (const CasePrint& print : fingerprint.cases) {
      const auto voxels = static_cast<double>(print.cropped_size[axis]);
      // A slice has no extent to resample, however thick it is.
      sizes.push_back(voxels == 1 ? 1 : std::nearbyint(print.spacing[axis] / target[axis] * voxels));
    }
    median[axis] = percentile(std::move(sizes), 50);
  }
  const auto flat = std::find(median.begin(), median.end(), 1.0);
  const size_t first =
      flat != median.end() ? static_cast<size_t>(flat - median.begin()) : coarsest_axis(target);
  PlannedGeometry geometry;
  geometry.arrange = {first, first == 0 ? size_t{1} : 0, first == 2 ? size_t{1} : 2};
  for (size_t axis = 0; axis < 3; ++axis) {
    geometry.spacing[axis] = target[geometry.arrange[axis]];
    geometry.median[axis] = median[geometry.arrange[axis]];
  }
  reasons.push_back(
      cat("axis order ", axis_names[geometry.arrange[0]], ", ", axis_names[geometry.arrange[1]], ", ",
          axis_names[geometry.arrange[2]], ": ",
          flat != median.end() ? "the axis of one voxel comes first" : "the coarsest axis comes first",
          "; median size ", number_text(geometry.median[0]), "x", number_text(geometry.median[1]), "x",
          number_text(geometry.median[2]), " voxels at that spacing, after the crop to nonzero voxels"));
  return geometry;
}

std::array<double, 3> largest_patch(const PlannedGeometry& geometry, const Axes& axes) {
  const double voxels = axes.size() == 2 ? 2048.0 * 2048.0 : 256.0 * 256.0 * 256.0;
  double density = 1;
  for (size_t axis : axes) density *= 1 / geometry.spacing[axis];
  const double factor = std::pow(voxels / density, 1.0 / static_cast<double>(axes.size()));
  std::array<double, 3> size{1, 1, 1};
  for (size_t axis : axes)
    size[axis] = std::min(std::nearbyint(1 / geometry.spacing[axis] * factor), geometry.median[axis]);
  return size;
}

}  // namespace tazuna
