// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>
#include <utility>
#include <vector>

#include "data/transforms/affine.hpp"
#include "data/transforms/box.hpp"
#include "data/transforms/cubic_row.hpp"
#include "data/transforms/label_cells.hpp"
#include "kernels/wide.hpp"

namespace tazuna {
namespace {

using Size = std::array<int64_t, 3>;
using Corner8 = std::array<int64_t, 8>;  // z, y, x as bits 2, 1, 0 of the index

/// Rows of target voxels that lie between source voxels on every side need no checks.
bool is_inside(const PlaceRow& row, int64_t i, const Size& source) {
  for (int axis = 0; axis < 3; ++axis) {
    const float place = row.at(axis, i);
    if (source[axis] == 1 ? place != 0 : !(place >= 0 && place < static_cast<float>(source[axis] - 1)))
      return false;
  }
  return true;
}

/// Half-open range of voxels of the row that are inside. None are where the source is one voxel wide, since
/// neighbours along x are read in pairs.
std::pair<int64_t, int64_t> inside_of(const PlaceRow& row, int64_t length, const Size& source) {
  if (source[2] == 1) return {0, 0};
  int64_t low = 0, high = length;
  while (low < high && !is_inside(row, low, source)) ++low;
  while (low < high && !is_inside(row, high - 1, source)) --high;
  return {low, high};
}

/// The eight source voxels around a place and their linear weights; -1 outside the source.
struct Neighbours {
  Corner8 voxel;
  std::array<float, 8> weight;
};

Neighbours neighbours_of(const PlaceRow& row, int64_t i, const Size& source) {
  std::array<std::array<int64_t, 2>, 3> index;
  std::array<std::array<float, 2>, 3> weight;
  for (int axis = 0; axis < 3; ++axis) {
    const float place = row.at(axis, i), floor = std::floor(place);
    for (int side = 0; side < 2; ++side) {
      const int64_t k = static_cast<int64_t>(floor) + side;
      index[axis][side] = k >= 0 && k < source[axis] ? k : -1;
      weight[axis][side] = side == 1 ? place - floor : 1 - (place - floor);
    }
  }
  Neighbours around;
  for (int corner = 0; corner < 8; ++corner) {
    const int z = corner >> 2, y = (corner >> 1) & 1, x = corner & 1;
    const bool in = index[0][z] >= 0 && index[1][y] >= 0 && index[2][x] >= 0;
    around.voxel[corner] = in ? (index[0][z] * source[1] + index[1][y]) * source[2] + index[2][x] : -1;
    around.weight[corner] = weight[0][z] * weight[1][y] * weight[2][x];
  }
  return around;
}

/// Splits start + i * step for i = 0, 1, ..., all of them >= 0, into whole voxels and the rest.
TAZUNA_WIDE void split_places(float start, float step, int32_t first, int32_t end, int32_t* voxel,
                              float* rest) {
  for (int32_t i = first; i < end; ++i) {
    const float place = start + static_cast<float>(i) * step;
    voxel[i] = static_cast<int32_t>(place);
    rest[i] = place - static_cast<float>(voxel[i]);
  }
}

inline float between(float a, float b, float share) {
  return a + share * (b - a);
}

/// Four rows of pairs of neighbours along x, of near and far planes, mixed along x, y and z.
TAZUNA_WIDE void mix_pairs(const std::array<const float*, 4>& pairs, const float* x, const float* y,
                           const float* z, int64_t first, int64_t end, float* __restrict__ to) {
  const float *a = pairs[0], *b = pairs[1], *c = pairs[2], *d = pairs[3];
  for (int64_t i = first; i < end; ++i) {
    const float near =
        between(between(a[2 * i], a[2 * i + 1], x[i]), between(b[2 * i], b[2 * i + 1], x[i]), y[i]);
    const float far =
        between(between(c[2 * i], c[2 * i + 1], x[i]), between(d[2 * i], d[2 * i + 1], x[i]), y[i]);
    to[i] = between(near, far, z[i]);
  }
}

/// One resampling of a case onto a patch: places are computed once a row and used for every channel and map.
class Resampling {
 public:
  Resampling(const Size& source, const Size& patch, const std::array<double, 3>& centre,
             const AffineDraw& affine)
      : source_(source),
        patch_(patch),
        centre_(centre),
        matrix_(affine.matrix),
        cubic_(affine.cubic),
        base_(patch[2]),
        places_(patch[2]),
        mixed_(patch[2]) {
    for (int axis = 0; axis < 3; ++axis) {
      voxel_[axis].resize(patch[2]);
      rest_[axis].resize(patch[2]);
    }
    for (int row = 0; row < 4; ++row) {
      pairs_[row].resize(2 * patch[2]);
      step_[row] = source[0] > 1 ? (row >> 1) * source[1] * source[2] : 0;
      step_[row] += source[1] > 1 ? (row & 1) * source[2] : 0;
    }
  }

  /// Fills every channel of `image` [C, d, h, w] and every map [1, d, h, w].
  void run(const Sample& from, Sample& to) {
    for (int64_t z = 0; z < patch_[0]; ++z) {
      for (int64_t y = 0; y < patch_[1]; ++y) {
        prepare_row(z, y);
        const int64_t offset = (z * patch_[1] + y) * patch_[2];
        for (int64_t c = 0; c < from.image.voxels.size(0); ++c) {
          image_row(
              from.image.voxels.const_data_ptr<float>() + c * source_[0] * source_[1] * source_[2],
              to.image.voxels.mutable_data_ptr<float>() + c * patch_[0] * patch_[1] * patch_[2] + offset);
        }
        for (const auto& [selector, map] : from.maps) {
          label_row(map.voxels.const_data_ptr<int16_t>(),
                    to.maps.at(selector).voxels.mutable_data_ptr<int16_t>() + offset);
        }
      }
    }
  }

 private:
  void prepare_row(int64_t z, int64_t y) {
    const std::array<double, 3> offset{static_cast<double>(z) - 0.5 * static_cast<double>(patch_[0] - 1),
                                       static_cast<double>(y) - 0.5 * static_cast<double>(patch_[1] - 1),
                                       -0.5 * static_cast<double>(patch_[2] - 1)};
    for (int axis = 0; axis < 3; ++axis) {
      double start = centre_[axis];
      for (int k = 0; k < 3; ++k) start += matrix_[3 * axis + k] * offset[k];
      row_.start[axis] = static_cast<float>(start);
      row_.step[axis] = static_cast<float>(matrix_[3 * axis + 2]);
    }
    std::tie(low_, high_) = inside_of(row_, patch_[2], source_);
    for (int axis = 0; axis < 3; ++axis)
      split_places(row_.start[axis], row_.step[axis], static_cast<int32_t>(low_), static_cast<int32_t>(high_),
                   voxel_[axis].data(), rest_[axis].data());
    for (int64_t i = low_; i < high_; ++i)
      base_[i] = (voxel_[0][i] * source_[1] + voxel_[1][i]) * source_[2] + voxel_[2][i];
  }

  // Loads first, all of a row, and then arithmetic: the one is scalar, the other is not.
  void image_row(const float* from, float* to) {
    if (cubic_) return cubic_row(from, source_, row_, patch_[2], to);
    std::array<float*, 4> pairs;
    for (int row = 0; row < 4; ++row) pairs[row] = pairs_[row].data();
    const std::array<int64_t, 4> step = step_;
    const int64_t* base = base_.data();
    for (int64_t i = low_; i < high_; ++i) {
      const float* at = from + base[i];
      for (int row = 0; row < 4; ++row) std::memcpy(pairs[row] + 2 * i, at + step[row], 2 * sizeof(float));
    }
    mix_pairs({pairs[0], pairs[1], pairs[2], pairs[3]}, rest_[2].data(), rest_[1].data(), rest_[0].data(),
              low_, high_, to);
    at_edges([&](int64_t i) {
      const Neighbours around = neighbours_of(row_, i, source_);
      float sum = 0;
      for (int corner = 0; corner < 8; ++corner) {
        if (around.voxel[corner] >= 0) sum += around.weight[corner] * from[around.voxel[corner]];
      }
      to[i] = sum;
    });
  }

  void label_row(const int16_t* from, int16_t* to) {
    std::array<int16_t, 8> label;
    mixed_.clear();
    for (int64_t i = low_; i < high_; ++i) {
      std::array<uint32_t, 4> pair;
      for (int row = 0; row < 4; ++row)
        std::memcpy(&pair[row], from + base_[i] + step_[row], sizeof(uint32_t));
      const uint32_t others = (pair[0] ^ pair[1]) | (pair[0] ^ pair[2]) | (pair[0] ^ pair[3]);
      const bool equal = (others | ((pair[0] >> 16) ^ (pair[0] & 0xffff))) == 0;
      std::memcpy(label.data(), pair.data(), sizeof label);
      to[i] = label[0];
      if (equal) continue;
      places_[mixed_.count()] = i;
      mixed_.add(label, rest_[0][i], rest_[1][i], rest_[2][i]);
    }
    const std::vector<int32_t>& chosen = mixed_.most_weights();
    for (int64_t k = 0; k < mixed_.count(); ++k) to[places_[k]] = static_cast<int16_t>(chosen[k]);
    at_edges([&](int64_t i) {
      const Neighbours around = neighbours_of(row_, i, source_);
      for (int corner = 0; corner < 8; ++corner)
        label[corner] = around.voxel[corner] >= 0 ? from[around.voxel[corner]] : int16_t{0};
      to[i] = most_weight(label, around.weight);
    });
  }

  /// Calls `work` for the voxels of the row outside [low_, high_) that touch the source; the rest stays zero.
  template <class Work>
  void at_edges(const Work& work) const {
    const auto visit = [&](int64_t i) {
      for (int axis = 0; axis < 3; ++axis) {
        const float place = row_.at(axis, i);
        if (!(place > -1 && place < static_cast<float>(source_[axis]))) return;
      }
      work(i);
    };
    for (int64_t i = 0; i < low_; ++i) visit(i);
    for (int64_t i = high_; i < patch_[2]; ++i) visit(i);
  }

  Size source_, patch_;
  std::array<double, 3> centre_;
  std::array<double, 9> matrix_;
  bool cubic_;                   // images; labels have linear weights anyway
  std::array<int64_t, 4> step_;  // from a pair of neighbours along x to those at the next y, z, and both
  PlaceRow row_;
  int64_t low_ = 0, high_ = 0;
  std::vector<int64_t> base_;                  // of each voxel of the row: where its first pair begins
  std::array<std::vector<int32_t>, 3> voxel_;  // its place in the source: whole voxels
  std::array<std::vector<float>, 3> rest_;     // and fractions of one
  std::array<std::vector<float>, 4> pairs_;
  std::vector<int64_t> places_;  // in the row, of the cells whose corners bear several labels
  LabelCells mixed_;
};

Volume empty_patch(const Volume& from, int64_t channels, const Size& patch) {
  Volume to{at::zeros({channels, patch[0], patch[1], patch[2]}, from.voxels.scalar_type()), from.geometry};
  to.geometry.size = patch;
  return to;
}

}  // namespace

Sample cut_patch(const Sample& sample, const std::array<int64_t, 3>& patch,
                 const std::array<double, 3>& centre, const AffineDraw& affine) {
  if (affine.identity) return cut_box(sample, start_about(centre, patch), patch);
  expect_cuttable(sample);
  const auto sizes = sample.image.voxels.sizes();
  Sample cut;
  cut.subject = sample.subject;
  cut.present = sample.present;
  cut.frame_seconds = sample.frame_seconds;
  cut.image = empty_patch(sample.image, sizes[0], patch);
  for (const auto& [selector, map] : sample.maps) cut.maps.emplace(selector, empty_patch(map, 1, patch));
  Resampling({sizes[1], sizes[2], sizes[3]}, patch, centre, affine).run(sample, cut);
  return cut;
}

}  // namespace tazuna
