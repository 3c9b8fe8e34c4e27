// SPDX-License-Identifier: Apache-2.0
#include "data/connectivity.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/text.hpp"
#include "image/volume.hpp"
#include "tests/data/series_file.hpp"
#include "tests/data/synthetic.hpp"
#include "tests/dataset.hpp"
#include "tests/python.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// A series and an atlas with regions 2, 5 and 7 in planes of constant x.
struct Scene {
  Scene() {
    at::manual_seed(2);
    image(at::randn({9, 3, 4, 5}) + 100);
    labels = at::zeros({3, 4, 5}, at::kInt);
    for (const auto& [x, label] : {std::pair{0, 7}, {1, 7}, {2, 2}, {4, 5}}) labels.select(2, x).fill_(label);
    atlas(labels);
  }
  void image(const Tensor& frames) { write_series(series_file(), frames); }
  void atlas(const Tensor& values) { write_labels(atlas_file(), values, grid(), {}); }
  Geometry grid() const { return read_image(series_file()).volume.geometry; }
  std::filesystem::path series_file() const { return folder.path() / "bold.nii"; }
  std::filesystem::path atlas_file() const { return folder.path() / "atlas.nii"; }
  Tensor signals() {
    regions = {};
    return region_signals(series_file(), atlas_file(), regions);
  }
  std::string refusal() {
    return refusal_of([&] { signals(); });
  }

  ScratchFolder folder;
  Tensor labels;
  Atlas regions;
};

}  // namespace

DOCTEST_TEST_SUITE("data/connectivity") {
  DOCTEST_TEST_CASE("signals and correlations are those of NumPy and nibabel") {
    Scene scene;
    const Tensor signals = scene.signals();
    DOCTEST_CHECK(scene.regions.regions == std::vector<int64_t>{2, 5, 7});
    const auto folder = scene.folder.path();
    if (!run_python("data/golden/connectivity.py", {scene.series_file(), scene.atlas_file(), folder})) return;
    DOCTEST_CHECK(at::allclose(signals, read_npy(folder / "signals.npy"), 1e-6, 1e-5));
    const Tensor expected = read_npy(folder / "z.npy");
    const std::vector<double> z = connectivity(signals);
    DOCTEST_REQUIRE(static_cast<int64_t>(z.size()) == expected.size(0));
    for (size_t i = 0; i < z.size(); ++i)
      DOCTEST_CHECK(z[i] == doctest::Approx(expected[static_cast<int64_t>(i)].item<double>()).epsilon(1e-3));
  }

  DOCTEST_TEST_CASE("equal and opposite signals are cut to 0.9999, constant ones correlate 0") {
    const Tensor ramp = at::arange(6, at::kFloat);
    const Tensor signals = at::stack({ramp, ramp * 3 + 1, -ramp, at::full({6}, 0.1F), at::zeros({6})});
    const double largest = std::atanh(0.9999);
    const std::vector<double> expected = {largest, -largest, 0, 0, -largest, 0, 0, 0, 0, 0};
    const std::vector<double> z = connectivity(signals);
    DOCTEST_REQUIRE(z.size() == expected.size());
    for (size_t i = 0; i < z.size(); ++i) DOCTEST_CHECK(z[i] == doctest::Approx(expected[i]));
  }

  DOCTEST_TEST_CASE("scale and offset of a signal do not matter") {
    at::manual_seed(3);
    const Tensor signals = at::randn({4, 50});
    const Tensor scale = at::tensor({1.F, 0.01F, 300.F, 7.F}).unsqueeze(1);
    const std::vector<double> one = connectivity(signals), other = connectivity(signals * scale + scale);
    for (size_t i = 0; i < one.size(); ++i) DOCTEST_CHECK(other[i] == doctest::Approx(one[i]).epsilon(1e-4));
  }

  DOCTEST_TEST_CASE("an atlas on another grid is refused with both grids, one without regions as well") {
    Scene scene;
    write_labels(scene.atlas_file(), at::ones({3, 4, 6}, at::kInt), Geometry{.size = {3, 4, 6}}, {});
    const std::string sizes = scene.refusal();
    DOCTEST_CHECK_MESSAGE(says(sizes, "bold.nii is 5x4x3 but the atlas "), sizes);
    DOCTEST_CHECK_MESSAGE(says(sizes, "atlas.nii is 6x4x3; they must share a grid"), sizes);
    Geometry shifted = scene.grid();
    shifted.origin[0] += 1;
    write_labels(scene.atlas_file(), scene.labels, shifted, {});
    DOCTEST_CHECK(says(scene.refusal(), "lie apart"));
    scene.atlas(at::zeros({3, 4, 5}, at::kInt));
    DOCTEST_CHECK(says(scene.refusal(), "the atlas has no region"));
    scene.atlas(scene.labels - 1);
    DOCTEST_CHECK(says(scene.refusal(), "labels of an atlas are whole numbers from 0 to 32767"));
  }

  DOCTEST_TEST_CASE("regions that the case before had must be there, frames be enough, values be numbers") {
    Scene scene;
    scene.signals();
    scene.atlas(scene.labels.where(scene.labels.ne(5), at::zeros_like(scene.labels)));
    DOCTEST_CHECK(
        says(refusal_of([&] { region_signals(scene.series_file(), scene.atlas_file(), scene.regions); }),
             "region 5 has no voxel"));
    scene.atlas(scene.labels);
    Tensor frames = at::randn({9, 3, 4, 5});
    frames[4][1][1][4] = std::numeric_limits<float>::infinity();
    scene.image(frames);
    DOCTEST_CHECK(says(scene.refusal(), "region 5 of "));
    DOCTEST_CHECK(says(scene.refusal(), "holds voxels that are no finite number in frame 4"));
    scene.image(frames.narrow(0, 0, 2));
    DOCTEST_CHECK(says(scene.refusal(), "2 frames are too few"));
  }

  DOCTEST_TEST_CASE("the painted regions of ABIDE give back their own signals") {
    const auto folder = dataset("bids_abide");
    if (!folder) return;
    const auto image = *folder / "sub-0050291/func/sub-0050291_task-rest_bold.nii.gz";
    const auto atlas = *folder / "derivatives/cc200/space-MNI_atlas-CC200_res-6_dseg.nii.gz";
    Atlas regions;
    const Tensor signals = region_signals(image, atlas, regions);
    DOCTEST_CHECK(signals.size(1) == 100);
    const Tensor voxels = read_image(image).volume.voxels;
    for (size_t row = 0; row < regions.regions.size(); row += 20) {
      const Tensor place = regions.labels.eq(regions.regions[row]).nonzero()[0];
      const Tensor one = voxels.select(1, place[0].item<int64_t>())
                             .select(1, place[1].item<int64_t>())
                             .select(1, place[2].item<int64_t>());
      DOCTEST_CHECK(at::allclose(signals[static_cast<int64_t>(row)], one, 1e-4, 1e-4));
    }
    const size_t count = regions.regions.size();
    DOCTEST_CHECK(connectivity(signals).size() == count * (count - 1) / 2);
  }
}
