// SPDX-License-Identifier: Apache-2.0
#include "phantom/slice.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "phantom/preset.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

SlicePhantom made(const PhantomOptions& options, const Person& person, int64_t slice,
                  const SliceLesion& lesion) {
  return make_slice(options, preset_of(options), person, slice, lesion);
}
SlicePhantom made(const PhantomOptions& options, const Person& person, int64_t slice) {
  return made(options, person, slice, draw_slice_lesion(options, person, slice));
}

/// Length over breadth of a mask, from its second moments.
double elongation_of(const Tensor& mask) {
  const Tensor places = at::nonzero(mask[0]).to(at::kDouble);
  const Tensor off = places - places.mean(0);
  const Tensor moments = at::matmul(off.t(), off) / places.size(0);
  const double a = moments[0][0].item<double>() + 1.0 / 12, b = moments[1][1].item<double>() + 1.0 / 12,
               c = moments[0][1].item<double>();
  const double middle = (a + b) / 2, half = std::hypot((a - b) / 2, c);
  return std::sqrt((middle + half) / (middle - half));
}

/// Mann-Whitney: how often the second group's value is the greater.
double auc(const std::vector<double>& first, const std::vector<double>& second) {
  double wins = 0;
  for (const double b : second)
    for (const double a : first) wins += b > a ? 1 : b == a ? 0.5 : 0;
  return wins / static_cast<double>(first.size() * second.size());
}

DOCTEST_TEST_SUITE("phantom/slice") {
  DOCTEST_TEST_CASE("the mask has the area and the elongation of the latent values") {
    const PhantomOptions options{.kind = "slice", .field = "7T", .subjects = 6, .seed = 3, .size = 128};
    const double pixel = 208.0 / 128 * 208.0 / 128;
    for (const Person& person : draw_people(options, preset_of(options))) {
      for (int64_t slice = 0; slice < 2; ++slice) {
        const SliceLesion lesion = draw_slice_lesion(options, person, slice);
        const SlicePhantom phantom = made(options, person, slice, lesion);
        const double area = phantom.mask.sum().item<double>() * pixel;
        DOCTEST_CHECK(area ==
                      doctest::Approx(std::acos(-1.0) * lesion.radius_mm * lesion.radius_mm).epsilon(0.12));
        DOCTEST_CHECK(elongation_of(phantom.mask) == doctest::Approx(lesion.elongation).epsilon(0.15));
      }
    }
  }

  DOCTEST_TEST_CASE("the group changes the lesion and nothing else of a slice") {
    const PhantomOptions options{.kind = "slice", .subjects = 4, .seed = 5, .size = 64};
    for (Person person : draw_people(options, preset_of(options))) {
      const SliceLesion lesion = draw_slice_lesion(options, person, 0);
      const SlicePhantom before = made(options, person, 0, lesion);
      person.group = 1 - person.group;
      const SlicePhantom after = made(options, person, 0, {lesion.radius_mm * 1.4, lesion.elongation, 0.5});
      const Tensor changed = before.image != after.image;
      DOCTEST_CHECK(changed.any().item<bool>());
      // Within the longer half-axis and two pixels of the lesion's middle.
      const Tensor middle = at::nonzero(before.mask[0]).to(at::kDouble).mean(0);
      const Tensor far = (at::nonzero(changed).to(at::kDouble) - middle).square().sum(1).sqrt().max();
      const double longest = 1.4 * lesion.radius_mm * std::sqrt(lesion.elongation) * 1.15 * 64 / 208;
      DOCTEST_CHECK(far.item<double>() < longest + 2);
    }
  }

  DOCTEST_TEST_CASE("the area tells the group as the effect promises; elongation and mean intensity do not") {
    const PhantomOptions options{.kind = "slice", .subjects = 3000, .seed = 2};
    std::vector<double> elongations[2];
    int64_t right = 0;
    for (const Person& person : draw_people(options, preset_of(options))) {
      const SliceLesion lesion = draw_slice_lesion(options, person, 0);
      elongations[person.group].push_back(lesion.elongation);
      right += (lesion.probability > 0.5) == (person.group == 1);
      DOCTEST_REQUIRE((lesion.probability > 0.5) == (lesion.radius_mm > 11));
    }
    DOCTEST_CHECK(static_cast<double>(right) / 3000 == doctest::Approx(0.9505).epsilon(0.02));
    DOCTEST_CHECK(auc(elongations[0], elongations[1]) == doctest::Approx(0.5).epsilon(0.08));
    const PhantomOptions small{.kind = "slice", .subjects = 120, .seed = 4, .size = 32};
    std::vector<double> means[2];
    for (const Person& person : draw_people(small, preset_of(small)))
      means[person.group].push_back(made(small, person, 0).image.to(at::kDouble).mean().item<double>());
    // The standard error is about 0.053.
    DOCTEST_CHECK(std::abs(auc(means[0], means[1]) - 0.5) < 0.16);
  }

  DOCTEST_TEST_CASE("a slice is a pure function of seed, person and number") {
    const PhantomOptions options{.kind = "slice", .subjects = 2, .seed = 7, .size = 48};
    const auto people = draw_people(options, preset_of(options));
    DOCTEST_CHECK(at::equal(made(options, people[0], 1).image, made(options, people[0], 1).image));
    DOCTEST_CHECK_FALSE(at::equal(made(options, people[0], 0).image, made(options, people[0], 1).image));
    DOCTEST_CHECK_FALSE(at::equal(made(options, people[0], 0).image, made(options, people[1], 0).image));
  }

  DOCTEST_TEST_CASE("bodies as bright as the lesion lie elsewhere") {
    const PhantomOptions options{.kind = "slice", .field = "7T", .subjects = 8, .seed = 1};
    for (const Person& person : draw_people(options, preset_of(options))) {
      const SlicePhantom phantom = made(options, person, 0);
      const Tensor inside = phantom.mask[0] > 0;
      const Tensor image = phantom.image.to(at::kDouble);
      const double bright = image.masked_select(inside).mean().item<double>();
      const Tensor elsewhere = at::logical_and(image >= bright, inside.logical_not());
      DOCTEST_CHECK(elsewhere.sum().item<double>() > 0.25 * inside.sum().item<double>());
    }
  }
}

}  // namespace
}  // namespace tazuna
