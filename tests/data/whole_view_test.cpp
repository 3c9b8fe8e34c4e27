// SPDX-License-Identifier: Apache-2.0
#include "data/whole_view.hpp"

#include <cmath>

#include "tests/data/synthetic.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Size = std::array<int64_t, 3>;

Fingerprint cases_of(const std::vector<Size>& sizes, const std::array<double, 3>& spacing = {1, 1, 1}) {
  Fingerprint fingerprint;
  for (const Size& size : sizes) {
    CasePrint print;
    print.id = cat("sub-", fingerprint.cases.size());
    print.cropped_size = size;
    print.spacing = spacing;
    fingerprint.cases.push_back(std::move(print));
  }
  return fingerprint;
}

/// The part of a view that shows the case.
Tensor middle_of(const Tensor& view, const Size& size) {
  Tensor part = view;
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto dimension = static_cast<int64_t>(axis) + 1;
    part = part.narrow(dimension, (view.size(dimension) - size[axis]) / 2, size[axis]);
  }
  return part;
}

std::array<double, 3> world_of(const Geometry& grid, const std::array<double, 3>& voxel) {
  std::array<double, 3> world = grid.origin;
  for (size_t row = 0; row < 3; ++row) {
    for (size_t axis = 0; axis < 3; ++axis)
      world[row] += voxel[axis] * grid.spacing[axis] * grid.direction[3 * row + axis];
  }
  return world;
}

WholeView view_of(const std::vector<int64_t>& multiple, double factor = 1) {
  WholeView view;
  view.multiple = multiple;
  view.factor = factor;
  return view;
}

/// A bright bar: its length, and its angle with the x axis, from the second moments of [D, H, W].
struct Bar {
  double length, degrees;
};
Bar bar_in(const Tensor& image) {
  const Tensor weight = image.to(at::kDouble) / image.to(at::kDouble).sum();
  std::array<Tensor, 3> place;
  for (int64_t axis = 0; axis < 3; ++axis) {
    std::vector<int64_t> shape{1, 1, 1};
    shape[static_cast<size_t>(axis)] = image.size(axis);
    const Tensor voxel = at::arange(image.size(axis), at::kDouble).view(shape);
    place[static_cast<size_t>(axis)] = voxel - (weight * voxel).sum();
  }
  const auto moment = [&](size_t a, size_t b) { return (weight * place[a] * place[b]).sum().item<double>(); };
  const double along = moment(2, 2);
  return {std::sqrt(12 * (along + moment(1, 1) + moment(0, 0))),
          std::atan(std::hypot(moment(1, 2), moment(0, 2)) / along) * 180 / M_PI};
}

AugmentOptions only(const TransformOptions& transform) {
  AugmentOptions options;
  options.affine.rotate_probability = options.affine.scale_probability = 0;
  options.transforms = {{transform}};
  return options;
}

}  // namespace

DOCTEST_TEST_SUITE("data/whole_view") {
  DOCTEST_TEST_CASE("a patch that covers the 95th percentile on every axis serves as whole view") {
    std::vector<Size> sizes(20, {30, 40, 50});
    const auto plan = [&](const std::vector<int64_t>& patch) {
      return plan_whole_view(cases_of(sizes), {1, 1, 1}, {0, 1, 2}, patch, 2, {8, 8, 8});
    };
    DOCTEST_CHECK(plan({32, 40, 56}).both);
    DOCTEST_CHECK(plan({32, 40, 56}).least == std::vector<int64_t>{32, 40, 56});
    DOCTEST_CHECK(plan({32, 40, 56}).factor == 1);
    DOCTEST_CHECK_FALSE(plan({32, 40, 48}).both);
    sizes[0] = {90, 90, 90};  // one case of twenty is far larger: the percentile is interpolated
    DOCTEST_CHECK(plan({40, 48, 56}).both);
    sizes[1] = {90, 90, 90};
    DOCTEST_CHECK_FALSE(plan({40, 48, 56}).both);
  }

  DOCTEST_TEST_CASE("a view is shrunk by the largest factor with which it fits into a batch of patches") {
    struct Row {
      Size size;
      std::array<double, 3> spacing;
      std::vector<double> target;
      std::vector<int64_t> arrange, patch;
      int64_t batch;
      double factor;
    };
    for (const Row& row : {
             Row{{64, 64, 64}, {1, 1, 1}, {1, 1, 1}, {0, 1, 2}, {32, 32, 32}, 8, 1},     // just fits
             Row{{64, 64, 64}, {1, 1, 1}, {1, 1, 1}, {0, 1, 2}, {32, 32, 32}, 7, 0.85},  // 56 x 56 x 56 < 60
             Row{{128, 128, 128}, {1, 1, 1}, {1, 1, 1}, {0, 1, 2}, {32, 32, 32}, 8, 0.5},
             Row{{64, 64, 64}, {2, 2, 2}, {1, 1, 1}, {0, 1, 2}, {32, 32, 32}, 8, 0.5},  // resampled to 128
             Row{{2000, 2000, 2000}, {1, 1, 1}, {1, 1, 1}, {0, 1, 2}, {32, 32, 32}, 2, 0.1}  // never below
         }) {
      const WholeView view = plan_whole_view(cases_of({row.size}, row.spacing), row.target, row.arrange,
                                             row.patch, row.batch, {8, 8, 8});
      DOCTEST_CHECK_FALSE(view.both);
      DOCTEST_CHECK(view.factor == doctest::Approx(row.factor));
      DOCTEST_CHECK(view.least == std::vector<int64_t>{16, 16, 16});
    }
    // A slice of any thickness stays one slice, here along x, which comes first.
    const WholeView flat = plan_whole_view(cases_of({{256, 256, 1}}, {1, 1, 6}), {3, 1, 1}, {2, 0, 1},
                                           {1, 128, 128}, 4, {1, 32, 32});
    DOCTEST_CHECK(flat.factor == 1);
    DOCTEST_CHECK(flat.least == std::vector<int64_t>{1, 64, 64});
  }

  DOCTEST_TEST_CASE("the case stands unchanged in the middle of zeros, at its place in the world") {
    Random random{"whole"};
    for (int trial = 0; trial < 30; ++trial) {
      const Size size{1 + random.below(12), 1 + random.below(12), 1 + random.below(12)};
      Sample sample = synthetic_sample(size, 2);
      sample.image.voxels += 4;
      sample.image.geometry.spacing = {2, 1, 0.5};
      sample.image.geometry.origin = {7, -3, 11};
      WholeView view = view_of({1 + random.below(4), 4, 8});
      view.least = {1, 9, 1};
      const Sample whole = whole_view(sample, view);
      Size border;
      for (size_t axis = 0; axis < 3; ++axis) {
        const int64_t edge = whole.image.voxels.size(static_cast<int64_t>(axis) + 1);
        DOCTEST_CHECK(edge % view.multiple[axis] == 0);
        DOCTEST_CHECK(edge >= std::max(size[axis], view.least[axis]));
        DOCTEST_CHECK(edge - std::max(size[axis], view.least[axis]) < view.multiple[axis]);
        border[axis] = (edge - size[axis]) / 2;
      }
      DOCTEST_CHECK(middle_of(whole.image.voxels, size).equal(sample.image.voxels));
      DOCTEST_CHECK(whole.image.voxels.count_nonzero().item<int64_t>() == sample.image.voxels.numel());
      DOCTEST_CHECK(middle_of(whole.maps.at("label").voxels, size).equal(sample.maps.at("label").voxels));
      const auto place = world_of(whole.image.geometry,
                                  {static_cast<double>(border[0]) + 0.5, static_cast<double>(border[1]) - 2,
                                   static_cast<double>(border[2]) + 1});
      const auto expected = world_of(sample.image.geometry, {0.5, -2, 1});
      for (size_t row = 0; row < 3; ++row) DOCTEST_CHECK(place[row] == doctest::Approx(expected[row]));
      DOCTEST_CHECK(whole.image.voxels.sizes().slice(1) == at::IntArrayRef(whole.image.geometry.size));
    }
  }

  DOCTEST_TEST_CASE("shrunk, a constant stays constant, labels stay labels, and what is absent stays zero") {
    Sample sample = synthetic_sample({20, 24, 30}, 3);
    sample.image.voxels[0].fill_(2.5);
    sample.image.voxels[2].zero_();
    sample.present = at::tensor({1, 1, 0}).to(at::kBool);
    const Sample whole = whole_view(sample, view_of({1, 1, 1}, 0.5));
    DOCTEST_CHECK(whole.image.voxels.sizes() == at::IntArrayRef({3, 10, 12, 15}));
    DOCTEST_CHECK(whole.image.voxels[0].eq(2.5).all().item<bool>());
    DOCTEST_CHECK(whole.image.voxels[2].count_nonzero().item<int64_t>() == 0);
    DOCTEST_CHECK(whole.present.equal(sample.present));
    const Tensor& label = whole.maps.at("label").voxels;
    DOCTEST_CHECK((label.scalar_type() == at::kShort));
    DOCTEST_CHECK(label.le(2).logical_and(label.ge(0)).all().item<bool>());
    const double before = sample.maps.at("label").voxels.eq(2).to(at::kDouble).mean().item<double>();
    DOCTEST_CHECK(std::abs(label.eq(2).to(at::kDouble).mean().item<double>() - before) < 0.05);
    DOCTEST_CHECK((whole.image.geometry.spacing == std::array<double, 3>{2, 2, 2}));
  }

  DOCTEST_TEST_CASE("a series keeps its frames and their time, and the nonzero mask reaches no network") {
    Sample sample = synthetic_sample({6, 7, 8}, 5);
    sample.present = at::ones({1}, at::kBool);
    sample.frame_seconds = 2.5;
    sample.maps[std::string(inside_map)] = sample.maps.at("label");
    Random random{"series"};
    for (const Sample& whole :
         {whole_view(sample, view_of({4, 4, 4})), draw_whole(sample, view_of({4, 4, 4}), {}, random)}) {
      DOCTEST_CHECK(whole.image.voxels.sizes() == at::IntArrayRef({5, 8, 8, 8}));
      DOCTEST_CHECK(whole.frame_seconds == 2.5);
      DOCTEST_CHECK(whole.present.numel() == 1);
      DOCTEST_CHECK(whole.maps.size() == 1);
      DOCTEST_CHECK(whole.subject == sample.subject);
    }
  }

  DOCTEST_TEST_CASE("a drawn view without augmentation is the view, and equal draws are equal") {
    const Sample sample = synthetic_sample({11, 12, 13}, 2);
    AugmentOptions off;
    off.enabled = false;
    Random random{"off"};
    const WholeView view = view_of({4, 4, 4}, 0.9);
    DOCTEST_CHECK(
        draw_whole(sample, view, off, random).image.voxels.equal(whole_view(sample, view).image.voxels));
    Random one{"same"}, other{"same"}, another{"other"};
    AugmentOptions often;
    often.affine.rotate_probability = often.affine.scale_probability = 1;
    const Tensor drawn = draw_whole(sample, view, often, one).image.voxels;
    DOCTEST_CHECK(drawn.equal(draw_whole(sample, view, often, other).image.voxels));
    DOCTEST_CHECK_FALSE(drawn.equal(draw_whole(sample, view, often, another).image.voxels));
    often.transforms = {{BlurOptions{1}}};
    Random loops{"device"}, device{"device"};
    const Tensor there = draw_whole(sample, view, often, device, at::Device(at::kCPU)).image.voxels;
    DOCTEST_CHECK(there.allclose(draw_whole(sample, view, often, loops).image.voxels, 0, 1e-4));
  }

  DOCTEST_TEST_CASE("a drawn view is flipped along the axes that are named and no others") {
    const Sample sample = synthetic_sample({8, 8, 8});
    Random random{"mirror"};
    const Tensor plain = whole_view(sample, view_of({8, 8, 8})).image.voxels;
    const auto drawn = [&](std::vector<int64_t> axes) {
      return draw_whole(sample, view_of({8, 8, 8}), only(MirrorOptions{1, std::move(axes)}), random)
          .image.voxels;
    };
    DOCTEST_CHECK(drawn({1}).equal(plain.flip({2})));
    DOCTEST_CHECK(drawn({0, 2}).equal(plain.flip({1, 3})));
    DOCTEST_CHECK(drawn({}).equal(plain));
  }

  DOCTEST_TEST_CASE("a drawn view turns by at most 10 degrees and scales by at most 10 %") {
    const std::array<Size, 2> sizes{{{41, 41, 41}, {1, 41, 41}}};
    for (const Size& size : sizes) {
      Sample sample = synthetic_sample(size);
      sample.image.voxels.zero_();
      sample.image.voxels.narrow(1, size[0] / 2, 1).narrow(2, 20, 1).narrow(3, 5, 31).fill_(1);  // along x
      AugmentOptions options = only(MirrorOptions{0, {}});
      options.affine = {1, 180, 1, 0.2, 5};
      Random random{"limits"};
      double most = 0;
      for (int trial = 0; trial < 60; ++trial) {
        const Bar bar = bar_in(draw_whole(sample, view_of({1, 1, 1}), options, random).image.voxels[0]);
        DOCTEST_CHECK(bar.length > 31 * 0.9 - 1);
        DOCTEST_CHECK(bar.length < 31 * 1.12 + 1);
        DOCTEST_CHECK(bar.degrees < (size[0] == 1 ? 11 : 15.5));  // two of three turns move it
        most = std::max(most, bar.degrees);
      }
      DOCTEST_CHECK(most > 5);
    }
  }

  DOCTEST_TEST_CASE("a view that cannot be is an error") {
    const Sample sample = synthetic_sample({4, 4, 4});
    for (WholeView view :
         {view_of({0, 1, 1}), view_of({1, 1}), view_of({1, 1, 1}, 0), view_of({1, 1, 1}, 1.5)})
      DOCTEST_CHECK_THROWS_AS(whole_view(sample, view), Error);
  }
}
