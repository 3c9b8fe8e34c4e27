// SPDX-License-Identifier: Apache-2.0
#include "infer/sliding_window.hpp"

#include <ATen/ATen.h>

#include <cmath>

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
  if (options.tiles < 1) throw Error(cat("tiles: expected at least 1 a batch, but got ", options.tiles));
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

/// The running sums of one answer: planes from a slab's first to its last tile plane.
class SlabSum {
 public:
  SlabSum(const Grid& grid, int64_t classes, const at::TensorOptions& options)
      : sum_(at::zeros({classes, grid.tile[0], std::max(grid.size[1], grid.tile[1]),
                        std::max(grid.size[2], grid.tile[2])},
                       options)) {}

  void add(const Tensor& logits, const Tensor& weights, int64_t y, int64_t x) {
    add_weighted(sum_, logits, weights, {0, y, x});
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
        batch_(options.tiles),
        weights_(gaussian_weights(grid_.tile).to(image.device())),
        norm_(grid_, 1, weights_.options()) {}

  void run(const std::vector<TileLogits>& members) {
    const std::vector<int64_t>& slabs = grid_.starts[0];
    for (size_t i = 0; i < slabs.size(); ++i) {
      for (size_t member = 0; member < members.size(); ++member)
        add_slab(members[member], slabs[i], member == 0);
      const bool last = i + 1 == slabs.size();
      emit(slabs[i], last ? grid_.tile[0] : slabs[i + 1] - slabs[i], static_cast<double>(members.size()));
    }
  }

 private:
  void add_slab(const TileLogits& member, int64_t z, bool count) {
    std::vector<std::pair<int64_t, int64_t>> places;
    for (const int64_t y : grid_.starts[1])
      for (const int64_t x : grid_.starts[2]) places.push_back({y, x});
    for (size_t first = 0; first < places.size(); first += static_cast<size_t>(batch_)) {
      const size_t end = std::min(places.size(), first + static_cast<size_t>(batch_));
      std::vector<Tensor> tiles;
      for (size_t i = first; i < end; ++i) tiles.push_back(tile(z, places[i].first, places[i].second));
      const std::vector<Tensor> answers = member(at::stack(tiles));
      check(answers, static_cast<int64_t>(tiles.size()));
      for (size_t i = first; i < end; ++i) {
        const auto [y, x] = places[i];
        for (size_t a = 0; a < answers.size(); ++a)
          sums_[a].add(answers[a][static_cast<int64_t>(i - first)], weights_, y, x);
        if (count) norm_.add(at::ones_like(weights_).unsqueeze(0), weights_, y, x);
      }
    }
  }

  Tensor tile(int64_t z, int64_t y, int64_t x) const {
    return image_.narrow(1, z, grid_.tile[0]).narrow(2, y, grid_.tile[1]).narrow(3, x, grid_.tile[2]);
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
  void emit(int64_t z, int64_t planes, double members) {
    const int64_t low = std::max(z, grid_.before[0]) - z;
    const int64_t high = std::min(z + planes, grid_.before[0] + grid_.size[0]) - z;
    const auto inside = [&](const Tensor& sum) {
      return sum.narrow(1, low, high - low)
          .narrow(2, grid_.before[1], grid_.size[1])
          .narrow(3, grid_.before[2], grid_.size[2]);
    };
    const Tensor norm = inside(norm_.first(planes)) * members;
    for (size_t a = 0; a < sums_.size(); ++a) {
      sinks_[a]((inside(sums_[a].first(planes)) / norm).contiguous().cpu());
      sums_[a].advance(planes);
    }
    norm_.advance(planes);
  }

  Grid grid_;
  Tensor image_;
  const std::vector<PlaneSink>& sinks_;
  int64_t batch_;
  Tensor weights_;
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
  return starts;
}

std::vector<std::vector<int64_t>> flips_of(const std::vector<int64_t>& axes) {
  std::vector<std::vector<int64_t>> flips(size_t{1} << axes.size());
  for (size_t flip = 0; flip < flips.size(); ++flip)
    for (size_t i = 0; i < axes.size(); ++i)
      if (flip >> i & 1) flips[flip].push_back(axes[i]);
  return flips;
}

TileLogits mirrored(TileLogits logits, std::vector<int64_t> axes) {
  if (axes.empty()) return logits;
  for (int64_t& axis : axes) axis += 2;  // of [N, C, d, h, w]
  return [logits = std::move(logits), flips = flips_of(axes)](const Tensor& tiles) {
    std::vector<Tensor> sums = logits(tiles);
    for (Tensor& sum : sums) sum = sum.to(at::kFloat);
    for (size_t flip = 1; flip < flips.size(); ++flip) {
      const std::vector<Tensor> answers = logits(at::flip(tiles, flips[flip]));
      for (size_t a = 0; a < sums.size(); ++a) sums[a] = sums[a] + at::flip(answers[a], flips[flip]);
    }
    for (Tensor& sum : sums) sum = sum / static_cast<double>(flips.size());
    return sums;
  };
}

void slide_window(const Tensor& image, const std::vector<TileLogits>& members,
                  const std::vector<PlaneSink>& sinks, const WindowOptions& options) {
  if (members.empty()) throw Error("a prediction needs at least one network");
  Slide(image, sinks, options).run(members);
}

}  // namespace tazuna
