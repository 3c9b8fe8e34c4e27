// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/catalog.hpp"

#include <ATen/Parallel.h>

#include <set>
#include <utility>

#include "tests/data/synthetic.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

template <class Options>
TransformEntry with_probability(double probability) {
  Options options;
  options.probability = probability;
  if constexpr (requires { options.channel_probability; }) options.channel_probability = 1;
  if constexpr (requires { options.inverted_probability; }) options.inverted_probability = probability;
  return {options};
}

/// Every augmentation there is.
std::vector<TransformEntry> every(double probability) {
  return [probability]<size_t... index>(std::index_sequence<index...>) {
    return std::vector<TransformEntry>{
        with_probability<std::variant_alternative_t<index, TransformOptions>>(probability)...};
  }
  (std::make_index_sequence<std::variant_size_v<TransformOptions>>());
}

Sample copy_of(const Sample& sample) {
  Sample copy = sample;
  copy.image.voxels = sample.image.voxels.clone();
  return copy;
}

/// On a device the same draws change a sample alike, but for the noise, and leave the random numbers where
/// they are on the CPU.
void expect_alike_on_device(const TransformEntry& entry, const Sample& sample) {
  for (int64_t key = 0; key < 8; ++key) {
    Random random{"device", key}, other{"device", key};
    Sample loops = copy_of(sample), device = copy_of(sample);
    draw_and_apply(entry, random, loops);
    draw_and_apply(entry, other, device, /*on_device=*/true);
    DOCTEST_CHECK(random.bits() == other.bits());
    DOCTEST_CHECK(device.present.equal(loops.present));
    DOCTEST_CHECK(device.maps.at("label").voxels.equal(loops.maps.at("label").voxels));
    DOCTEST_REQUIRE(device.image.voxels.sizes() == loops.image.voxels.sizes());
    DOCTEST_CHECK(device.image.voxels.is_contiguous());
    if (kind_of(entry.transform) == NoiseOptions::kind) continue;
    DOCTEST_CHECK((device.image.voxels - loops.image.voxels).abs().max().item<double>() < 1e-4);
  }
}

Sample changed(const TransformEntry& entry, const Sample& sample, int64_t key) {
  Random random{"law", key};
  Sample copy = copy_of(sample);
  draw_and_apply(entry, random, copy);
  return copy;
}

bool equal(const Sample& a, const Sample& b) {
  return a.image.voxels.equal(b.image.voxels) && a.present.equal(b.present) &&
         a.maps.at("label").voxels.equal(b.maps.at("label").voxels);
}

}  // namespace

DOCTEST_TEST_SUITE("data/transforms/catalog") {
  DOCTEST_TEST_CASE("the same draw applied twice gives the same bits, and another draw others") {
    const Sample sample = synthetic_sample({9, 10, 11}, 3);
    for (const TransformEntry& entry : every(1)) {
      DOCTEST_CAPTURE(kind_of(entry.transform));
      std::visit(
          [&](const auto& options) {
            Random random{"draw", options.kind};
            const auto drawn = draw(options, random, sample);
            Sample one = copy_of(sample), two = copy_of(sample);
            apply(options, drawn, one);
            apply(options, drawn, two);
            DOCTEST_CHECK(equal(one, two));
          },
          entry.transform);
      bool differ = kind_of(entry.transform) == MirrorOptions::kind;  // always: along all axes
      for (int64_t key = 0; key < 20 && !differ; ++key)
        differ = !equal(changed(entry, sample, key), changed(entry, sample, key + 1));
      DOCTEST_CHECK(differ);
    }
  }

  DOCTEST_TEST_CASE("the number of threads changes no bit") {
    const Sample sample = synthetic_sample({40, 56, 40}, 2);
    const int before = at::get_num_threads();
    for (const TransformEntry& entry : every(1)) {
      DOCTEST_CAPTURE(kind_of(entry.transform));
      at::set_num_threads(1);
      const Sample alone = changed(entry, sample, 3);
      at::set_num_threads(3);
      const Sample together = changed(entry, sample, 3);
      at::set_num_threads(before);
      DOCTEST_CHECK(equal(alone, together));
    }
  }

  DOCTEST_TEST_CASE("what never happens changes nothing") {
    const Sample sample = synthetic_sample({9, 10, 11}, 2);
    for (const TransformEntry& entry : every(0)) {
      DOCTEST_CAPTURE(kind_of(entry.transform));
      for (int64_t key = 0; key < 20; ++key) DOCTEST_CHECK(equal(changed(entry, sample, key), sample));
    }
  }

  DOCTEST_TEST_CASE("labels stay where they are, but for the mirror, which moves them with the image") {
    const Sample sample = synthetic_sample({12, 14, 16}, 2);
    for (const TransformEntry& entry : every(1)) {
      DOCTEST_CAPTURE(kind_of(entry.transform));
      for (int64_t key = 0; key < 5; ++key) {
        const Sample after = changed(entry, sample, key);
        const Tensor& label = after.maps.at("label").voxels;
        if (kind_of(entry.transform) == MirrorOptions::kind) {
          DOCTEST_CHECK(label.equal(labels_of(after.image.voxels)));
        } else {
          DOCTEST_CHECK(label.equal(sample.maps.at("label").voxels));
        }
      }
    }
  }

  DOCTEST_TEST_CASE("curves and artefacts keep mean and standard deviation of every channel") {
    const Sample sample = synthetic_sample({20, 24, 22}, 2);
    const std::set<std::string_view> keepers{GammaOptions::kind,    BiasFieldOptions::kind,
                                             GhostingOptions::kind, SpikeOptions::kind,
                                             MotionOptions::kind,   MirrorOptions::kind};
    for (const TransformEntry& entry : every(1)) {
      if (!keepers.contains(kind_of(entry.transform))) continue;
      DOCTEST_CAPTURE(kind_of(entry.transform));
      for (int64_t key = 0; key < 5; ++key) {
        const Sample after = changed(entry, sample, key);
        for (int64_t c = 0; c < 2; ++c) {
          const auto differ = [&](const Tensor& a, const Tensor& b) {
            return std::abs(a.item<double>() - b.item<double>());
          };
          const Tensor was = sample.image.voxels[c], is = after.image.voxels[c];
          DOCTEST_CHECK(differ(was.mean(), is.mean()) < 1e-4);
          DOCTEST_CHECK(differ(was.std(), is.std()) < 1e-4);
        }
      }
    }
  }

  DOCTEST_TEST_CASE("contrast, smoothing and coarser voxels stay in the range of the channel") {
    const Sample sample = synthetic_sample({20, 24, 22}, 2);
    const double least = sample.image.voxels[0].min().item<double>();
    const double most = sample.image.voxels[0].max().item<double>();
    const std::set<std::string_view> bounded{ContrastOptions::kind, BlurOptions::kind,
                                             LowResolutionOptions::kind};
    for (const TransformEntry& entry : every(1)) {
      if (!bounded.contains(kind_of(entry.transform))) continue;
      DOCTEST_CAPTURE(kind_of(entry.transform));
      for (int64_t key = 0; key < 10; ++key) {
        const Tensor after = changed(entry, sample, key).image.voxels[0];
        DOCTEST_CHECK(after.min().item<double>() >= least - 1e-5);
        DOCTEST_CHECK(after.max().item<double>() <= most + 1e-5);
      }
    }
  }

  DOCTEST_TEST_CASE("constant channels, single slices and single voxels stay finite") {
    for (const TransformEntry& entry : every(1)) {
      DOCTEST_CAPTURE(kind_of(entry.transform));
      for (const std::array<int64_t, 3>& size :
           {std::array<int64_t, 3>{3, 4, 5}, {1, 16, 16}, {16, 1, 16}, {1, 1, 7}, {1, 1, 1}, {2, 2, 2}}) {
        Sample sample = synthetic_sample(size, 2);
        sample.image.voxels[1].fill_(-2.5);
        for (int64_t key = 0; key < 5; ++key) {
          const Tensor after = changed(entry, sample, key).image.voxels;
          DOCTEST_CHECK(after.sizes() == sample.image.voxels.sizes());
          DOCTEST_CHECK(after.isfinite().all().item<bool>());
        }
      }
    }
  }

  DOCTEST_TEST_CASE("the frames of a series change alike, but for the noise of each") {
    Sample sample = synthetic_sample({12, 14, 16}, 1);
    const Tensor still = sample.image.voxels;
    sample.image.voxels = at::cat({still, still, still + 1}).contiguous();
    sample.frame_seconds = 2;
    for (const TransformEntry& entry : every(1)) {
      const bool noise = kind_of(entry.transform) == NoiseOptions::kind;
      DOCTEST_CAPTURE(kind_of(entry.transform));
      for (int64_t key = 0; key < 5; ++key) {
        const Sample after = changed(entry, sample, key);
        DOCTEST_CHECK(after.image.voxels.sizes() == sample.image.voxels.sizes());
        DOCTEST_CHECK(after.image.voxels[0].equal(after.image.voxels[1]) != noise);
        DOCTEST_CHECK(after.image.voxels[2].mean().item<double>() >
                      after.image.voxels[0].mean().item<double>());
        DOCTEST_CHECK(after.present.all().item<bool>());
      }
    }
  }

  DOCTEST_TEST_CASE("on a device every augmentation does what it does on the CPU") {
    for (const TransformEntry& entry : every(1)) {
      DOCTEST_CAPTURE(kind_of(entry.transform));
      for (const std::array<int64_t, 3>& size :
           {std::array<int64_t, 3>{12, 14, 16}, {1, 16, 21}, {16, 1, 16}, {1, 1, 7}, {1, 1, 1}, {2, 2, 2}}) {
        Sample sample = synthetic_sample(size, 3);
        sample.image.voxels[1].fill_(-2.5);
        expect_alike_on_device(entry, sample);
      }
      Sample series = synthetic_sample({9, 10, 11}, 4);
      series.present = at::ones({1}, at::kBool);
      series.frame_seconds = 2;
      expect_alike_on_device(entry, series);
    }
  }

  DOCTEST_TEST_CASE("each channel has a draw of its own") {
    Sample sample = synthetic_sample({20, 24, 22}, 1);
    sample.image.voxels = at::cat({sample.image.voxels, sample.image.voxels}).contiguous();
    sample.present = at::ones({2}, at::kBool);
    for (const TransformEntry& entry : every(1)) {
      if (kind_of(entry.transform) == MirrorOptions::kind) continue;
      DOCTEST_CAPTURE(kind_of(entry.transform));
      const Tensor after = changed(entry, sample, 1).image.voxels;
      DOCTEST_CHECK(!after[0].equal(after[1]));
    }
  }
}
