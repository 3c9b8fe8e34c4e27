// SPDX-License-Identifier: Apache-2.0
#include "infer/sliding_window.hpp"

#include <ATen/ATen.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "infer/weights.hpp"
#include "kernels/gaussian.hpp"
#include "tasks/voxel_readout.hpp"
#include "tests/infer/tiny.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Records the most bytes this thread had allocated at once.
class PeakBytes : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, int64_t alloc_size, size_t, size_t, c10::Device) override {
    now_ += alloc_size;
    peak_ = std::max(peak_, now_);
  }
  bool memoryProfilingEnabled() const override { return true; }
  int64_t peak() const { return peak_; }

 private:
  int64_t now_ = 0, peak_ = 0;
};

/// What slide_window() hands out, in one piece.
Tensor collected(const Tensor& image, const std::vector<TileLogits>& members, const WindowOptions& options) {
  std::vector<Tensor> planes;
  slide_window(image, members, {[&planes](const Tensor& next) { planes.push_back(next.clone()); }}, options);
  return at::cat(planes, 1);
}

TileLogits identity() {
  return [](const Tensor& tiles) { return std::vector<Tensor>{tiles}; };
}

/// A network that is blind to where a tile lies but not to where a voxel lies in its tile.
TileLogits convolution(const char* name) {
  const Tensor weight = noise({3, 2, 3, 3, 3}, name);
  return [weight](const Tensor& tiles) {
    return std::vector<Tensor>{at::conv3d(tiles, weight, {}, 1, {1, 1, 1})};
  };
}

/// The definition: every tile's logits weighted into whole volumes, padded as nnU-Net pads.
Tensor brute_force(const Tensor& image, const std::vector<TileLogits>& members,
                   const WindowOptions& options) {
  std::array<int64_t, 3> tile{options.patch[0], options.patch[1], options.patch[2]}, low{};
  std::vector<int64_t> amounts, size;
  for (size_t axis = 0; axis < 3; ++axis) {
    const int64_t missing = std::max<int64_t>(0, tile[axis] - image.size(static_cast<int64_t>(axis) + 1));
    low[axis] = missing / 2;
    amounts.insert(amounts.begin(), {low[axis], missing - low[axis]});
  }
  const Tensor padded = at::constant_pad_nd(image, amounts, 0), weights = gaussian_weights(tile);
  Tensor mean;
  for (const TileLogits& member : members) {
    Tensor sum, norm;
    for (const int64_t z : window_starts(padded.size(1), tile[0], options.step))
      for (const int64_t y : window_starts(padded.size(2), tile[1], options.step))
        for (const int64_t x : window_starts(padded.size(3), tile[2], options.step)) {
          const auto box = [&](const Tensor& volume) {
            return volume.narrow(1, z, tile[0]).narrow(2, y, tile[1]).narrow(3, x, tile[2]);
          };
          const Tensor logits = member(box(padded).unsqueeze(0)).front()[0];
          if (!sum.defined()) {
            sum = at::zeros({logits.size(0), padded.size(1), padded.size(2), padded.size(3)});
            norm = at::zeros_like(sum);
          }
          box(sum).add_(logits * weights);
          box(norm).add_(weights);
        }
    mean = mean.defined() ? mean + sum / norm : sum / norm;
  }
  for (size_t axis = 0; axis < 3; ++axis)
    mean = mean.narrow(static_cast<int64_t>(axis) + 1, low[axis], image.size(static_cast<int64_t>(axis) + 1));
  return mean / static_cast<double>(members.size());
}

struct Setting {
  std::vector<int64_t> size, patch;
  double step;
  int64_t tiles;
};

const Setting settings[] = {
    {{20, 17, 23}, {8, 8, 8}, 0.5, 4},  {{8, 8, 8}, {8, 8, 8}, 0.5, 1},   {{5, 20, 6}, {8, 8, 8}, 0.5, 3},
    {{21, 9, 9}, {6, 10, 12}, 0.75, 2}, {{13, 12, 11}, {4, 6, 8}, 1, 16}, {{1, 30, 30}, {1, 16, 16}, 0.5, 5},
    {{30, 3, 3}, {7, 4, 2}, 0.3, 4},
};

DOCTEST_TEST_SUITE("infer/sliding_window") {
  DOCTEST_TEST_CASE("aggregating the tiles of an image gives the image") {
    for (const Setting& setting : settings) {
      DOCTEST_CAPTURE(join(setting.size, "x"));
      const Tensor image = noise({2, setting.size[0], setting.size[1], setting.size[2]}, "image");
      const WindowOptions options{.patch = setting.patch, .step = setting.step, .tiles = setting.tiles};
      const Tensor result = collected(image, {identity()}, options);
      DOCTEST_REQUIRE(result.sizes() == image.sizes());
      DOCTEST_CHECK(at::allclose(result, image, 1e-5, 1e-5));
    }
  }

  DOCTEST_TEST_CASE("slabs equal whole-volume sums for an ensemble of two") {
    for (const Setting& setting : settings) {
      DOCTEST_CAPTURE(join(setting.size, "x"));
      const Tensor image = noise({2, setting.size[0], setting.size[1], setting.size[2]}, "image");
      const WindowOptions options{.patch = setting.patch, .step = setting.step, .tiles = setting.tiles};
      const std::vector<TileLogits> members{convolution("one"), convolution("two")};
      DOCTEST_CHECK(
          at::allclose(collected(image, members, options), brute_force(image, members, options), 1e-4, 1e-4));
    }
  }

  DOCTEST_TEST_CASE("an ensemble of one network twice is the network") {
    const Tensor image = noise({2, 19, 9, 12}, "image");
    const WindowOptions options{.patch = {8, 8, 8}};
    const TileLogits network = convolution("one");
    DOCTEST_CHECK(at::allclose(collected(image, {network, network}, options),
                               collected(image, {network}, options), 1e-5, 1e-5));
  }

  DOCTEST_TEST_CASE("mirroring is the mean over all flips of each tile") {
    const TileLogits network = convolution("one");
    const TileLogits mean_over_flips = [&network](const Tensor& tiles) {
      Tensor mean;
      for (const std::vector<int64_t>& axes : {std::vector<int64_t>{}, {2}, {4}, {2, 4}}) {
        const Tensor turned_back = at::flip(network(at::flip(tiles, axes)).front(), axes) / 4;
        mean = mean.defined() ? mean + turned_back : turned_back;
      }
      return std::vector<Tensor>{mean};
    };
    for (const Setting& setting : settings) {
      DOCTEST_CAPTURE(join(setting.size, "x"));
      const Tensor image = noise({2, setting.size[0], setting.size[1], setting.size[2]}, "image");
      WindowOptions options{.patch = setting.patch, .step = setting.step, .tiles = setting.tiles};
      const Tensor wanted = collected(image, {mean_over_flips}, options);
      options.mirror_axes = {0, 2};
      DOCTEST_CHECK(at::allclose(collected(image, {network}, options), wanted, 1e-4, 1e-4));
    }
  }

  DOCTEST_TEST_CASE("a slab's tiles and their mirror images fill batches evenly, none beyond the limit") {
    std::vector<int64_t> batches;
    const TileLogits network = [&batches](const Tensor& tiles) {
      batches.push_back(tiles.size(0));
      return std::vector<Tensor>{tiles};
    };
    const Tensor image = noise({1, 8, 12, 20}, "image");  // 1 x 2 x 4 tiles
    collected(image, {network}, {.patch = {8, 8, 8}, .tiles = 3});
    DOCTEST_CHECK(batches == std::vector<int64_t>{3, 3, 2});
    batches.clear();
    collected(image, {network}, {.patch = {8, 8, 8}, .tiles = 5, .mirror_axes = {1}});
    DOCTEST_CHECK(batches == std::vector<int64_t>{4, 4, 4, 4});
    batches.clear();
    collected(image, {network}, {.patch = {8, 8, 8}});
    DOCTEST_CHECK(batches.front() == std::min<int64_t>(8, tiles_at_once({8, 8, 8}, at::kCPU)));
    DOCTEST_CHECK(tiles_at_once({512, 512, 512}, at::kCPU) == 1);
  }

  DOCTEST_TEST_CASE("where memory does not suffice for a batch, smaller ones give the same answer") {
    const TileLogits network = convolution("one");
    int64_t refused = 0;
    const TileLogits narrow = [&](const Tensor& tiles) {
      TORCH_CHECK_WITH(OutOfMemoryError, tiles.size(0) <= 2 || (++refused, false), "out of memory");
      return network(tiles);
    };
    const Tensor image = noise({2, 13, 12, 20}, "image");
    const WindowOptions options{.patch = {8, 8, 8}, .tiles = 8};
    DOCTEST_CHECK(
        at::allclose(collected(image, {narrow}, options), collected(image, {network}, options), 1e-5, 1e-5));
    DOCTEST_CHECK(refused == 2);  // batches of 8 and of 4
    const TileLogits none = [](const Tensor&) -> std::vector<Tensor> {
      TORCH_CHECK_WITH(OutOfMemoryError, false, "out of memory");
      return {};
    };
    DOCTEST_CHECK_THROWS_AS(collected(image, {none}, options), c10::OutOfMemoryError);
  }

  DOCTEST_TEST_CASE("the memory of a window does not grow with the planes of the image") {
    std::vector<int64_t> peaks;
    for (const int64_t depth : {40, 400}) {
      const Tensor image = noise({1, depth, 24, 24}, "image");
      const auto peak = std::make_shared<PeakBytes>();
      const c10::DebugInfoGuard watch(c10::DebugInfoKind::PROFILER_STATE, peak);
      int64_t planes = 0;
      slide_window(image, {identity()}, {[&planes](const Tensor& next) { planes += next.size(1); }},
                   {.patch = {16, 16, 16}});
      DOCTEST_CHECK(planes == depth);
      peaks.push_back(peak->peak());
    }
    DOCTEST_CHECK(peaks[0] > 16 * 24 * 24 * 4);
    DOCTEST_CHECK(peaks[1] <= peaks[0] * 11 / 10);
  }

  DOCTEST_TEST_CASE("tile positions equal nnU-Net's") {
    const ScratchFolder folder;
    Random random({"window"});
    std::string questions, answers;
    for (int i = 0; i < 500; ++i) {
      const int64_t tile = 1 + random.below(200), size = tile + random.below(400);
      const double step = i % 3 == 0 ? 0.5 : random.uniform(0.05, 1);
      questions += cat(size, " ", tile, " ", number_text(step), "\n");
      answers += join(window_starts(size, tile, step), " ") + "\n";
    }
    write_atomically(folder.path() / "in.txt", questions);
    if (!run_python("infer/golden/window_starts.py", {folder.path() / "in.txt", folder.path() / "out.txt"}))
      return;
    DOCTEST_CHECK(read_text(folder.path() / "out.txt") == answers);
  }

  DOCTEST_TEST_CASE("logits equal nnU-Net's predictor, with padding and mirroring") {
    const ScratchFolder folder;
    const Tensor image = noise({2, 11, 6, 19}, "image");
    const WindowOptions options{.patch = {8, 8, 8}, .mirror_axes = {0, 2}};
    const NamedTensors given{{"image", image},
                             {"weight", noise({3, 2, 3, 3, 3}, "one")},
                             {"patch", at::full({3}, 8, at::kLong)},
                             {"mirror_axes", at::arange(0, 3, 2, at::kLong)}};
    write_atomically(folder.path() / "in.safetensors", safetensors_bytes(given));
    if (!run_python("infer/golden/slide_window.py",
                    {folder.path() / "in.safetensors", folder.path() / "out.safetensors"}))
      return;
    const Tensor theirs = read_safetensors(folder.path() / "out.safetensors").at("logits");
    const Tensor ours = collected(image, {convolution("one")}, options);
    // nnU-Net sums in half precision, whose smallest numbers its weights in the image's corners fall below.
    const Tensor differs = (ours - theirs).abs() > 5e-2 + 5e-3 * theirs.abs();
    DOCTEST_CHECK(differs.to(at::kFloat).mean().item<double>() < 0.01);
    DOCTEST_CHECK((ours - theirs).abs().mean().item<double>() < 5e-3);
  }

  DOCTEST_TEST_CASE("flat tiles meet every plane once, and each plane is handed on") {
    DOCTEST_CHECK(window_starts(5, 1, 0.5) == std::vector<int64_t>{0, 1, 2, 3, 4});
    const Tensor image = noise({2, 5, 30, 30}, "flat");
    const WindowOptions options{.patch = {1, 16, 16}};
    int64_t tiles = 0;
    const TileLogits counted = [&tiles](const Tensor& batch) {
      tiles += batch.size(0);
      return std::vector<Tensor>{batch};
    };
    DOCTEST_CHECK(at::allclose(collected(image, {counted}, options), image, 1e-5, 1e-5));
    DOCTEST_CHECK(tiles == 5 * 3 * 3);
    Placement placement;
    placement.native.size = placement.working.size = {5, 30, 30};
    placement.crop = {{0, 0, 0}, {5, 30, 30}};
    const LabelCodes codes({{"one", 1}});
    const auto readout = make_voxel_readout(placement, codes, {.shares = true});
    slide_window(image, {identity()}, {[&readout](const Tensor& planes) { readout->add(planes); }}, options);
    const auto answer = std::get<LabelMap>(readout->finish());
    DOCTEST_CHECK(at::equal(answer.labels.to(at::kLong), image.argmax(0)));
    DOCTEST_CHECK(at::equal(answer.shares.argmax(0), image.argmax(0)));
  }

  DOCTEST_TEST_CASE("a tile larger than its axis, a step outside (0, 1] and less than no tiles are refused") {
    DOCTEST_CHECK_THROWS_AS(window_starts(7, 8, 0.5), Error);
    DOCTEST_CHECK_THROWS_AS(window_starts(8, 8, 0), Error);
    DOCTEST_CHECK_THROWS_AS(window_starts(8, 8, 1.5), Error);
    DOCTEST_CHECK_THROWS_AS(
        collected(at::zeros({1, 8, 8, 8}), {identity()}, {.patch = {8, 8, 8}, .tiles = -1}), Error);
  }
}

}  // namespace
}  // namespace tazuna
