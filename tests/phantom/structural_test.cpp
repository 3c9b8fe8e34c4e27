// SPDX-License-Identifier: Apache-2.0
#include "phantom/structural.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// The world's x of a label's centroid.
double world_x(const Painted& painted, int64_t label) {
  const Tensor mean = at::nonzero(label_map(painted) == label).to(at::kDouble).mean(0);
  const Geometry& geometry = painted.geometry;
  double x = geometry.origin[0];
  for (int axis = 0; axis < 3; ++axis)
    x += mean[axis].item<double>() * geometry.spacing[axis] * geometry.direction[axis];
  return x;
}

StructuralPhantom made(const PhantomOptions& options, const Person& person) {
  return make_structural(options, preset_of(options.like, options.field), person, {});
}

DOCTEST_TEST_SUITE("phantom/structural") {
  DOCTEST_TEST_CASE("left labels lie at negative x and right ones at positive x, however the grid lies") {
    const PhantomOptions options{.subjects = 40, .spacing = 1.4, .seed = 8};
    const Preset preset = preset_of(options.like, options.field);
    for (const Person& person : draw_people(options, preset)) {
      const Painted painted = made(options, person).painted;
      for (size_t s = 0; s < preset.structures.size(); ++s) {
        const std::string name(name_of(preset.structures[s]));
        DOCTEST_CAPTURE(name);
        if (name.starts_with("Left")) DOCTEST_CHECK(world_x(painted, static_cast<int64_t>(s + 1)) < -1);
        if (name.starts_with("Right")) DOCTEST_CHECK(world_x(painted, static_cast<int64_t>(s + 1)) > 1);
      }
    }
  }

  DOCTEST_TEST_CASE("a person is a pure function of seed and number") {
    const PhantomOptions options{.like = "tbi", .subjects = 2, .spacing = 6, .seed = 8};
    const auto people = draw_people(options, preset_of("tbi", "3T"));
    const StructuralPhantom once = made(options, people[1]), again = made(options, people[1]);
    DOCTEST_REQUIRE(once.images.size() == 3);
    for (size_t i = 0; i < 3; ++i) DOCTEST_CHECK(at::equal(once.images[i], again.images[i]));
    PhantomOptions other = options;
    other.seed = 9;
    DOCTEST_CHECK_FALSE(at::equal(once.images[0].flatten().slice(0, 0, 1000),
                                  made(other, people[1]).images[0].flatten().slice(0, 0, 1000)));
  }

  DOCTEST_TEST_CASE("the group changes the pair and nothing else of an image") {
    const PhantomOptions options{.field = "7T", .subjects = 6, .seed = 8};
    for (Person person : draw_people(options, preset_of("habenula", "7T"))) {
      const StructuralPhantom before = made(options, person);
      person.group = 1 - person.group;
      person.pair_factor = {0.6, 1.5};
      const StructuralPhantom after = made(options, person);
      DOCTEST_REQUIRE(same_grid(before.painted.geometry, after.painted.geometry, 0));
      const auto pair = [](const StructuralPhantom& phantom) {
        return (phantom.painted.structures.slice(0, 0, 2) > 0).any(0);
      };
      const Tensor touched = at::logical_or(pair(before), pair(after));
      const Tensor changed = before.images[0][0] != after.images[0][0];
      DOCTEST_CHECK(changed.any().item<bool>());
      DOCTEST_CHECK_FALSE(at::logical_and(changed, touched.logical_not()).any().item<bool>());
    }
  }

  DOCTEST_TEST_CASE("the group changes the lesions and nothing else of an image") {
    const PhantomOptions options{.like = "glioma", .subjects = 3, .spacing = 5, .seed = 8};
    for (Person person : draw_people(options, preset_of("glioma", "3T"))) {
      const StructuralPhantom before = made(options, person);
      person.group = 1 - person.group;
      person.lesion_ml *= 1.8;
      const StructuralPhantom after = made(options, person);
      const auto healthy = [](const StructuralPhantom& phantom) {
        return at::logical_and(phantom.painted.tissues[static_cast<int64_t>(Tissue::lesion)] == 0,
                               phantom.painted.tissues[static_cast<int64_t>(Tissue::core)] == 0);
      };
      const Tensor kept = at::logical_and(healthy(before), healthy(after));
      for (size_t i = 0; i < before.images.size(); ++i) {
        const Tensor changed = before.images[i][0] != after.images[i][0];
        DOCTEST_CHECK(changed.any().item<bool>());
        DOCTEST_CHECK_FALSE(at::logical_and(changed, kept).any().item<bool>());
      }
    }
  }

  DOCTEST_TEST_CASE("the pair lies in the thalami, and decoys of its tissue lie elsewhere") {
    const PhantomOptions options{.subjects = 20, .seed = 3};
    for (const Person& person : draw_people(options, preset_of("habenula", "3T"))) {
      const Painted painted = made(options, person).painted;
      const Tensor decoy = at::logical_and(painted.tissues[static_cast<int64_t>(Tissue::pair)] == 64,
                                           (painted.structures.slice(0, 0, 2) == 0).all(0));
      const double pair = (label_map(painted) == 1).sum().item<double>();
      DOCTEST_CHECK(decoy.sum().item<double>() > pair);
      // Where a side of the pair fills a voxel in part, its surround is deep grey.
      const Tensor border = at::logical_and((painted.structures.slice(0, 0, 2) > 0).any(0),
                                            painted.tissues[static_cast<int64_t>(Tissue::pair)] < 64);
      const Tensor other = painted.tissues[static_cast<int64_t>(Tissue::white)] +
                           painted.tissues[static_cast<int64_t>(Tissue::fluid)];
      const double foreign = at::logical_and(border, other > 0).sum().item<double>();
      DOCTEST_CHECK(foreign <= 0.05 * border.sum().item<double>());
    }
  }

  DOCTEST_TEST_CASE("a person lacks the images of the sequences that were drawn missing") {
    const PhantomOptions options{.like = "stroke", .subjects = 4, .spacing = 8, .missing = 1};
    for (const Person& person : draw_people(options, preset_of("stroke", "3T"))) {
      const StructuralPhantom phantom = made(options, person);
      for (size_t i = 0; i < 2; ++i) DOCTEST_CHECK(phantom.images[i].defined() == person.has[i]);
    }
  }
}

}  // namespace
}  // namespace tazuna
