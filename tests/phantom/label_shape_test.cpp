// SPDX-License-Identifier: Apache-2.0
#include "phantom/label_shape.hpp"

#include <ATen/ATen.h>

#include <filesystem>

#include "image/volume.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A map of two boxes along x; x of the world grows with the voxel's or against it.
void write_map(const std::filesystem::path& file, int first, int second, bool flipped = false) {
  Tensor map = at::zeros({12, 14, 20}, at::kByte);
  map.slice(0, 3, 7).slice(1, 4, 9).slice(2, 2, 6).fill_(first);
  map.slice(0, 4, 9).slice(1, 5, 8).slice(2, 12, 18).fill_(second);
  Geometry geometry{.size = {12, 14, 20}, .spacing = {0.7, 0.7, 0.7}};
  if (flipped) geometry.direction = {0, 0, -1, 0, 1, 0, 1, 0, 0};
  write_labels(file, map, geometry, {});
}

double sampled_volume(const Shape& shape) {
  const double step = 0.1;
  int64_t inside = 0;
  for (double z = -8; z < 8; z += step)
    for (double y = -8; y < 8; y += step)
      for (double x = -8; x < 8; x += step) inside += shape.holds({x, y, z});
  return static_cast<double>(inside) * step * step * step;
}

DOCTEST_TEST_SUITE("phantom/label_shape") {
  DOCTEST_TEST_CASE("left is where the world's x is smaller, whatever the labels and the grid") {
    const ScratchFolder folder;
    write_map(folder.path() / "a.nii.gz", 1, 2);
    write_map(folder.path() / "b.nii.gz", 2, 1);
    write_map(folder.path() / "c.nii.gz", 1, 2, /*flipped=*/true);
    const auto pairs = read_label_pairs(folder.path());
    DOCTEST_REQUIRE(pairs.size() == 3);
    DOCTEST_CHECK(pairs[0].file == "a.nii.gz");
    // The first box is four voxels wide and the second six; a margin of one on each side.
    DOCTEST_CHECK(pairs[0].left.size[2] == 6);
    DOCTEST_CHECK(pairs[1].left.size[2] == 6);
    DOCTEST_CHECK(pairs[2].left.size[2] == 8);
  }

  DOCTEST_TEST_CASE("a placed form has the volume asked for, about its centre") {
    const ScratchFolder folder;
    write_map(folder.path() / "a.nii.gz", 1, 2, /*flipped=*/true);
    const auto pairs = read_label_pairs(folder.path());
    const Point centre{0.3, -0.2, 0.1};
    for (const double mm3 : {15.0, 30.0, 60.0}) {
      const auto shape = make_label_shape(pairs[0].right, centre, mm3);
      DOCTEST_CHECK(sampled_volume(*shape) == doctest::Approx(mm3).epsilon(0.03));
      DOCTEST_CHECK(shape->holds(centre));
    }
  }

  DOCTEST_TEST_CASE("the clearance never exceeds the distance to the surface") {
    const ScratchFolder folder;
    write_map(folder.path() / "a.nii.gz", 1, 2);
    const auto shape = make_label_shape(read_label_pairs(folder.path())[0].left, {0, 0, 0}, 30);
    Random random({1, "points"});
    for (int i = 0; i < 5000; ++i) {
      const Point p = random.uniform(0, 8) * random_direction(random);
      const Point q = p + random.uniform(0, 4) * random_direction(random);
      if (shape->holds(p) != shape->holds(q)) {
        DOCTEST_REQUIRE(std::abs(shape->clearance(p)) <= length(p - q));
      }
    }
  }

  DOCTEST_TEST_CASE("folders and maps without a pair are refused by name") {
    const ScratchFolder folder;
    DOCTEST_CHECK(says(refusal_of([&] { read_label_pairs(folder.path() / "none"); }), "no such folder"));
    DOCTEST_CHECK(says(refusal_of([&] { read_label_pairs(folder.path()); }), "holds no label maps"));
    write_map(folder.path() / "one.nii.gz", 1, 1);
    const std::string sentence = refusal_of([&] { read_label_pairs(folder.path()); });
    DOCTEST_CHECK(says(sentence, "one.nii.gz"));
    DOCTEST_CHECK(says(sentence, "holds 1 label"));
  }
}

}  // namespace
}  // namespace tazuna
