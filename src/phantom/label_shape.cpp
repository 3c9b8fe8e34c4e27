// SPDX-License-Identifier: Apache-2.0
#include "phantom/label_shape.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/volume.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

/// The linearly interpolated value at a place in voxels; 0 outside.
double value_at(const LabelForm& form, const Point& index) {
  const std::array<double, 3> place{index.z, index.y, index.x};
  std::array<int64_t, 3> low;
  std::array<double, 3> share;
  for (size_t axis = 0; axis < 3; ++axis) {
    low[axis] = static_cast<int64_t>(std::floor(place[axis]));
    share[axis] = place[axis] - static_cast<double>(low[axis]);
    if (low[axis] < 0 || low[axis] + 1 >= form.size[axis]) return 0;
  }
  double value = 0;
  for (int corner = 0; corner < 8; ++corner) {
    double weight = 1;
    int64_t at = 0;
    for (size_t axis = 0; axis < 3; ++axis) {
      const int64_t up = corner >> axis & 1;
      weight *= up ? share[axis] : 1 - share[axis];
      at = at * form.size[axis] + low[axis] + up;
    }
    value += weight * form.inside[static_cast<size_t>(at)];
  }
  return value;
}

/// Volume and reach of the surface, by 6x6x6 points a voxel.
void measure(LabelForm& form) {
  constexpr int parts = 6;
  const Matrix to_mm = inverse(form.to_index);
  const double voxel = std::abs(dot(
      to_mm.x, {to_mm.y.y * to_mm.z.z - to_mm.y.z * to_mm.z.y, to_mm.y.z * to_mm.z.x - to_mm.y.x * to_mm.z.z,
                to_mm.y.x * to_mm.z.y - to_mm.y.y * to_mm.z.x}));
  const auto place = [](int64_t step) { return (static_cast<double>(step) + 0.5) / parts; };
  int64_t count = 0;
  for (int64_t z = 0; z < parts * (form.size[0] - 1); ++z) {
    for (int64_t y = 0; y < parts * (form.size[1] - 1); ++y) {
      for (int64_t x = 0; x < parts * (form.size[2] - 1); ++x) {
        const Point index{place(x), place(y), place(z)};
        if (value_at(form, index) < 0.5) continue;
        ++count;
        form.reach = std::max(form.reach, length(to_mm * (index - form.middle)));
      }
    }
  }
  form.mm3 = voxel * static_cast<double>(count) / (parts * parts * parts);
  form.reach += length(to_mm * Point{1, 1, 1}) / parts;
}

LabelForm form_of(const Tensor& map, int64_t label, const Geometry& geometry) {
  const Tensor places = at::nonzero(map == label);  // [count, 3]
  const Tensor low = std::get<0>(places.min(0)) - 1, high = std::get<0>(places.max(0)) + 2;
  const Tensor mean = places.to(at::kDouble).mean(0);
  LabelForm form;
  std::array<double, 3> middle;
  for (int axis = 0; axis < 3; ++axis) {
    form.size[axis] = (high[axis] - low[axis]).item<int64_t>();
    middle[axis] = mean[axis].item<double>() - low[axis].item<double>();
  }
  form.middle = {middle[2], middle[1], middle[0]};
  form.inside.assign(static_cast<size_t>(form.size[0] * form.size[1] * form.size[2]), 0);
  const Tensor found = (places - low).contiguous();
  const auto* at = found.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < found.size(0); ++i, at += 3) {
    form.inside[static_cast<size_t>((at[0] * form.size[1] + at[1]) * form.size[2] + at[2])] = 1;
  }
  const Affine affine = affine_of(geometry);
  const auto row = [&](int i) { return Point{affine[i][0], affine[i][1], affine[i][2]}; };
  form.to_index = inverse({row(0), row(1), row(2)});
  measure(form);
  return form;
}

double world_x(const Tensor& map, int64_t label, const Geometry& geometry) {
  const Tensor mean = at::nonzero(map == label).to(at::kDouble).mean(0);
  double x = geometry.origin[0];
  for (int axis = 0; axis < 3; ++axis) {
    x += mean[axis].item<double>() * geometry.spacing[axis] * geometry.direction[axis];
  }
  return x;
}

LabelPair read_label_pair(const fs::path& file) {
  const Volume volume = read_labels(file).volume;
  const Tensor map = volume.voxels[0];
  std::map<int32_t, int64_t> voxels;
  const auto* at = map.const_data_ptr<int32_t>();
  for (int64_t i = 0; i < map.numel(); ++i) {
    if (at[i] != 0) ++voxels[at[i]];
  }
  if (voxels.size() < 2) {
    throw refused(cat(file.string(), ": holds ", voxels.size(), voxels.size() == 1 ? " label" : " labels",
                      "; a left and a right structure are needed"));
  }
  std::vector<std::pair<int32_t, int64_t>> largest(voxels.begin(), voxels.end());
  std::stable_sort(largest.begin(), largest.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  int32_t left = largest[0].first, right = largest[1].first;
  if (world_x(map, left, volume.geometry) > world_x(map, right, volume.geometry)) std::swap(left, right);
  return {file.filename().string(), form_of(map, left, volume.geometry),
          form_of(map, right, volume.geometry)};
}

class LabelShape final : public Shape {
 public:
  LabelShape(const LabelForm& form, const Point& centre, double mm3) : form_(form), centre_(centre) {
    const double scale = std::cbrt(mm3 / form.mm3);
    to_index_ = diagonal({1 / scale, 1 / scale, 1 / scale}) * form.to_index;
    reach_ = scale * form.reach;
  }
  double clearance(const Point& p) const override { return std::max(0.0, length(p - centre_) - reach_); }
  bool holds(const Point& p) const override {
    return value_at(form_, to_index_ * (p - centre_) + form_.middle) >= 0.5;
  }

 private:
  LabelForm form_;
  Point centre_;
  Matrix to_index_;
  double reach_;
};

}  // namespace

std::vector<LabelPair> read_label_pairs(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw refused(cat(folder.string(), ": there is no such folder"));
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && is_image_name(entry.path())) files.push_back(entry.path());
  }
  if (files.empty()) throw refused(cat(folder.string(), ": holds no label maps (such as NAME.nii.gz)"));
  std::sort(files.begin(), files.end());
  std::vector<LabelPair> pairs;
  for (const fs::path& file : files) pairs.push_back(read_label_pair(file));
  return pairs;
}

std::unique_ptr<Shape> make_label_shape(const LabelForm& form, const Point& centre, double mm3) {
  return std::make_unique<LabelShape>(form, centre, mm3);
}

}  // namespace tazuna
