// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/cut_device.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "data/transforms/box.hpp"
#include "data/transforms/cubic_row.hpp"
#include "data/transforms/label_cells.hpp"

namespace tazuna {
namespace {

using Size = std::array<int64_t, 3>;

/// The places in a case that the voxels of a patch are taken from.
struct Places {
  Size source, patch;
  std::array<double, 3> centre;
  std::array<double, 9> matrix;
  int64_t more;  // voxels on either side beyond those of a linear cell: 1 for a cubic one

  /// Along one axis, float32 [d, h, w], with the bits that the loops on the CPU have, so that labels are the
  /// same. All that lies outside beyond the reach of a cell is taken from just there, where everything is
  /// zero.
  Tensor along(int axis, at::Device device) const {
    const auto line = [&](int k, at::IntArrayRef shape) {
      const Tensor voxels = at::arange(patch[k], at::TensorOptions(at::kDouble).device(device));
      return (voxels - 0.5 * static_cast<double>(patch[k] - 1)).view(shape);
    };
    const double* row = matrix.data() + 3 * axis;
    const Tensor start = line(0, {-1, 1, 1}) * row[0] + centre[axis] + line(1, {1, -1, 1}) * row[1] +
                         row[2] * (-0.5 * static_cast<double>(patch[2] - 1));
    const Tensor steps = at::arange(patch[2], at::TensorOptions(at::kFloat).device(device));
    return (start.to(at::kFloat) + steps * static_cast<float>(row[2])).clamp_(-1 - more, source[axis] + more);
  }

  /// The box of voxels that cells at all those places reach, one more on either side for rounding.
  std::pair<Size, Size> box() const {
    Size start, size;
    for (int axis = 0; axis < 3; ++axis) {
      double reach = 0;
      for (int k = 0; k < 3; ++k)
        reach += std::fabs(matrix[3 * axis + k]) * 0.5 * static_cast<double>(patch[k] - 1);
      const auto voxel = [&](double place) {
        const auto least = static_cast<double>(-1 - more), most = static_cast<double>(source[axis] + more);
        return static_cast<int64_t>(std::clamp(std::floor(place), least, most));
      };
      start[axis] = voxel(centre[axis] - reach - 1) - more;
      size[axis] = voxel(centre[axis] + reach + 1) + more + 2 - start[axis];
    }
    return {start, size};
  }
};

/// Cells of eight voxels in a box, and where in them something is wanted. Corners: z, y, x as bits 2, 1, 0.
struct Cells {
  Tensor lowest;               ///< [P] int32, corner 0 in the flattened box
  std::array<Tensor, 3> rest;  ///< [P] float32 in [0, 1), from there along z, y, x
  std::array<int64_t, 3> step;

  Tensor corner(int which) const {
    return lowest + ((which >> 2) * step[0] + (which >> 1 & 1) * step[1] + (which & 1) * step[2]);
  }
  /// Linear.
  Tensor weight(int which) const {
    const auto share = [&](int axis) {
      return which >> (2 - axis) & 1 ? rest[axis] : 1 - rest[axis];  // of the upper or of the lower voxel
    };
    return share(0) * share(1) * share(2);
  }
  Cells some(const Tensor& which) const {
    Cells chosen{lowest.index_select(0, which), {}, step};
    for (int axis = 0; axis < 3; ++axis) chosen.rest[axis] = rest[axis].index_select(0, which);
    return chosen;
  }
};

Cells cells_of(const Places& places, const Size& start, const Size& size, at::Device device) {
  Cells cells{{}, {}, {size[1] * size[2], size[2], 1}};
  for (int axis = 0; axis < 3; ++axis) {
    const Tensor place = places.along(axis, device).flatten(), voxel = place.floor();
    cells.rest[axis] = place - voxel;
    const Tensor offset = (voxel - start[axis]).to(at::kInt) * cells.step[axis];
    cells.lowest = axis == 0 ? offset : cells.lowest + offset;
  }
  return cells;
}

/// [C, P] of a box [C, ...].
Tensor linear(const Tensor& box, const Cells& cells) {
  const Tensor values = box.flatten(1);
  Tensor sum;
  for (int corner = 0; corner < 8; ++corner) {
    const Tensor part = values.index_select(1, cells.corner(corner)).mul_(cells.weight(corner));
    sum = corner == 0 ? part : sum.add_(part);
  }
  return sum;
}

/// The weights of the voxels at -1, 0, 1 and 2 from those below places, `rest` behind them (cubic_row.hpp).
std::array<Tensor, 4> cubic_weights(const Tensor& rest) {
  std::array<Tensor, 4> weights;
  for (size_t tap = 0; tap < 4; ++tap) {
    weights[tap] = at::full_like(rest, cubic_powers[3][tap]);
    for (int power = 2; power >= 0; --power) weights[tap].mul_(rest).add_(cubic_powers[power][tap]);
  }
  return weights;
}

/// [C, P] of a box [C, ...].
Tensor cubic(const Tensor& box, const Cells& cells) {
  const Tensor values = box.flatten(1);
  std::array<std::array<Tensor, 4>, 3> weights;
  for (int axis = 0; axis < 3; ++axis) weights[axis] = cubic_weights(cells.rest[axis]);
  const auto zeros = [&] { return at::zeros({box.size(0), cells.lowest.numel()}, box.options()); };
  Tensor sum = zeros();
  for (int z = 0; z < 4; ++z) {
    for (int y = 0; y < 4; ++y) {
      Tensor along_x = zeros();
      for (int x = 0; x < 4; ++x) {
        const Tensor voxel =
            cells.lowest + ((z - 1) * cells.step[0] + (y - 1) * cells.step[1] + (x - 1) * cells.step[2]);
        along_x.addcmul_(values.index_select(1, voxel), weights[2][x]);
      }
      sum.addcmul_(along_x, weights[0][z] * weights[1][y]);
    }
  }
  return sum;
}

/// The label of most weight in each cell; ties go to that of the greatest single weight (label_cells.hpp).
Tensor most_weight(const Tensor& values, const Cells& cells) {
  std::array<Tensor, 8> label, weight;
  for (int corner = 0; corner < 8; ++corner) {
    label[corner] = values.index_select(0, cells.corner(corner));
    weight[corner] = cells.weight(corner);
  }
  const auto total = [&](const Tensor& wanted) {
    Tensor sum = at::zeros_like(weight[0]);
    for (int corner = 0; corner < 8; ++corner) sum.add_(weight[corner] * label[corner].eq(wanted));
    return sum;
  };
  Tensor best = label[0], most = weight[0];
  for (int corner = 1; corner < 8; ++corner) {
    best = at::where(weight[corner] > most, label[corner], best);
    most = at::maximum(most, weight[corner]);
  }
  most = total(best);
  for (const Tensor& candidate : label) {
    const Tensor sum = total(candidate), more = sum > most + equal_weights;
    best = at::where(more, candidate, best);
    most = at::where(more, sum, most);
  }
  return best;
}

/// [P] of a box [1, ...]; sums are taken where a cell has several labels.
Tensor labels_in(const Tensor& box, const Cells& cells) {
  const Tensor values = box.flatten();
  Tensor labels = values.index_select(0, cells.corner(0));
  Tensor several = at::zeros_like(labels, at::kBool);
  for (int corner = 1; corner < 8; ++corner)
    several.logical_or_(values.index_select(0, cells.corner(corner)).ne(labels));
  const Tensor where = several.nonzero().squeeze(1);
  return labels.index_copy_(0, where, most_weight(values, cells.some(where)));
}

}  // namespace

Sample cut_patch_on(at::Device device, const Sample& sample, const std::array<int64_t, 3>& patch,
                    const std::array<double, 3>& centre, const AffineDraw& affine) {
  const bool page_locked = !device.is_cpu();
  if (affine.identity) {
    Sample cut = cut_box(sample, start_about(centre, patch), patch, page_locked);
    move_to(device, cut);
    return cut;
  }
  expect_cuttable(sample);
  const auto sizes = sample.image.voxels.sizes();
  const Places places{{sizes[1], sizes[2], sizes[3]}, patch, centre, affine.matrix, affine.cubic ? 1 : 0};
  const auto [start, size] = places.box();
  Sample cut = cut_box(sample, start, size, page_locked);
  move_to(device, cut);
  const Cells cells = cells_of(places, start, size, device);
  const auto fill = [&patch](Volume& volume, const Tensor& values) {
    volume.voxels = values.view({volume.voxels.size(0), patch[0], patch[1], patch[2]});
    volume.geometry.size = patch;
  };
  fill(cut.image, affine.cubic ? cubic(cut.image.voxels, cells) : linear(cut.image.voxels, cells));
  for (auto& [selector, map] : cut.maps) fill(map, labels_in(map.voxels, cells));
  return cut;
}

}  // namespace tazuna
