// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/cut_device.hpp"

#include "core/random.hpp"
#include "tests/data/synthetic.hpp"
#include "tests/kernels/gpu.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Size = std::array<int64_t, 3>;

/// The CPU, and a GPU where there is one.
std::vector<at::Device> devices() {
  std::vector<at::Device> all{at::Device(at::kCPU)};
  if (const auto device = gpu()) all.push_back(*device);
  return all;
}

/// A case with labels in large bodies, and with others that change from voxel to voxel.
Sample case_of(const Size& size, int64_t channels, Random& random) {
  Sample sample = synthetic_sample(size, channels);
  Tensor spots = at::empty({1, size[0], size[1], size[2]}, at::kShort);
  auto* label = spots.mutable_data_ptr<int16_t>();
  for (int64_t i = 0; i < spots.numel(); ++i) label[i] = static_cast<int16_t>(random.below(4) * 100);
  sample.maps["spots"] = {spots, sample.image.geometry};
  return sample;
}

/// Turns, scales and shears by any amount, linearly or cubically; now and then a matrix that moves places by
/// whole or half voxels.
AffineDraw any_affine(Random& random) {
  AffineDraw drawn;
  drawn.identity = false;
  drawn.cubic = random.chance(0.5);
  if (random.chance(0.2)) {
    for (const int place : {0, 4, 8}) drawn.matrix[place] = random.chance(0.5) ? 0.5 : -1;
    return drawn;
  }
  const double scale = random.uniform(0.3, 1.7);
  drawn.matrix =
      rotation_matrix({random.uniform(-180, 180), random.uniform(-180, 180), random.uniform(-180, 180)});
  for (double& one : drawn.matrix) one = one * scale + random.uniform(-0.1, 0.1);
  return drawn;
}

std::array<double, 3> any_centre(const Size& size, Random& random) {
  std::array<double, 3> centre;
  for (int axis = 0; axis < 3; ++axis) {
    centre[axis] = random.uniform(-0.2, 1.2) * static_cast<double>(size[axis]);
    if (random.chance(0.3)) centre[axis] = std::round(centre[axis]);
  }
  return centre;
}

void expect_alike(const Sample& device, const Sample& loops) {
  DOCTEST_REQUIRE(device.image.voxels.sizes() == loops.image.voxels.sizes());
  DOCTEST_CHECK(device.image.voxels.is_contiguous());
  DOCTEST_CHECK((device.image.voxels.cpu() - loops.image.voxels).abs().max().item<double>() < 1e-4);
  DOCTEST_REQUIRE(device.maps.size() == loops.maps.size());
  for (const auto& [selector, map] : loops.maps)
    DOCTEST_CHECK(device.maps.at(selector).voxels.cpu().equal(map.voxels));
  DOCTEST_CHECK(device.image.geometry.size == loops.image.geometry.size);
  DOCTEST_CHECK(device.present.is_cpu());
}

const std::vector<std::pair<Size, Size>> sizes_and_patches{
    {{20, 24, 22}, {16, 12, 14}}, {{9, 10, 11}, {12, 20, 13}}, {{6, 30, 28}, {1, 16, 16}},
    {{1, 30, 28}, {1, 20, 32}},   {{24, 20, 1}, {8, 8, 3}},    {{2, 1, 2}, {5, 5, 5}}};

}  // namespace

DOCTEST_TEST_SUITE("data/transforms/cut_device") {
  DOCTEST_TEST_CASE("a patch cut on a device has the labels of the CPU's, and its intensities") {
    for (const at::Device device : devices()) {
      for (const auto& [size, patch] : sizes_and_patches) {
        for (int64_t key = 0; key < 40; ++key) {
          DOCTEST_CAPTURE(key);
          Random random{"cut", key, size[0], patch[1]};
          const Sample sample = case_of(size, 1 + key % 3, random);
          const AffineDraw affine = any_affine(random);
          const auto centre = any_centre(size, random);
          expect_alike(cut_patch_on(device, sample, patch, centre, affine),
                       cut_patch(sample, patch, centre, affine));
        }
      }
    }
  }

  DOCTEST_TEST_CASE("without an affine a patch cut on a device has the case's very voxels") {
    for (const at::Device device : devices()) {
      for (const auto& [size, patch] : sizes_and_patches) {
        Random random{"copy", size[0]};
        const Sample sample = case_of(size, 2, random);
        const auto centre = any_centre(size, random);
        const Sample there = cut_patch_on(device, sample, patch, centre, {}),
                     loops = cut_patch(sample, patch, centre, {});
        DOCTEST_CHECK(there.image.voxels.cpu().equal(loops.image.voxels));
        expect_alike(there, loops);
      }
    }
  }

  DOCTEST_TEST_CASE("a patch far from the case is empty on a device, too") {
    Random random{"far"};
    const Sample sample = case_of({8, 9, 10}, 2, random);
    for (const at::Device device : devices()) {
      const Sample cut = cut_patch_on(device, sample, {4, 4, 4}, {1e12, -300, 4}, any_affine(random));
      DOCTEST_CHECK(cut.image.voxels.sizes() == at::IntArrayRef({2, 4, 4, 4}));
      DOCTEST_CHECK(cut.image.voxels.count_nonzero().item<int64_t>() == 0);
      DOCTEST_CHECK(cut.maps.at("spots").voxels.count_nonzero().item<int64_t>() == 0);
    }
  }

  DOCTEST_TEST_CASE("the case that a patch is cut from stays as it is") {
    Random random{"same"};
    const Sample sample = case_of({8, 9, 10}, 2, random);
    const Tensor before = sample.image.voxels.clone();
    for (const at::Device device : devices())
      for (const bool identity : {true, false}) {
        AffineDraw affine = any_affine(random);
        affine.identity = identity;
        cut_patch_on(device, sample, {8, 9, 10}, {3.5, 4, 4.5}, affine).image.voxels.zero_();
        DOCTEST_CHECK(sample.image.voxels.equal(before));
      }
  }
}
