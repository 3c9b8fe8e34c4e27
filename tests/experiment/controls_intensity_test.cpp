// SPDX-License-Identifier: Apache-2.0
#include "experiment/controls_intensity.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "image/volume.hpp"
#include "tests/data/series_file.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A cube of 8 voxels a side with a hollow one inside, in a dark grid of 16.
Tensor hollow_cube(double phase) {
  Tensor voxels = at::zeros({16, 16, 16});
  const auto inside = [&voxels](int64_t low, int64_t high) {
    return voxels.slice(0, low, high).slice(1, low, high).slice(2, low, high);
  };
  inside(4, 12).copy_((at::arange(512, at::kFloat).view({8, 8, 8}) + phase).sin() + 3);
  inside(7, 9).zero_();
  return voxels;
}

class People : public ScratchFolder {
 public:
  Subject with(const std::map<std::string, Tensor>& images) const {
    Subject subject{.id = "sub-1", .person = "sub-1"};
    for (const auto& [name, voxels] : images) {
      subject.images[name] = {path() / (name + ".nii.gz")};
      Geometry geometry;
      geometry.size = {voxels.size(0), voxels.size(1), voxels.size(2)};
      write_image(subject.images[name].file, voxels.unsqueeze(0), geometry, {});
    }
    return subject;
  }
};

Preparation preparation_of(std::vector<std::string> sequences) {
  Preparation preparation;
  preparation.sequences = std::move(sequences);
  return preparation;
}

DOCTEST_TEST_SUITE("experiment/controls_intensity") {
  DOCTEST_TEST_CASE(
      "mean and sd are those of the raw values in the mask, holes filled, background left out") {
    const People folder;
    const Tensor first = hollow_cube(0), second = hollow_cube(1) * 10;
    const auto preparation = preparation_of({"T1w", "FLAIR"});
    const auto row = intensities_of(folder.with({{"T1w", first}, {"FLAIR", second}}), preparation);
    DOCTEST_CHECK(intensity_columns(preparation) ==
                  std::vector<std::string>{"T1w_mean", "T1w_sd", "FLAIR_mean", "FLAIR_sd"});
    DOCTEST_REQUIRE(row.size() == 4);
    for (const auto& [image, k] : {std::pair(first, 0U), std::pair(second, 2U)}) {
      const Tensor cube = image.slice(0, 4, 12).slice(1, 4, 12).slice(2, 4, 12).to(at::kDouble);
      DOCTEST_CHECK(row[k] == doctest::Approx(cube.mean().item<double>()));
      DOCTEST_CHECK(row[k + 1] == doctest::Approx(cube.std(/*unbiased=*/false).item<double>()));
    }
  }

  DOCTEST_TEST_CASE("a scanner that is twice as bright is seen, one that sees more background is not") {
    const People folder;
    const auto preparation = preparation_of({"T1w"});
    const Tensor cube = hollow_cube(0), padded = at::constant_pad_nd(cube, {3, 5, 0, 7, 2, 2});
    const auto row = intensities_of(folder.with({{"T1w", cube}}), preparation);
    const auto brighter = intensities_of(folder.with({{"T1w", cube * 2}}), preparation);
    const auto wider = intensities_of(folder.with({{"T1w", padded}}), preparation);
    for (size_t k = 0; k < 2; ++k) {
      DOCTEST_CHECK(brighter[k] == doctest::Approx(2 * row[k]));
      DOCTEST_CHECK(wider[k] == doctest::Approx(row[k]));
    }
  }

  DOCTEST_TEST_CASE("of a series the mean over the frames used is measured, of a slice that slice") {
    const People folder;
    const Tensor cube = hollow_cube(0);
    Preparation preparation = preparation_of({"bold"});
    preparation.frame_seconds = 2;
    preparation.skip_frames = 1;
    Subject subject{.id = "sub-1", .person = "sub-1"};
    subject.images["bold"] = {folder.path() / "bold.nii"};
    write_series(subject.images["bold"].file, at::stack({cube * 100, cube, cube * 3}));
    const auto series = intensities_of(subject, preparation);
    const auto twice = intensities_of(folder.with({{"T1w", cube * 2}}), preparation_of({"T1w"}));
    for (size_t k = 0; k < 2; ++k) DOCTEST_CHECK(series[k] == doctest::Approx(twice[k]));

    Preparation middle = preparation_of({"T1w"});
    middle.slice_axis = "z";
    const auto slice = intensities_of(folder.with({{"T1w", cube}}), middle);
    const auto alone = intensities_of(folder.with({{"T1w", cube.narrow(0, 8, 1)}}), preparation_of({"T1w"}));
    for (size_t k = 0; k < 2; ++k) DOCTEST_CHECK(slice[k] == doctest::Approx(alone[k]));
  }

  DOCTEST_TEST_CASE("what a case lacks is the training people's mean; held-out people do not change it") {
    const People folder;
    const auto row = intensities_of(folder.with({{"T1w", hollow_cube(0)}}), preparation_of({"T1w", "FLAIR"}));
    DOCTEST_CHECK(std::isfinite(row[0]));
    DOCTEST_CHECK(std::isnan(row[2]));
    DOCTEST_CHECK(std::isnan(row[3]));
    DOCTEST_CHECK(says(refusal_of([&] { intensities_of(Subject{}, preparation_of({"T1w"})); }), "T1w"));

    Subjects people;
    for (const char* id : {"a", "b", "c"})
      people.push_back(std::make_shared<const Subject>(Subject{.id = id}));
    const FeatureRows rows{{"a", {1, NAN, NAN}}, {"b", {3, 5, NAN}}, {"c", {NAN, 100, NAN}}};
    const FeatureRows known = with_means(rows, {people[0], people[1]});
    DOCTEST_CHECK(known.at("a") == std::vector<double>{1, 5, 0});
    DOCTEST_CHECK(known.at("b") == std::vector<double>{3, 5, 0});
    DOCTEST_CHECK(known.at("c") == std::vector<double>{2, 100, 0});
  }
}

}  // namespace
}  // namespace tazuna
