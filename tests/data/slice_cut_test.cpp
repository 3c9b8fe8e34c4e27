// SPDX-License-Identifier: Apache-2.0
#include "data/slice_cut.hpp"

#include <algorithm>
#include <set>

#include "core/random.hpp"
#include "data/cohorts/table.hpp"
#include "data/preparation.hpp"
#include "data/split.hpp"
#include "image/resample.hpp"
#include "image/stored_image.hpp"
#include "tests/data/synthetic.hpp"
#include "tests/dataset.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

const std::array<std::string, 3> axis_names{"z", "y", "x"};

/// A grid whose axes lie along the world's in any order and direction.
Geometry any_grid(Random& random) {
  const std::array<double, 4> spacings{0.5, 1, 2, 4};
  const std::vector<int64_t> world = random.permutation(3);
  Geometry grid;
  grid.direction.fill(0);
  for (size_t axis = 0; axis < 3; ++axis) {
    grid.size[axis] = 3 + random.below(5);
    grid.spacing[axis] = spacings.at(static_cast<size_t>(random.below(4)));
    grid.origin[axis] = static_cast<double>(random.below(20));
    grid.direction[3 * static_cast<size_t>(world[axis]) + axis] = random.chance(0.5) ? 1 : -1;
  }
  return grid;
}

/// A native image in canonical axes.
Tensor canonical(const Tensor& native, const Geometry& grid) {
  Placement whole;
  whole.native = grid;
  whole.axes = canonical_order(grid);
  whole.crop = {{0, 0, 0}, reordered(grid, whole.axes).size};
  return to_cropped(native, whole);
}

/// The slice along a canonical axis that a column names, the axis first, in-plane voxels scaled by `scale`.
Preparation slices_along(int64_t axis, const Geometry& grid, double scale = 1) {
  const Geometry upright = reordered(grid, canonical_order(grid));
  Preparation preparation;
  preparation.sequences = {"T1w"};
  preparation.normalisation.assign(1, {"none"});
  preparation.slice_axis = axis_names.at(static_cast<size_t>(axis));
  preparation.slice_column = "slice";
  preparation.arrange = {axis, axis == 0 ? 1 : 0, axis == 2 ? 1 : 2};
  for (size_t i = 0; i < 3; ++i)
    preparation.spacing[i] =
        upright.spacing[static_cast<size_t>(preparation.arrange[i])] * (i == 0 ? 3.7 : scale);
  return preparation;
}

}  // namespace

DOCTEST_TEST_SUITE("data/slice_cut") {
  DOCTEST_TEST_CASE("a prepared slice is that plane of the volume, and leads back into it and nowhere else") {
    const ScratchFolder folder;
    Random random{"slices"};
    for (int trial = 0; trial < 40; ++trial) {
      const Geometry grid = any_grid(random);
      const Tensor image = at::rand({1, grid.size[0], grid.size[1], grid.size[2]}) + 1;
      const Tensor label = at::randint(0, 3, image.sizes(), at::kShort);
      const auto subject = write_case_on(grid, folder.path(), "sub-1", image, label);
      const int64_t axis = random.below(3);
      const Tensor upright = canonical(image, grid);
      const int64_t slice = random.below(upright.size(axis + 1));
      subject->values["slice"] = cat(slice);
      const Sample sample = prepare(subject, slices_along(axis, grid), {"label"});
      DOCTEST_REQUIRE(sample.image.voxels.size(1) == 1);
      const Tensor plane = upright.narrow(axis + 1, slice, 1);
      DOCTEST_CHECK(sample.image.voxels.squeeze(1).equal(plane.squeeze(axis + 1)));
      DOCTEST_CHECK(sample.maps.at("label").voxels.squeeze(1).equal(
          canonical(label, grid).narrow(axis + 1, slice, 1).squeeze(axis + 1)));

      const Tensor predicted = to_native(at::ones_like(sample.image.voxels), sample.placement);
      Tensor expected = at::zeros_like(upright);
      expected.narrow(axis + 1, slice, 1).fill_(1);
      DOCTEST_CHECK(canonical(predicted, grid).equal(expected));
      const Volume cut = slice_of({image, grid}, static_cast<int>(axis), slice);
      DOCTEST_CHECK(cut.voxels.equal(image.masked_select(predicted.gt(0)).view(cut.voxels.sizes())));
      DOCTEST_CHECK(cut.voxels.sizes().slice(1) == at::IntArrayRef(cut.geometry.size));
    }
  }

  DOCTEST_TEST_CASE("a slice is cropped and resampled in its plane alone") {
    const ScratchFolder folder;
    Geometry grid;
    grid.size = {6, 10, 12};
    grid.spacing = {5, 1, 1};
    Tensor image = at::zeros({1, 6, 10, 12});
    image.narrow(1, 1, 3).narrow(2, 2, 6).narrow(3, 3, 8).fill_(1);
    image.narrow(1, 4, 1).fill_(1);  // another slice fills its plane
    const auto subject = write_case_on(grid, folder.path(), "sub-1", image, image.to(at::kShort));
    subject->values["slice"] = "2";
    const Sample sample = prepare(subject, slices_along(0, grid, 0.5), {"label"});
    DOCTEST_CHECK(sample.placement.crop == Box{{2, 2, 3}, {3, 8, 11}});
    DOCTEST_CHECK((sample.placement.working.size == std::array<int64_t, 3>{1, 12, 16}));
    DOCTEST_CHECK(sample.placement.working.spacing == std::array<double, 3>{5, 0.5, 0.5});
    DOCTEST_CHECK(sample.maps.at("label").voxels.eq(1).all().item<bool>());
    const Tensor back = resized_labels(sample.maps.at("label").voxels, sample.placement.cropped_size());
    Tensor expected = at::zeros_like(image);
    expected.narrow(1, 2, 1).narrow(2, 2, 6).narrow(3, 3, 8).fill_(1);
    DOCTEST_CHECK(to_native(back, sample.placement).eq(expected).all().item<bool>());
  }

  DOCTEST_TEST_CASE("without a column the slice is the middle one") {
    Subject subject;
    Geometry grid;
    for (const int64_t depth : {1, 2, 5, 8}) {
      grid.size = {depth, 7, 9};
      DOCTEST_CHECK(slice_plane(subject, grid, "z", "").index == depth / 2);
    }
    grid.size = {6, 7, 9};
    DOCTEST_CHECK(slice_plane(subject, grid, "y", "").index == 3);
    DOCTEST_CHECK(slice_plane(subject, grid, "x", "").axis == 2);
  }

  DOCTEST_TEST_CASE("a slice that cannot be is refused by a sentence that begins with the case") {
    const ScratchFolder folder;
    const Tensor image = smooth_image({6, 7, 8}) + 5;
    const auto subject = write_case(folder.path(), "sub-07", image, labels_of(image));
    struct Row {
      const char* value;
      const char* says;
    };
    for (const Row& row :
         {Row{"6",
              "sub-07: slice 6 is asked for, but along z there are 6 slices, counted from 0 in the canonical "
              "orientation"},
          Row{"-1",
              "sub-07: '-1' in the column 'slice' is no slice; slices are whole numbers counted from 0"},
          Row{"2.5", "sub-07: '2.5' in the column 'slice' is no slice"},
          Row{"middle", "sub-07: 'middle' in the column 'slice' is no slice"},
          Row{"99999999999999999999", "in the column 'slice' is no slice"}}) {
      subject->values["slice"] = row.value;
      const std::string message = refusal_of([&] { prepare(subject, slices_along(0, Geometry{}), {}); });
      DOCTEST_CHECK_MESSAGE(says(message, row.says), message);
    }
    for (const char* value : {"3", "3.0", " 3.00", "03"}) {
      subject->values["slice"] = value;
      DOCTEST_CHECK(slice_plane(*subject, Geometry{.size = {6, 7, 8}}, "z", "slice").index == 3);
    }
    subject->values.clear();
    DOCTEST_CHECK(
        refusal_of([&] { prepare(subject, slices_along(0, Geometry{}), {}); }) ==
        "sub-07: the case has no value in the column 'slice', which names its slice (input.column); fill "
        "it in or leave the case out");
  }

  DOCTEST_TEST_CASE("a picture is its own slice, along z only") {
    const ScratchFolder folder;
    Tensor pixels = at::zeros({9, 11}, at::kByte), mask = at::zeros({9, 11}, at::kByte);
    pixels.narrow(0, 2, 5).narrow(1, 3, 4).fill_(200);
    mask[4][5] = 255;
    auto subject = std::make_shared<Subject>();
    subject->id = "0001";
    subject->images["T1w"].file = folder.path() / "image.png";
    subject->maps["mask"].file = folder.path() / "mask.png";
    write_png(subject->images["T1w"].file, pixels);
    write_png(subject->maps["mask"].file, mask);
    Preparation preparation = slices_along(0, Geometry{});
    preparation.slice_column = "";
    const Sample sample = prepare(subject, preparation, {"mask"});
    DOCTEST_CHECK(sample.image.voxels.sizes() == at::IntArrayRef({1, 1, 5, 4}));
    DOCTEST_CHECK(sample.maps.at("mask").voxels.max().item<int64_t>() == 255);
    const Tensor back = to_native(sample.maps.at("mask").voxels, sample.placement);
    DOCTEST_CHECK(back[0][0].equal(mask.to(at::kShort)));
    preparation.slice_axis = "y";
    DOCTEST_CHECK(refusal_of([&] { prepare(subject, preparation, {}); }) ==
                  "0001: its images are one slice along z, but input.axis is y; set input.axis: z");
  }

  DOCTEST_TEST_CASE("slices of tumours are split by their blocks and prepared with their masks") {
    const auto folder = dataset("tumour2d");
    if (!folder) return;
    Problems problems;
    const Cohort cohort = read_cohort(TableOptions{.file = *folder / "samples.tsv"},
                                      {.sequences = {"image"}, .maps = {"mask"}}, problems);
    DOCTEST_REQUIRE(problems.empty());
    std::map<std::string, std::string> block;
    for (const Subject& subject : cohort.subjects) block[subject.id] = subject.values.at("block");
    KFoldOptions options;
    options.folds = 3;
    options.person = "block";
    options.stratify = {"tumour"};
    for (const Fold& fold : split(cohort.subjects, options)) {
      std::set<std::string> trained;
      for (const std::string& id : fold.train) trained.insert(block.at(id));
      for (const std::string& id : fold.held_out) DOCTEST_CHECK(!trained.contains(block.at(id)));
      DOCTEST_CHECK(fold.train.size() + fold.held_out.size() == 765);
    }
    Preparation preparation = slices_along(0, Geometry{});
    preparation.sequences = {"image"};
    preparation.slice_column = "";
    for (size_t i = 0; i < cohort.subjects.size(); i += 100) {
      const auto subject = std::make_shared<Subject>(cohort.subjects[i]);
      const Sample sample = prepare(subject, preparation, {"mask"});
      DOCTEST_CHECK(sample.image.voxels.size(1) == 1);
      DOCTEST_CHECK((sample.placement.native.size == std::array<int64_t, 3>{1, 256, 256}));
      const Tensor& mask = sample.maps.at("mask").voxels;
      DOCTEST_CHECK(mask.eq(1).any().item<bool>());
      DOCTEST_CHECK(mask.eq(1).logical_or(mask.eq(0)).all().item<bool>());
    }
  }
}
