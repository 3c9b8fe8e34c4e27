// SPDX-License-Identifier: Apache-2.0
#include "data/large_grids.hpp"

#include <algorithm>
#include <cmath>

#include "core/problems.hpp"
#include "core/text.hpp"
#include "data/percentile.hpp"

namespace tazuna {
namespace {

constexpr double most_times = 10;
constexpr size_t told_at_most = 3;

std::array<double, 3> size_on_grid(const CasePrint& print, const GridRequest& request) {
  std::array<double, 3> size{};
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto voxels = static_cast<double>(print.cropped_size[axis]);
    // A slice has no extent to resample, however thick it is.
    size[axis] =
        voxels == 1 ? 1 : std::max(std::round(voxels * print.spacing[axis] / request.spacing[axis]), 1.0);
  }
  return size;
}

double voxels_in(const std::array<double, 3>& size) {
  return size[0] * size[1] * size[2];
}

/// In millimetres and whole voxels; no more digits than tell what is wrong.
std::string size_text(const std::array<double, 3>& size) {
  std::vector<std::string> parts;
  for (const double one : size) parts.push_back(number_text(std::round(one * 1000) / 1000));
  return join(parts, "x");
}

}  // namespace

void expect_usual_grids(const std::vector<CasePrint>& cases, const GridRequest& request, Log& log) {
  if (cases.empty()) return;
  std::vector<double> voxels;
  for (const CasePrint& print : cases) voxels.push_back(voxels_in(size_on_grid(print, request)));
  const double median = percentile(voxels, 50);
  Problems problems;
  size_t found = 0;
  for (size_t i = 0; i < cases.size(); ++i) {
    if (voxels[i] <= most_times * median) continue;
    const std::string sentence =
        cat("its voxels of ", size_text(cases[i].spacing), " mm (z, y, x) would become ",
            size_text(size_on_grid(cases[i], request)), " voxels of the working grid, ",
            std::llrint(voxels[i] / median), " times the median case");
    const double bytes = voxels[i] * request.bytes_a_voxel;
    if (request.free && bytes > *request.free) {
      problems.add(cases[i].id, cat(sentence, ", which takes ", number_text(std::round(bytes / 1e8) / 10),
                                    " GB where ", number_text(std::round(*request.free / 1e8) / 10),
                                    " GB are free; correct its header, or leave the case out"));
    } else if (++found <= told_at_most) {
      log.warn(cat(cases[i].id, ": ", sentence, "; is its header right?"));
    }
  }
  if (found > told_at_most)
    log.warn(cat(found - told_at_most, found - told_at_most == 1 ? " more case" : " more cases",
                 " would have more than ", most_times,
                 " times the voxels of the median case on the working grid"));
  problems.throw_if_any();
}

}  // namespace tazuna
