// SPDX-License-Identifier: Apache-2.0
#include "data/sampler.hpp"

#include <algorithm>
#include <set>

#include "tests/data/synthetic.hpp"
#include "tests/kernels/gpu.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// First voxel of the patch around a centre.
std::array<int64_t, 3> start_of(const std::array<double, 3>& centre, const std::array<int64_t, 3>& patch) {
  std::array<int64_t, 3> start;
  for (int axis = 0; axis < 3; ++axis) {
    const double exact = centre[axis] - 0.5 * static_cast<double>(patch[axis] - 1);
    start[axis] = std::lround(exact);
    DOCTEST_REQUIRE(exact == static_cast<double>(start[axis]));
  }
  return start;
}

}  // namespace

using Axes = std::vector<int64_t>;

DOCTEST_TEST_SUITE("data/sampler") {
  DOCTEST_TEST_CASE("every epoch draws every case once, in an order of its own") {
    std::vector<int64_t> first, second;
    for (int64_t k = 0; k < 50; ++k) {
      const Draw drawn = draw_of(k, 7, 25);
      DOCTEST_CHECK(drawn.epoch == k / 25);
      (k < 25 ? first : second).push_back(drawn.index);
    }
    DOCTEST_CHECK(first != second);
    DOCTEST_CHECK(std::set<int64_t>(first.begin(), first.end()).size() == 25);
    DOCTEST_CHECK(std::set<int64_t>(second.begin(), second.end()).size() == 25);
    DOCTEST_CHECK(draw_of(30, 7, 25).index == second[5]);
    DOCTEST_CHECK_THROWS_AS(draw_of(0, 7, 0), Error);
  }

  DOCTEST_TEST_CASE("the foreground index holds voxels of their label, no more than asked, spread over all") {
    const Sample sample = synthetic_sample({30, 30, 30});
    const Tensor labels = sample.maps.at("label").voxels;
    const ForegroundIndex all = index_foreground(sample, "label"),
                          some = index_foreground(sample, "label", 300);
    DOCTEST_REQUIRE(all.voxels.size() == 2);
    for (const auto& [label, voxels] : some.voxels) {
      const int64_t count = labels.eq(label).sum().item<int64_t>();
      DOCTEST_CHECK(std::ssize(all.voxels.at(label)) == std::min<int64_t>(count, 10000));
      DOCTEST_CHECK(std::ssize(voxels) == std::min<int64_t>(count, 300));
      const std::set<std::array<int32_t, 3>> distinct(voxels.begin(), voxels.end());
      DOCTEST_CHECK(distinct.size() == voxels.size());
      int64_t late = 0;
      for (const auto& [z, y, x] : voxels) {
        DOCTEST_REQUIRE(labels[0][z][y][x].item<int64_t>() == label);
        late += z >= 15;
      }
      const double share =
          labels.narrow(1, 15, 15).eq(label).sum().item<double>() / static_cast<double>(count);
      DOCTEST_CHECK(std::abs(static_cast<double>(late) / static_cast<double>(voxels.size()) - share) < 0.12);
    }
    DOCTEST_CHECK(index_foreground(sample, "another").voxels.empty());
  }

  DOCTEST_TEST_CASE(
      "a patch lies inside the case, at every place equally often, or has the case in its middle") {
    const Sample sample = synthetic_sample({12, 9, 10});
    const std::array<int64_t, 3> patch{8, 14, 10};
    std::array<int64_t, 5> times{};
    std::set<int64_t> padded;
    for (int64_t i = 0; i < 5000; ++i) {
      Random random{"centre", i};
      const auto start = start_of(draw_centre(sample, {}, patch, false, random), patch);
      ++times.at(static_cast<size_t>(start[0]));
      padded.insert(start[1]);
      DOCTEST_REQUIRE(start[2] == 0);
    }
    for (const int64_t count : times) DOCTEST_CHECK(std::abs(count - 1000) < 130);
    DOCTEST_CHECK(padded == std::set<int64_t>{-3, -2});
  }

  DOCTEST_TEST_CASE("a forced patch holds the drawn label; both labels are drawn equally often") {
    const Sample sample = synthetic_sample({30, 30, 30});
    const ForegroundIndex index = index_foreground(sample, "label");
    const std::array<int64_t, 3> patch{1, 1, 1};
    std::array<int64_t, 3> times{};
    for (int64_t i = 0; i < 4000; ++i) {
      Random random{"forced", i};
      const auto [z, y, x] = start_of(draw_centre(sample, index, patch, true, random), patch);
      ++times.at(static_cast<size_t>(sample.maps.at("label").voxels[0][z][y][x].item<int64_t>()));
    }
    DOCTEST_CHECK(times[0] == 0);
    DOCTEST_CHECK(std::abs(times[1] - 2000) < 150);
    Random one{"none"}, two{"none"};
    DOCTEST_CHECK(draw_centre(sample, {}, patch, true, one) == draw_centre(sample, {}, patch, false, two));
  }

  DOCTEST_TEST_CASE("the same key gives the same patch, another key another") {
    const Sample sample = synthetic_sample({20, 21, 22}, 2);
    const ForegroundIndex index = index_foreground(sample, "label");
    const auto drawn = [&](int64_t key) {
      Random random{"patch", key};
      return draw_patch(sample, index, {16, 16, 16}, true, {}, random);
    };
    DOCTEST_CHECK(drawn(1).image.voxels.equal(drawn(1).image.voxels));
    DOCTEST_CHECK(drawn(1).maps.at("label").voxels.equal(drawn(1).maps.at("label").voxels));
    DOCTEST_CHECK(!drawn(1).image.voxels.equal(drawn(2).image.voxels));
    DOCTEST_CHECK(drawn(1).subject->id == "sub-01");
  }

  DOCTEST_TEST_CASE(
      "without augmentation a patch is cut and nothing else; a prepared sample is never written to") {
    const Sample sample = synthetic_sample({20, 21, 22});
    const Tensor before = sample.image.voxels.clone();
    AugmentOptions off;
    off.enabled = false;
    Random random{"off"}, again{"off"};
    const Sample patch = draw_patch(sample, {}, {16, 16, 16}, false, off, random);
    const auto [z, y, x] = start_of(draw_centre(sample, {}, {16, 16, 16}, false, again), {16, 16, 16});
    DOCTEST_CHECK(patch.image.voxels.equal(before.narrow(1, z, 16).narrow(2, y, 16).narrow(3, x, 16)));
    for (int64_t i = 0; i < 50; ++i) {
      Random any{"any", i};
      draw_patch(sample, {}, {16, 16, 16}, false, {}, any);
    }
    DOCTEST_CHECK(sample.image.voxels.equal(before));
  }

  DOCTEST_TEST_CASE("what lies outside the nonzero mask stays zero whatever the augmentation") {
    Sample sample = synthetic_sample({20, 20, 20});
    Tensor inside = at::zeros({1, 20, 20, 20}, at::kShort);
    inside.narrow(1, 5, 10).fill_(1);
    sample.image.voxels.mul_(inside);
    sample.maps[std::string(inside_map)] = {inside, sample.image.geometry};
    AugmentOptions options;
    NoiseOptions noise;
    noise.probability = 1;
    options.affine.rotate_probability = options.affine.scale_probability = 0;
    options.transforms = {{noise}};
    Random random{"mask"};
    const Sample patch = draw_patch(sample, {}, {20, 20, 20}, false, options, random);
    DOCTEST_CHECK(patch.image.voxels.narrow(1, 0, 5).count_nonzero().item<int64_t>() == 0);
    DOCTEST_CHECK(
        patch.image.voxels.narrow(1, 5, 10).ne(sample.image.voxels.narrow(1, 5, 10)).all().item<bool>());
    DOCTEST_CHECK(!patch.maps.contains(std::string(inside_map)));
  }

  DOCTEST_TEST_CASE("ranges the wrong way round and repeated axes are problems with a place") {
    AugmentOptions options;
    options.affine.scale_least = 2;
    GhostingOptions ghosts;
    ghosts.ghosts_least = 11;
    options.transforms = {
        {NoiseOptions{}}, {ContrastOptions{1, 1.5, 0.5}}, {MirrorOptions{0.5, {1, 1}}}, {ghosts}};
    Problems problems;
    validate(options, problems);
    std::vector<std::string> places;
    for (const Problem& problem : problems.list()) places.push_back(problem.where);
    DOCTEST_CHECK(places == std::vector<std::string>{"affine.scale_least", "transforms.1.least",
                                                     "transforms.2.axes", "transforms.3.ghosts_least"});
    Problems none;
    validate(AugmentOptions{}, none);
    DOCTEST_CHECK(none.empty());
  }

  DOCTEST_TEST_CASE("the default recipe has nnU-Net's order") {
    std::vector<std::string_view> kinds;
    for (const TransformEntry& entry : default_transforms()) kinds.push_back(kind_of(entry.transform));
    DOCTEST_CHECK(kinds == std::vector<std::string_view>{"noise", "blur", "brightness", "contrast",
                                                         "low_resolution", "gamma", "mirror"});
  }

  DOCTEST_TEST_CASE("mirrors are limited to the allowed axes, whether listed or by default") {
    const auto axes_of = [](const AugmentOptions& options) {
      std::vector<int64_t> axes;
      for (const TransformEntry& entry : options.transforms) {
        if (const auto* mirror = std::get_if<MirrorOptions>(&entry.transform)) axes = mirror->axes;
      }
      return axes;
    };
    AugmentOptions listed;
    listed.transforms = {{NoiseOptions{}}, {MirrorOptions{0.5, {2, 1}}}};
    const Axes as_they_are{0, 1, 2};
    DOCTEST_CHECK(axes_of(with_mirrors_along({0, 1, 2}, as_they_are, {})) == Axes{0, 1, 2});
    DOCTEST_CHECK(axes_of(with_mirrors_along({0, 1}, as_they_are, {})) == Axes{0, 1});
    DOCTEST_CHECK(axes_of(with_mirrors_along({0, 1}, as_they_are, listed)) == Axes{1});
    DOCTEST_CHECK(with_mirrors_along({0, 1}, as_they_are, listed).transforms.size() == 2);
    DOCTEST_CHECK(with_mirrors_along({0, 1}, as_they_are, {}).transforms.size() ==
                  default_transforms().size());
  }

  DOCTEST_TEST_CASE("mirrors are listed along the image's axes, however the working axes are arranged") {
    const Axes sagittal{2, 0, 1};  // x is coarsest and comes first
    AugmentOptions options;
    options.affine.rotate_probability = options.affine.scale_probability = 0;
    options.transforms = {{MirrorOptions{1, {0, 1}}}};
    DOCTEST_CHECK(mirrored_axes(options, sagittal) == Axes{1, 2});
    DOCTEST_CHECK(mirrored_axes({}, sagittal) == Axes{0, 1, 2});
    const Sample sample = synthetic_sample({5, 6, 7});
    Random random{"sagittal"};
    const Sample flipped =
        draw_patch(sample, {}, {5, 6, 7}, false, with_mirrors_along({1, 2}, sagittal, options), random);
    DOCTEST_CHECK(flipped.image.voxels.equal(sample.image.voxels.flip({2, 3})));
  }

  DOCTEST_TEST_CASE("where a label is ignored, patches that are not forced are centred on known voxels") {
    Sample sample = synthetic_sample({12, 10, 9});
    Tensor labels = at::full({1, 12, 10, 9}, 7, at::kShort);
    labels[0][3].fill_(0);
    labels[0][4][5].fill_(2);
    sample.maps["label"].voxels = labels;
    DOCTEST_CHECK(index_foreground(sample, "label").annotated.empty());
    const ForegroundIndex index = index_foreground(sample, "label", 10000, 7);
    DOCTEST_CHECK(index.annotated.size() == 99);
    DOCTEST_CHECK((index.voxels.at(2) == index_foreground(sample, "label").voxels.at(2)));
    std::array<int64_t, 2> times{};
    for (int64_t i = 0; i < 2000; ++i) {
      Random random{"known", i};
      const auto [z, y, x] = start_of(draw_centre(sample, index, {1, 1, 1}, false, random), {1, 1, 1});
      const auto label = labels[0][z][y][x].item<int64_t>();
      DOCTEST_REQUIRE(label != 7);
      ++times.at(label == 2);
    }
    DOCTEST_CHECK(std::abs(times[1] - 2000 * 9 / 99) < 60);
  }

  DOCTEST_TEST_CASE("a patch drawn on a device is the CPU's patch, and so are the random numbers after it") {
    std::vector<at::Device> devices{at::Device(at::kCPU)};
    if (const auto device = gpu()) devices.push_back(*device);
    Sample sample = synthetic_sample({20, 22, 24}, 3);
    sample.image.voxels[1].zero_();
    sample.present[1].fill_(false);
    sample.maps[std::string(inside_map)] = {sample.maps.at("label").voxels.gt(0).to(at::kShort),
                                            sample.image.geometry};
    AugmentOptions options;
    options.affine.rotate_probability = options.affine.scale_probability = 0.6;
    for (TransformEntry entry : default_transforms()) {
      std::visit([](auto& one) { one.probability = 0.6; }, entry.transform);
      if (!std::holds_alternative<NoiseOptions>(entry.transform)) options.transforms.push_back(entry);
    }
    options.transforms.push_back({MotionOptions{}});
    options.transforms.push_back({SequenceDropoutOptions{}});
    for (const at::Device device : devices) {
      for (int64_t key = 0; key < 30; ++key) {
        options.enabled = key > 2;
        Random random{"device", key}, other{"device", key};
        const Sample loops = draw_patch(sample, {}, {14, 12, 13}, false, options, random);
        const Sample there = draw_patch(sample, {}, {14, 12, 13}, false, options, other, device);
        DOCTEST_CHECK((there.image.voxels.device() == device));
        DOCTEST_CHECK(random.bits() == other.bits());
        DOCTEST_CHECK(there.present.equal(loops.present));
        DOCTEST_CHECK((there.image.voxels.cpu() - loops.image.voxels).abs().max().item<double>() < 1e-4);
        DOCTEST_CHECK(there.image.voxels.cpu().eq(0).equal(loops.image.voxels.eq(0)));
        DOCTEST_REQUIRE(there.maps.size() == 1);
        DOCTEST_CHECK(there.maps.at("label").voxels.cpu().equal(loops.maps.at("label").voxels));
      }
    }
  }

  DOCTEST_TEST_CASE("an absent sequence stays zero whatever the augmentation") {
    Sample sample = synthetic_sample({20, 20, 20}, 2);
    sample.image.voxels[1].zero_();
    sample.present[1].fill_(false);
    AugmentOptions options;
    NoiseOptions noise;
    noise.probability = 1;
    options.transforms = {{noise}};
    Random random{"absent"};
    const Sample patch = draw_patch(sample, {}, {16, 16, 16}, false, options, random);
    DOCTEST_CHECK(patch.image.voxels[1].count_nonzero().item<int64_t>() == 0);
    DOCTEST_CHECK(patch.image.voxels[0].std().item<double>() > 0);
  }
}
