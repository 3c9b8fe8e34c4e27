// SPDX-License-Identifier: Apache-2.0
#include "phantom/series.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "phantom/preset.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

const PhantomOptions tiny{
    .kind = "series", .field = "7T", .subjects = 6, .seed = 3, .size = 10, .frames = 40};

std::vector<Person> people_of(const PhantomOptions& options) {
  return draw_people(options, preset_of(options));
}

/// The mean course of the voxels of a mask, double [T].
Tensor course_in(const SeriesPhantom& phantom, const Tensor& mask) {
  return phantom.frames.flatten(1)
      .to(at::kDouble)
      .index_select(1, at::nonzero(mask.flatten()).flatten())
      .mean(1);
}

DOCTEST_TEST_SUITE("phantom/series") {
  DOCTEST_TEST_CASE("neither the region nor its response leaves a trace in the temporal mean") {
    for (const Person& person : people_of(tiny)) {
      const Response drawn = draw_response(tiny, person);
      Response other = drawn;
      other.amplitude *= 0.3;
      other.delay_s += 3;
      other.right = !other.right;
      const Tensor a = make_series(tiny, person, drawn).frames, b = make_series(tiny, person, other).frames;
      DOCTEST_CHECK((a - b).abs().max().item<double>() > 10);
      // What remains is the rounding of single frames to whole numbers.
      DOCTEST_CHECK((a.mean(0) - b.mean(0)).abs().max().item<double>() < 0.35);
    }
  }

  DOCTEST_TEST_CASE("the response is as great and as late as the latent values say") {
    PhantomOptions options = tiny;
    options.frames = 200;
    for (const Person& person : people_of(options)) {
      const Response response = draw_response(options, person);
      const SeriesPhantom phantom = make_series(options, person, response);
      Response none = response;
      none.amplitude = 0;
      const SeriesPhantom quiet = make_series(options, person, none);
      const Tensor voxels = phantom.region > 0;
      const Tensor course = course_in(phantom, voxels) - course_in(quiet, voxels);
      Response twice = response;
      twice.amplitude *= 2;
      const Tensor doubled =
          course_in(make_series(options, person, twice), voxels) - course_in(quiet, voxels);
      DOCTEST_CHECK((doubled.std() / course.std()).item<double>() == doctest::Approx(2).epsilon(0.02));
      Response later = response;
      later.delay_s += 2 * series_seconds;
      const Tensor late = course_in(make_series(options, person, later), voxels) - course_in(quiet, voxels);
      const auto n = course.size(0);
      const Tensor gap = late.slice(0, 2, n) - course.slice(0, 0, n - 2);
      DOCTEST_CHECK((gap.std() / course.std()).item<double>() < 0.1);
    }
  }

  DOCTEST_TEST_CASE("severity tells the group as the effect promises, the side does not") {
    const PhantomOptions options{.kind = "series", .subjects = 4000, .seed = 8};
    double right = 0, sides = 0;
    for (const Person& person : people_of(options)) {
      const Response response = draw_response(options, person);
      right += (response.probability > 0.5) == (person.group == 1);
      sides += response.right == (person.group == 1);
      DOCTEST_REQUIRE(response.delay_s >= 0);
      DOCTEST_REQUIRE((response.probability > 0.5) == (response.amplitude < 3));
    }
    DOCTEST_CHECK(right / 4000 == doctest::Approx(0.9505).epsilon(0.02));
    DOCTEST_CHECK(std::abs(sides / 4000 - 0.5) < 4 * 0.5 / std::sqrt(4000.0));
  }

  DOCTEST_TEST_CASE("without an effect the observer knows nothing") {
    const PhantomOptions options{.kind = "series", .subjects = 20, .effect = 0};
    for (const Person& person : people_of(options))
      DOCTEST_CHECK(draw_response(options, person).probability == 0.5);
  }

  DOCTEST_TEST_CASE("a person is a pure function of seed and number") {
    const auto people = people_of(tiny);
    const Response response = draw_response(tiny, people[1]);
    DOCTEST_CHECK(at::equal(make_series(tiny, people[1], response).frames,
                            make_series(tiny, people[1], response).frames));
    DOCTEST_CHECK_FALSE(at::equal(make_series(tiny, people[0], response).frames,
                                  make_series(tiny, people[1], response).frames));
  }

  DOCTEST_TEST_CASE("the atlas fills the brain with all of its parcels, and nothing lies outside") {
    const PhantomOptions options{.kind = "series"};
    const Geometry grid = series_grid(options);
    DOCTEST_CHECK(grid.size == std::array<int64_t, 3>{16, 20, 16});
    const Tensor atlas = series_atlas(grid);
    for (int64_t parcel = 1; parcel <= series_parcels; ++parcel)
      DOCTEST_CHECK((atlas == parcel).sum().item<int64_t>() >= 10);
    const Person person = people_of(options)[0];
    const SeriesPhantom phantom = make_series(options, person, draw_response(options, person));
    DOCTEST_CHECK(at::equal((phantom.frames != 0).any(0), atlas > 0));
    DOCTEST_CHECK_FALSE(at::logical_and(phantom.region > 0, atlas == 0).any().item<bool>());
    DOCTEST_CHECK(phantom.region.sum().item<int64_t>() > 30);
  }
}

}  // namespace
}  // namespace tazuna
