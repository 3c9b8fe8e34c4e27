// SPDX-License-Identifier: Apache-2.0
#include "data/reading_threads.hpp"

#include <ATen/ATen.h>

#include "image/extent.hpp"
#include "tests/data/synthetic.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/reading_threads") {
  DOCTEST_TEST_CASE("as many threads read as hold the largest case four times, at least one") {
    const ScratchFolder folder;
    const auto written = [&](const std::string& id, int64_t edge, int64_t channels) {
      const Tensor image = at::rand({channels, edge, edge, edge});
      return *write_case(folder.path(), id, image, at::ones({1, edge, edge, edge}, at::kShort));
    };
    const std::vector<Subject> cases{written("small", 4, 2), written("large", 10, 2)};
    const double one = 4. * 1000 * sizeof(float);
    const std::vector<std::string> both{"T1w", "FLAIR"};
    DOCTEST_CHECK(reading_threads(cases, {"T1w"}, 8, 3.5 * one) == 3);
    DOCTEST_CHECK(reading_threads(cases, both, 8, 6.5 * one) == 3);
    DOCTEST_CHECK(reading_threads(cases, both, 2, 6.5 * one) == 2);
    DOCTEST_CHECK(reading_threads(cases, both, 8, 10) == 1);
    DOCTEST_CHECK(reading_threads(cases, both, 8, std::nullopt) == 8);
    DOCTEST_CHECK(reading_threads({}, both, 8, 1e9) == 8);
  }

  DOCTEST_TEST_CASE("an image's size as float32 is read from its header, compressed or not, frames counted") {
    const ScratchFolder folder;
    Geometry geometry;
    geometry.size = {40, 40, 40};
    const Tensor frames = at::rand({3, 40, 40, 40});
    for (const char* name : {"a.nii", "a.nii.gz"}) {
      write_image(folder.path() / name, frames, geometry, {});
      DOCTEST_CHECK(float_bytes_of(folder.path() / name) == 4. * 3 * 64000);
    }
    write_labels(folder.path() / "l.nii.gz", at::zeros({40, 40, 40}, at::kInt), geometry, {});
    DOCTEST_CHECK(float_bytes_of(folder.path() / "l.nii.gz") == 4. * 64000);
    write_atomically(folder.path() / "x.nrrd", std::string_view("twelve bytes"));
    DOCTEST_CHECK(float_bytes_of(folder.path() / "x.nrrd") == 48);
    DOCTEST_CHECK(float_bytes_of(folder.path() / "absent.nii") == 0);
  }
}
