// SPDX-License-Identifier: Apache-2.0
#include "phantom/paint.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace tazuna {
namespace {

Point column(const Geometry& geometry, size_t axis) {
  const double spacing = geometry.spacing[axis];
  return {spacing * geometry.direction[axis], spacing * geometry.direction[3 + axis],
          spacing * geometry.direction[6 + axis]};
}

class Painter {
 public:
  Painter(const Head& head, Painted& painted, std::span<const Structure> structures)
      : head_(head),
        voxels_(painted.tissues[0].numel()),
        tissues_(painted.tissues.mutable_data_ptr<uint8_t>()),
        structures_(painted.structures.mutable_data_ptr<uint8_t>()) {
    const Geometry& geometry = painted.geometry;
    for (size_t axis = 0; axis < 3; ++axis) steps_[axis] = column(geometry, axis);
    origin_ = {geometry.origin[0], geometry.origin[1], geometry.origin[2]};
    for (int part = 0; part < parts_per_voxel; ++part) {
      const auto place = [](int i) { return (i % parts_per_axis + 0.5) / parts_per_axis - 0.5; };
      points_[part] = place(part / 16) * steps_[0] + place(part / 4) * steps_[1] + place(part) * steps_[2];
      reach_ = std::max(reach_, length(points_[part]));
    }
    for (const Body& body : head.bodies) {
      const auto found = body.structure ? std::find(structures.begin(), structures.end(), *body.structure)
                                        : structures.end();
      channel_.push_back(found == structures.end() ? -1 : found - structures.begin());
    }
  }

  void voxel(int64_t at, int64_t z, int64_t y, int64_t x) {
    const Point world = origin_ + static_cast<double>(z) * steps_[0] + static_cast<double>(y) * steps_[1] +
                        static_cast<double>(x) * steps_[2];
    const Warp::Local local = head_.warp.at(world);
    const double warped_reach = reach_ * stretch_bound(local.slope);
    crossing_.clear();
    int64_t below = -1;
    for (auto i = static_cast<int64_t>(head_.bodies.size()) - 1; i >= 0; --i) {
      const Body& body = head_.bodies[static_cast<size_t>(i)];
      const double distance = body.shape->clearance(body.warped ? local.place : world);
      const double reach = body.warped ? warped_reach : reach_;
      if (std::abs(distance) <= reach) {
        crossing_.push_back(i);
      } else if (distance < 0) {
        below = i;
        break;
      }
    }
    if (crossing_.empty()) return add(at, below, parts_per_voxel);
    for (const Point& point : points_) {
      const Point place = local.place + local.slope * point, here = world + point;
      const auto holds = [&](int64_t i) {
        const Body& body = head_.bodies[static_cast<size_t>(i)];
        return body.shape->holds(body.warped ? place : here);
      };
      const auto found = std::find_if(crossing_.begin(), crossing_.end(), holds);
      add(at, found == crossing_.end() ? below : *found, 1);
    }
  }

 private:
  /// Counts parts of voxel `at` for body `i` (-1: air).
  void add(int64_t at, int64_t i, int parts) {
    const Tissue tissue = i < 0 ? Tissue::air : head_.bodies[static_cast<size_t>(i)].tissue;
    tissues_[static_cast<int64_t>(tissue) * voxels_ + at] += static_cast<uint8_t>(parts);
    if (i >= 0 && channel_[static_cast<size_t>(i)] >= 0) {
      structures_[channel_[static_cast<size_t>(i)] * voxels_ + at] += static_cast<uint8_t>(parts);
    }
  }

  const Head& head_;
  int64_t voxels_;
  uint8_t* tissues_;
  uint8_t* structures_;
  std::array<Point, 3> steps_;
  Point origin_;
  std::array<Point, parts_per_voxel> points_;
  double reach_ = 0;
  std::vector<int64_t> channel_;   // of each body, in `structures`; -1: none
  std::vector<int64_t> crossing_;  // bodies whose surface may cross the voxel, the uppermost first
};

}  // namespace

Painted paint(const Head& head, const Geometry& geometry, std::span<const Structure> structures) {
  const auto& size = geometry.size;
  Painted painted{geometry,
                  at::zeros({static_cast<int64_t>(tissue_count), size[0], size[1], size[2]}, at::kByte),
                  at::zeros({static_cast<int64_t>(structures.size()), size[0], size[1], size[2]}, at::kByte)};
  Painter painter(head, painted, structures);
  int64_t at = 0;
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t x = 0; x < size[2]; ++x) painter.voxel(at++, z, y, x);
    }
  }
  return painted;
}

Tensor label_map(const Painted& painted) {
  Tensor labels = at::zeros_like(painted.tissues[0]);
  for (int64_t s = painted.structures.size(0) - 1; s >= 0; --s) {
    labels.masked_fill_(painted.structures[s] >= parts_per_voxel / 2, s + 1);
  }
  return labels;
}

Tensor lesion_mask(const Painted& painted) {
  const Tensor parts = painted.tissues[static_cast<int64_t>(Tissue::lesion)] +
                       painted.tissues[static_cast<int64_t>(Tissue::core)];
  return (parts >= parts_per_voxel / 2).to(at::kByte);
}

}  // namespace tazuna
