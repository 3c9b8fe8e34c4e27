// SPDX-License-Identifier: Apache-2.0
#include "phantom/paint.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "phantom/scanner.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Person person_of(const Preset& preset, int64_t number) {
  Person person = draw_people({.like = preset.name, .subjects = 4}, preset)[0];
  person.number = number;
  return person;
}

/// The body at a place, looked for at every one of the 64 points.
Tensor brute_force(const Head& head, const Geometry& geometry) {
  const auto& size = geometry.size;
  Tensor tissues = at::zeros({static_cast<int64_t>(tissue_count), size[0], size[1], size[2]}, at::kByte);
  auto parts = tissues.accessor<uint8_t, 4>();
  const auto world = [&](double z, double y, double x) {
    const double index[] = {z, y, x};
    std::array<double, 3> place = geometry.origin;
    for (int row = 0; row < 3; ++row)
      for (int axis = 0; axis < 3; ++axis)
        place[row] += index[axis] * geometry.spacing[axis] * geometry.direction[3 * row + axis];
    return Point{place[0], place[1], place[2]};
  };
  for (int64_t z = 0; z < size[0]; ++z)
    for (int64_t y = 0; y < size[1]; ++y)
      for (int64_t x = 0; x < size[2]; ++x) {
        const Point centre = world(double(z), double(y), double(x));
        const Warp::Local local = head.warp.at(centre);
        for (int part = 0; part < 64; ++part) {
          const double a = (part / 16 + 0.5) / 4 - 0.5, b = (part / 4 % 4 + 0.5) / 4 - 0.5,
                       c = (part % 4 + 0.5) / 4 - 0.5;
          const Point here = world(double(z) + a, double(y) + b, double(x) + c);
          const Point place = local.place + local.slope * (here - centre);
          Tissue tissue = Tissue::air;
          for (const Body& body : head.bodies)
            if (body.shape->holds(body.warped ? place : here)) tissue = body.tissue;
          ++parts[static_cast<int64_t>(tissue)][z][y][x];
        }
      }
  return tissues;
}

double painted_mm3(const Painted& painted, const Tensor& parts) {
  return parts.to(at::kDouble).sum().item<double>() / parts_per_voxel * voxel_volume(painted.geometry);
}

DOCTEST_TEST_SUITE("phantom/paint") {
  DOCTEST_TEST_CASE("sampling near surfaces alone gives what sampling everywhere gives") {
    struct Row {
      const char* like;
      double spacing;
    };
    for (const Row row : {Row{"habenula", 1.6}, Row{"glioma", 7.0}, Row{"schwannoma", 2.6}}) {
      const Preset preset = preset_of(row.like, "3T");
      const Head head = make_head(preset, person_of(preset, 1), nullptr, 6);
      const Geometry grid = draw_grid(preset, row.spacing, Random({1, "grid"}));
      const Painted painted = paint(head, grid, preset.structures);
      const Tensor expected = brute_force(head, grid);
      const Tensor differing = (painted.tissues.to(at::kInt) - expected.to(at::kInt)).abs().amax(0);
      DOCTEST_CAPTURE(row.like);
      // A point exactly on a surface may fall to either side by rounding.
      DOCTEST_CHECK(differing.max().item<int>() <= 1);
      DOCTEST_CHECK((differing > 0).sum().item<int64_t>() <= 3);
    }
  }

  DOCTEST_TEST_CASE("every voxel is filled, and a label stands where a structure fills at least half") {
    const Preset preset = preset_of("habenula", "7T");
    const Head head = make_head(preset, person_of(preset, 2), nullptr, 6);
    const Painted painted = paint(head, draw_grid(preset, 1.0, Random({2, "grid"})), preset.structures);
    DOCTEST_CHECK((painted.tissues.to(at::kInt).sum(0) == 64).all().item<bool>());
    const Tensor labels = label_map(painted);
    for (size_t s = 0; s < preset.structures.size(); ++s) {
      const auto label = static_cast<int64_t>(s + 1);
      const Tensor half = painted.structures[static_cast<int64_t>(s)] >= 32;
      DOCTEST_CHECK(half.any().item<bool>());
      const Tensor differing = half != (labels == label);
      // Two structures that halve a voxel: the first has it.
      DOCTEST_CHECK(
          (painted.structures[static_cast<int64_t>(s)].masked_select(differing) == 32).all().item<bool>());
    }
  }

  DOCTEST_TEST_CASE("the painted pair has the volume of the person's latent values") {
    const Preset preset = preset_of("habenula", "7T");
    for (int64_t number = 0; number < 6; ++number) {
      Person person = person_of(preset, number);
      person.pair_factor = {0.7 + 0.1 * static_cast<double>(number), 1.3};
      const Head head = make_head(preset, person, nullptr, 1);
      const Painted painted =
          paint(head, draw_grid(preset, preset.spacing, Random({number, "grid"})), preset.structures);
      const Tensor labels = label_map(painted);
      for (int64_t side = 0; side < 2; ++side) {
        const double truth = preset.pair_mm3 * person.pair_factor[static_cast<size_t>(side)];
        DOCTEST_CHECK(painted_mm3(painted, painted.structures[side]) == doctest::Approx(truth).epsilon(0.03));
        const double labelled = (labels == side + 1).sum().item<double>() * voxel_volume(painted.geometry);
        DOCTEST_CHECK(labelled == doctest::Approx(truth).epsilon(0.2));
      }
    }
  }

  DOCTEST_TEST_CASE("painted lesions have the load of the person's latent values") {
    for (const char* like : {"stroke", "tbi", "schwannoma", "glioma"}) {
      const Preset preset = preset_of(like, "3T");
      for (int64_t number = 0; number < 3; ++number) {
        Person person = person_of(preset, number);
        const Head head = make_head(preset, person, nullptr, 1);
        const Painted painted =
            paint(head, draw_grid(preset, preset.spacing, Random({number, "grid"})), preset.structures);
        const Tensor parts = painted.tissues[static_cast<int64_t>(Tissue::lesion)] +
                             painted.tissues[static_cast<int64_t>(Tissue::core)];
        DOCTEST_CAPTURE(like);
        DOCTEST_CHECK(painted_mm3(painted, parts) == doctest::Approx(1000 * person.lesion_ml).epsilon(0.03));
        DOCTEST_CHECK(lesion_mask(painted).sum().item<double>() * voxel_volume(painted.geometry) ==
                      doctest::Approx(1000 * person.lesion_ml).epsilon(0.1));
      }
    }
  }
}

}  // namespace
}  // namespace tazuna
