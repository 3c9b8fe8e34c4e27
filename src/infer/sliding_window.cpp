// SPDX-License-Identifier: Apache-2.0
#include "infer/sliding_window.hpp"

#include <ATen/ATen.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "core/error.hpp"
#include "core/text.hpp"
#include "kernels/gaussian.hpp"

namespace tazuna {

namespace {

using Place = std::array<int64_t, 3>;

/// Where tiles lie on the padded image.
struct Grid {
  Place size, tile, before;  ///< before: zeros in front of the image
  std::array<std::vector<int64_t>, 3> starts;
};

Grid make_grid(const Tensor& image, const WindowOptions& options) {
  expect_axes(image, "image", 4, "C, D, H, W");
  if (options.patch.size() != 3) throw Error(cat("a tile has 3 sizes, but got ", options.patch.size()));
  if (options.tiles < 0)
    throw Error(cat("tiles: expected at least 1 a batch, or 0 for as many as pay, but got ", options.tiles));
  Grid grid;
  for (size_t axis = 0; axis < 3; ++axis) {
    grid.size[axis] = image.size(static_cast<int64_t>(axis) + 1);
    grid.tile[axis] = options.patch[axis];
    const int64_t padded = std::max(grid.size[axis], grid.tile[axis]);
    grid.before[axis] = (padded - grid.size[axis]) / 2;
    grid.starts[axis] = window_starts(padded, grid.tile[axis], options.step);
  }
  return grid;
}

Tensor padded_image(const Tensor& image, const Grid& grid) {
  std::vector<int64_t> amounts;  // last axis first, as constant_pad_nd wants them
  for (int axis = 2; axis >= 0; --axis) {
    const int64_t missing = std::max<int64_t>(0, grid.tile[axis] - grid.size[axis]);
    amounts.push_back(grid.before[axis]);
    amounts.push_back(missing - grid.before[axis]);
  }
  const bool fits = std::all_of(amounts.begin(), amounts.end(), [](int64_t n) { return n == 0; });
  return fits ? image : at::constant_pad_nd(image, amounts, 0);
}

/// One row of a batch: a tile of the slab, or its mirror image.
struct TileRow {
  int64_t y, x;
  at::IntArrayRef mirrored;  ///< axes, 0 = z
};

/// The running sums of one answer: planes from a slab's first to its last tile plane.
class SlabSum {
 public:
  SlabSum(const Grid& grid, int64_t classes, const at::TensorOptions& options)
      : sum_(at::zeros({classes, grid.tile[0], std::max(grid.size[1], grid.tile[1]),
                        std::max(grid.size[2], grid.tile[2])},
                       options)) {}

  void add(const Tensor& logits, const Tensor& weights, const TileRow& row) {
    add_weighted(sum_, logits, weights, {0, row.y, row.x}, row.mirrored);
  }

  /// The first `planes` of the sum, a view.
  Tensor first(int64_t planes) const { return sum_.narrow(1, 0, planes); }

  /// Lets the first `planes` go and moves the others down; plane by plane, since source and target overlap.
  void advance(int64_t planes) {
    const int64_t kept = sum_.size(1) - planes;
    for (int64_t z = 0; z < kept; ++z) sum_.select(1, z).copy_(sum_.select(1, z + planes));
    sum_.narrow(1, kept, planes).zero_();
  }

 private:
  Tensor sum_;
};

class Slide {
 public:
  Slide(const Tensor& image, const std::vector<PlaneSink>& sinks, const WindowOptions& options)
      : grid_(make_grid(image, options)),
        image_(padded_image(image, grid_)),
        sinks_(sinks),
        flips_(flips_of(options.mirror_axes)),
        batch_(options.tiles > 0 ? options.tiles : tiles_at_once(options.patch, image.device())),
        weights_(gaussian_weights(grid_.tile).to(image.device())),
        one_(at::ones_like(weights_).unsqueeze(0)),
        norm_(grid_, 1, weights_.options()) {}

  void run(const std::vector<TileLogits>& members) {
    const std::vector<int64_t>& slabs = grid_.starts[0];
    for (size_t i = 0; i < slabs.size(); ++i) {
      for (const TileLogits& member : members) add_slab(member, slabs[i]);
      const bool last = i + 1 == slabs.size();
      emit(slabs[i], last ? grid_.tile[0] : slabs[i + 1] - slabs[i]);
    }
  }

 private:
  void add_slab(const TileLogits& member, int64_t z) {
    std::vector<TileRow> rows;
    for (const int64_t y : grid_.starts[1])
      for (const int64_t x : grid_.starts[2])
        for (const std::vector<int64_t>& flip : flips_) rows.push_back({y, x, flip});
    for (size_t done = 0; done < rows.size();) done += add_batch(member, z, std::span(rows).subspan(done));
  }

  /// Runs some of `rows` as one batch, so that all batches of them become about equally large; how many.
  size_t add_batch(const TileLogits& member, int64_t z, std::span<const TileRow> rows) {
    const auto most = static_cast<size_t>(batch_), batches = (rows.size() + most - 1) / most;
    const size_t count = (rows.size() + batches - 1) / batches;
    std::vector<Tensor> tiles;
    for (const TileRow& row : rows.first(count)) tiles.push_back(tile(z, row));
    std::vector<Tensor> answers;
    try {
      answers = member(at::stack(tiles));
    } catch (const c10::OutOfMemoryError&) {
      if (count == 1) throw;
      batch_ = static_cast<int64_t>(count / 2);
      return 0;
    }
    check(answers, static_cast<int64_t>(count));
    for (size_t i = 0; i < count; ++i) {
      for (size_t a = 0; a < answers.size(); ++a)
        sums_[a].add(answers[a][static_cast<int64_t>(i)], weights_, rows[i]);
      norm_.add(one_, weights_, {rows[i].y, rows[i].x, {}});
    }
    return count;
  }

  Tensor tile(int64_t z, const TileRow& row) const {
    const Tensor box =
        image_.narrow(1, z, grid_.tile[0]).narrow(2, row.y, grid_.tile[1]).narrow(3, row.x, grid_.tile[2]);
    std::vector<int64_t> axes(row.mirrored.begin(), row.mirrored.end());
    for (int64_t& axis : axes) ++axis;  // of [C, d, h, w]
    return axes.empty() ? box : at::flip(box, axes);
  }

  void check(const std::vector<Tensor>& answers, int64_t tiles) {
    if (answers.size() != sinks_.size())
      throw Error(
          cat("a network gave ", answers.size(), " voxel answers where ", sinks_.size(), " are read"));
    for (const Tensor& answer : answers) {
      expect_axes(answer, "logits of tiles", 5, "N, K, d, h, w");
      if (answer.size(0) != tiles || answer.sizes().slice(2) != at::IntArrayRef(grid_.tile))
        throw Error(cat("logits of ", tiles, " tiles of ", join(grid_.tile, "x"), " are ",
                        shape_text(answer.sizes())));
    }
    if (sums_.empty())
      for (const Tensor& answer : answers) sums_.emplace_back(grid_, answer.size(1), weights_.options());
  }

  /// Hands on the next `planes`, without what was padded, and makes room for the next slab.
  void emit(int64_t z, int64_t planes) {
    const int64_t low = std::max(z, grid_.before[0]) - z;
    const int64_t high = std::min(z + planes, grid_.before[0] + grid_.size[0]) - z;
    const auto inside = [&](const Tensor& sum) {
      return sum.narrow(1, low, high - low)
          .narrow(2, grid_.before[1], grid_.size[1])
          .narrow(3, grid_.before[2], grid_.size[2]);
    };
    const Tensor norm = inside(norm_.first(planes));
    for (size_t a = 0; a < sums_.size(); ++a) {
      sinks_[a](inside(sums_[a].first(planes)).div_(norm));
      sums_[a].advance(planes);
    }
    norm_.advance(planes);
  }

  Grid grid_;
  Tensor image_;
  const std::vector<PlaneSink>& sinks_;
  std::vector<std::vector<int64_t>> flips_;
  int64_t batch_;
  Tensor weights_, one_;
  SlabSum norm_;
  std::vector<SlabSum> sums_;
};

}  // namespace

std::vector<int64_t> window_starts(int64_t size, int64_t tile, double step) {
  if (tile < 1 || size < tile) throw Error(cat("a tile of ", tile, " does not fit ", size, " voxels"));
  if (!(step > 0 && step <= 1))
    throw Error(cat("step: expected a share of the tile in (0, 1], but got ", step));
  const double wish = static_cast<double>(tile) * step;
  const auto count = static_cast<int64_t>(std::ceil(static_cast<double>(size - tile) / wish)) + 1;
  std::vector<int64_t> starts;
  for (int64_t i = 0; i < count; ++i) {
    const double between = count > 1 ? static_cast<double>(size - tile) / static_cast<double>(count - 1) : 0;
    starts.push_back(
        static_cast<int64_t>(std::nearbyint(between * static_cast<double>(i))));  // half to even: NumPy
  }
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  return starts;
}

std::vector<std::vector<int64_t>> flips_of(const std::vector<int64_t>& axes) {
  std::vector<std::vector<int64_t>> flips(size_t{1} << axes.size());
  for (size_t flip = 0; flip < flips.size(); ++flip)
    for (size_t i = 0; i < axes.size(); ++i)
      if (flip >> i & 1) flips[flip].push_back(axes[i]);
  return flips;
}

int64_t tiles_at_once(const std::vector<int64_t>& patch, at::Device device) {
  const int64_t voxels = std::accumulate(patch.begin(), patch.end(), int64_t{1}, std::multiplies<>());
  const int64_t most = device.is_cpu() ? 8 : 64, room = device.is_cpu() ? int64_t{1} << 18 : int64_t{1} << 23;
  return std::clamp(room / std::max<int64_t>(voxels, 1), int64_t{1}, most);
}

void slide_window(const Tensor& image, const std::vector<TileLogits>& members,
                  const std::vector<PlaneSink>& sinks, const WindowOptions& options) {
  if (members.empty()) throw Error("a prediction needs at least one network");
  Slide(image, sinks, options).run(members);
}

}  // namespace tazuna
