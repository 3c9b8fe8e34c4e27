// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>

#include "data/preparation.hpp"
#include "infer/predictor.hpp"
#include "tests/image/orientations.hpp"
#include "tests/infer/threshold.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Voxels [C, D, H, W] in another order of axes.
Tensor reordered_voxels(const Tensor& voxels, const AxisOrder& order) {
  std::vector<int64_t> flips;
  for (int axis = 0; axis < 3; ++axis)
    if (order.flip[axis]) flips.push_back(1 + axis);
  return voxels.permute({0, 1 + order.axis[0], 1 + order.axis[1], 1 + order.axis[2]})
      .flip(flips)
      .contiguous();
}

struct Grid {
  const char* name;
  Affine affine;
};

/// Voxel axes along the world's; turned by 20 degrees about x and z; sheared; finer and anisotropic.
std::vector<Grid> grids() {
  const double c = std::cos(0.35), s = std::sin(0.35);
  return {{"straight", {{{1, 0, 0, -40}, {0, 1, 0, 12}, {0, 0, 1, 7}, {0, 0, 0, 1}}}},
          {"turned", {{{c, -s * c, s * s, -40}, {s, c * c, -c * s, 12}, {0, s, c, 7}, {0, 0, 0, 1}}}},
          {"sheared", {{{1, 0.2, 0, -40}, {0, 1, 0.1, 12}, {0, 0, 1.1, 7}, {0, 0, 0, 1}}}},
          {"anisotropic", {{{0.8, 0, 0, -40}, {0, 1.3, 0, 12}, {0, 0, 1.9, 7}, {0, 0, 0, 1}}}}};
}

/// The label map of an image file, [1, D, H, W], through everything that `predict` does with it.
LabelMap answered(Model& network, const ModelRecipe& recipe, const std::filesystem::path& file,
                  const WindowOptions& window) {
  auto subject = std::make_shared<Subject>();
  subject->id = "phantom";
  subject->images["T1w"] = {file};
  const Sample sample = prepare(subject, recipe.preparation, {});
  return std::get<LabelMap>(predict_case({&network}, sample, window, {}, at::kCPU)[0][0]);
}

TinyModel threshold_model(const ModelRecipe& recipe) {
  TinyModel tiny = tiny_model(recipe, 1);
  assign_weights(*tiny.network, threshold_weights(recipe), "threshold weights");
  return tiny;
}

/// Calls `look(order, file)` for the phantom on a grid, stored in each of the 48 orientations.
template <class Look>
void for_all_orientations(const Grid& grid, const Tensor& image, const Look& look) {
  const ScratchFolder folder;
  const auto sizes = image.sizes();
  const Geometry geometry = geometry_of(grid.affine, {sizes[1], sizes[2], sizes[3]});
  for (const AxisOrder& order : all_orientations()) {
    const auto file = folder.path() / "image.nii";
    write_image(file, reordered_voxels(image, order), reordered(geometry, order), {});
    DOCTEST_CAPTURE(grid.name);
    DOCTEST_CAPTURE(order.axis[0]);
    DOCTEST_CAPTURE(order.axis[1]);
    DOCTEST_CAPTURE(order.flip[0]);
    DOCTEST_CAPTURE(order.flip[1]);
    DOCTEST_CAPTURE(order.flip[2]);
    look(order, file);
  }
}

DOCTEST_TEST_SUITE("infer/orientation") {
  DOCTEST_TEST_CASE("labels lie on the voxels that earned them, however the image is stored") {
    ModelRecipe recipe = tiny_recipe();
    recipe.patch = {16, 16, 16};
    const TinyModel tiny = threshold_model(recipe);
    const Phantom phantom = asymmetric_phantom();
    for (const Grid& grid : grids()) {
      if (std::string(grid.name) == "anisotropic") continue;  // resampling blurs the edges of a threshold
      recipe.preparation.spacing = {grid.affine[2][2] > 1 ? 1.1 : 1, 1, 1};
      for_all_orientations(
          grid, phantom.image, [&](const AxisOrder& order, const std::filesystem::path& file) {
            const LabelMap map = answered(*tiny.network, recipe, file, {.patch = recipe.patch});
            DOCTEST_CHECK(
                at::equal(map.labels, reordered_voxels(phantom.labels.unsqueeze(0), order).squeeze(0)));
          });
    }
  }

  DOCTEST_TEST_CASE("flips of mirrored prediction are undone: left stays left") {
    ModelRecipe recipe = tiny_recipe();
    recipe.patch = {16, 16, 16};
    const TinyModel tiny = threshold_model(recipe);
    const Phantom phantom = asymmetric_phantom();
    for_all_orientations(
        grids()[0], phantom.image, [&](const AxisOrder& order, const std::filesystem::path& file) {
          const WindowOptions window{.patch = recipe.patch, .mirror_axes = {0, 1, 2}};
          const LabelMap map = answered(*tiny.network, recipe, file, window);
          DOCTEST_CHECK(
              at::equal(map.labels, reordered_voxels(phantom.labels.unsqueeze(0), order).squeeze(0)));
        });
  }

  DOCTEST_TEST_CASE(
      "any network's answer to a reordered image is its reordered answer, resampling included") {
    ModelRecipe recipe = tiny_recipe();
    recipe.patch = {8, 16, 16};
    const TinyModel tiny = tiny_model(recipe, 5);
    const Tensor image = noise({1, 9, 10, 12}, "image");
    for (const Grid& grid : grids()) {
      Tensor first;
      for_all_orientations(grid, image, [&](const AxisOrder& order, const std::filesystem::path& file) {
        const LabelMap map = answered(*tiny.network, recipe, file, {.patch = recipe.patch});
        if (!first.defined()) first = map.labels;  // the first order is the identity
        DOCTEST_REQUIRE(first.max().item<int64_t>() > 0);
        DOCTEST_CHECK(at::equal(map.labels, reordered_voxels(first.unsqueeze(0), order).squeeze(0)));
      });
    }
  }
}

}  // namespace
}  // namespace tazuna
