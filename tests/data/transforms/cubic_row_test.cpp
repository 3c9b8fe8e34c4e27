// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/cubic_row.hpp"

#include <cmath>

#include "data/sampler.hpp"
#include "tests/data/synthetic.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Size = std::array<int64_t, 3>;
using Places = std::array<Tensor, 3>;  // along z, y, x, float64 [P]

/// Keys' kernel at a distance, as his paper has it.
Tensor keys(const Tensor& distance) {
  const Tensor s = distance.abs();
  const Tensor near = 1.5 * s.pow(3) - 2.5 * s.pow(2) + 1;
  const Tensor far = -0.5 * s.pow(3) + 2.5 * s.pow(2) - 4 * s + 2;
  return at::where(s.lt(1), near, at::where(s.lt(2), far, at::zeros_like(s)));
}

/// An image [D, H, W] at places, as sums over all of its voxels in double precision.
Tensor convolved(const Tensor& image, const Places& places) {
  std::array<Tensor, 3> weight;  // [P, voxels along the axis]
  for (int axis = 0; axis < 3; ++axis)
    weight[axis] = keys(places[axis].unsqueeze(1) - at::arange(image.size(axis), at::kDouble));
  const Tensor lines = weight[0].mm(image.to(at::kDouble).flatten(1)).unflatten(1, image.sizes().slice(1));
  return ((lines * weight[1].unsqueeze(2)).sum(1) * weight[2]).sum(1);
}

Places places_of(const PlaceRow& row, int64_t count) {
  Places places;
  for (int axis = 0; axis < 3; ++axis) {
    places[axis] = at::empty({count}, at::kDouble);
    for (int64_t i = 0; i < count; ++i) places[axis][i] = row.at(axis, i);
  }
  return places;
}

/// Where the voxels of a patch are taken from.
Places places_of(const Size& patch, const std::array<double, 3>& centre, const AffineDraw& affine) {
  Places places;
  for (int axis = 0; axis < 3; ++axis) {
    places[axis] = at::full(patch, centre[axis], at::kDouble);
    for (int k = 0; k < 3; ++k) {
      Size shape{1, 1, 1};
      shape[k] = patch[k];
      const Tensor line = at::arange(patch[k], at::kDouble) - 0.5 * static_cast<double>(patch[k] - 1);
      places[axis] = places[axis] + affine.matrix[3 * axis + k] * line.view(shape);
    }
    places[axis] = places[axis].flatten();
  }
  return places;
}

Tensor row_of(const Tensor& image, const PlaceRow& row, int64_t count) {
  Tensor values = at::full({count}, 7.0F);
  cubic_row(image.const_data_ptr<float>(), {image.size(0), image.size(1), image.size(2)}, row, count,
            values.mutable_data_ptr<float>());
  return values;
}

double greatest(const Tensor& differences) {
  return differences.abs().max().item<double>();
}

}  // namespace

DOCTEST_TEST_SUITE("data/transforms/cubic_row") {
  DOCTEST_TEST_CASE("a row is Keys' convolution with all voxels, zeros around them, in images of any size") {
    for (const Size& size : {Size{12, 13, 14}, {5, 4, 3}, {1, 9, 8}, {8, 1, 2}, {1, 1, 1}}) {
      const Tensor image = smooth_image(size)[0];
      for (int64_t key = 0; key < 40; ++key) {
        Random random{"row", key, size[0]};
        PlaceRow row;
        for (int axis = 0; axis < 3; ++axis) {
          row.start[axis] = static_cast<float>(random.uniform(-3, static_cast<double>(size[axis]) + 2));
          row.step[axis] = static_cast<float>(random.uniform(-0.7, 0.7));
        }
        const Tensor expected = convolved(image, places_of(row, 25));
        DOCTEST_CHECK(greatest(row_of(image, row, 25) - expected) < 1e-5);
      }
    }
  }

  DOCTEST_TEST_CASE("whole voxels are handed out exactly, in any direction and at any stride") {
    const Tensor image = smooth_image({9, 10, 11})[0];
    const Tensor forth = row_of(image, {{4, 3, -2}, {0, 0, 1}}, 15);
    DOCTEST_CHECK(forth.narrow(0, 2, 11).equal(image[4][3]));
    DOCTEST_CHECK(forth.count_nonzero().item<int64_t>() == image[4][3].count_nonzero().item<int64_t>());
    DOCTEST_CHECK(row_of(image, {{8, 9, 10}, {-1, -1, -1}}, 9)
                      .equal(image.flip({0, 1, 2}).diagonal(0, 0, 1).diagonal(0, 0, 1).narrow(0, 0, 9)));
    DOCTEST_CHECK(
        row_of(image, {{0, 5, 7}, {2, 0, 0}}, 5).equal(image.select(2, 7).select(1, 5).slice(0, 0, 9, 2)));
  }

  DOCTEST_TEST_CASE("polynomials of degree 2 are met where no voxel is missing") {
    const auto polynomial = [](const Tensor& z, const Tensor& y, const Tensor& x) {
      return 1 + 0.5 * z - 0.3 * y + 0.2 * x + 0.1 * z * z - 0.2 * y * y + 0.05 * x * x + 0.3 * z * y -
             0.1 * y * x;
    };
    const Tensor line = at::arange(12, at::kDouble);
    const Tensor image = polynomial(line.view({-1, 1, 1}), line.view({1, -1, 1}), line.view({1, 1, -1}))
                             .to(at::kFloat)
                             .contiguous();
    for (int64_t key = 0; key < 50; ++key) {
      Random random{"polynomial", key};
      PlaceRow row;
      for (int axis = 0; axis < 3; ++axis) {
        row.start[axis] = static_cast<float>(random.uniform(4, 7));
        row.step[axis] = static_cast<float>(random.uniform(-0.15, 0.15));
      }
      const Places at = places_of(row, 20);
      DOCTEST_CHECK(greatest(row_of(image, row, 20) - polynomial(at[0], at[1], at[2])) < 1e-3);
    }
  }

  DOCTEST_TEST_CASE("places far outside, or that are no numbers, are zero") {
    const Tensor image = smooth_image({4, 5, 6})[0];
    for (const float place : {-2.0F, 7.0F, 1e30F, -1e30F, std::nanf("")})
      DOCTEST_CHECK(row_of(image, {{place, 2, 2}, {0, 0, 0.1F}}, 3).count_nonzero().item<int64_t>() == 0);
  }

  DOCTEST_TEST_CASE(
      "a patch cut cubically is that convolution at its places, with the labels of a linear one") {
    for (const Size& size : {Size{20, 22, 24}, {1, 30, 17}, {20, 22, 1}, {3, 40, 2}}) {
      for (int64_t key = 0; key < 6; ++key) {
        Random random{"cubic", key};
        const Sample sample = synthetic_sample(size, 2);
        const Size patch{9, 14, 19};
        AffineDraw affine{{}, false, true};
        std::array<double, 3> centre;
        for (int axis = 0; axis < 3; ++axis) {
          centre[axis] = 0.5 * static_cast<double>(size[axis] - 1);
          for (int k = 0; k < 3 && size[axis] > 1; ++k)
            affine.matrix[3 * axis + k] = random.uniform(-1.2, 1.2);
        }
        const Places places = places_of(patch, centre, affine);
        const Sample cut = cut_patch(sample, patch, centre, affine);
        for (int64_t c = 0; c < 2; ++c)
          DOCTEST_CHECK(greatest(cut.image.voxels[c].flatten() - convolved(sample.image.voxels[c], places)) <
                        1e-4);
        affine.cubic = false;
        const Sample linear = cut_patch(sample, patch, centre, affine);
        DOCTEST_CHECK(cut.maps.at("label").voxels.equal(linear.maps.at("label").voxels));
      }
    }
  }

  DOCTEST_TEST_CASE("a flat patch looks at its own slice alone, linearly and cubically") {
    const Sample sample = synthetic_sample({7, 30, 28});
    Sample slice = sample;
    slice.image.voxels = sample.image.voxels.narrow(1, 4, 1).contiguous();
    slice.maps["label"].voxels = sample.maps.at("label").voxels.narrow(1, 4, 1).contiguous();
    for (const std::string kind : {"linear", "cubic"}) {
      AffineOptions options;
      options.rotate_probability = options.scale_probability = 1;
      options.interpolation = kind;
      for (int64_t key = 0; key < 10; ++key) {
        Random random{"slice", key};
        const AffineDraw affine = draw(options, random, {1, 20, 24});
        DOCTEST_REQUIRE(affine.cubic == (kind == "cubic"));
        const Sample cut = cut_patch(sample, {1, 20, 24}, {4, 13.5, 14}, affine);
        DOCTEST_CHECK(
            cut.image.voxels.equal(cut_patch(slice, {1, 20, 24}, {0, 13.5, 14}, affine).image.voxels));
      }
    }
  }

  DOCTEST_TEST_CASE("cubic interpolation changes neither what is drawn nor patches that are only copied") {
    for (int64_t key = 0; key < 50; ++key) {
      AffineOptions options;
      Random one{"same", key}, two{"same", key};
      const AffineDraw linear = draw(options, one, {16, 16, 16});
      options.interpolation = "cubic";
      const AffineDraw cubic = draw(options, two, {16, 16, 16});
      DOCTEST_CHECK(cubic.matrix == linear.matrix);
      DOCTEST_CHECK(cubic.identity == linear.identity);
      DOCTEST_CHECK(one.bits() == two.bits());
    }
    const Sample sample = synthetic_sample({9, 10, 11});
    const AffineDraw copy{{1, 0, 0, 0, 1, 0, 0, 0, 1}, true, true};
    const AffineDraw still{{1, 0, 0, 0, 1, 0, 0, 0, 1}, false, true};  // resampled, yet on whole voxels
    const Tensor copied = cut_patch(sample, {6, 12, 5}, {7.5, 2.5, 4}, copy).image.voxels;
    DOCTEST_CHECK(copied.equal(cut_patch(sample, {6, 12, 5}, {7.5, 2.5, 4}, {}).image.voxels));
    DOCTEST_CHECK(cut_patch(sample, {6, 12, 5}, {7.5, 2.5, 4}, still).image.voxels.equal(copied));
  }
}
