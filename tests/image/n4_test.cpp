// SPDX-License-Identifier: Apache-2.0
#include "image/n4.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/random.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A head-like phantom: two tissues in an ellipsoid, noise, and air that is exactly 0 or noise.
struct Phantom {
  Tensor image, inner;  ///< [D, H, W]; inner: bool, well inside the brighter tissue
};

Phantom phantom(const std::array<int64_t, 3>& size, bool removed_background) {
  Random random({4, "n4"});
  Tensor image = at::zeros({size[0], size[1], size[2]}), inner = at::zeros_like(image, at::kBool);
  auto values = image.accessor<float, 3>();
  auto inside = inner.accessor<bool, 3>();
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t x = 0; x < size[2]; ++x) {
        const auto part = [&](int64_t i, int axis) {
          const double half = static_cast<double>(size[axis]) / 2;
          return half > 0.5 ? (static_cast<double>(i) + 0.5 - half) / half : 0;
        };
        const double r = part(z, 0) * part(z, 0) + part(y, 1) * part(y, 1) + part(x, 2) * part(x, 2);
        const double tissue = r < 0.35 ? 300 : r < 0.85 ? 180 : 0;
        const double noise = 6 * random.normal();
        values[z][y][x] = static_cast<float>(tissue > 0           ? tissue + noise
                                             : removed_background ? 0
                                                                  : std::abs(noise));
        inside[z][y][x] = r < 0.3;
      }
    }
  }
  return {image, inner};
}

/// A smooth field between about 0.6 and 1.5.
Tensor bias_field(const Tensor& image) {
  const auto ramp = [&](int64_t axis, std::array<int64_t, 3> shape) {
    return at::linspace(-1, 1, image.size(axis)).view(shape);
  };
  return (ramp(2, {1, 1, -1}) * 0.35 + ramp(1, {1, -1, 1}).square() * 0.25 - ramp(0, {-1, 1, 1}) * 0.15)
      .exp();
}

double variation(const Tensor& image, const Tensor& inner) {
  const Tensor values = image.masked_select(inner);
  return values.std().item<double>() / values.mean().item<double>();
}

}  // namespace

DOCTEST_TEST_SUITE("image/n4") {
  DOCTEST_TEST_CASE("the variation inside a tissue falls to less than half of what the field made it") {
    for (const bool removed_background : {true, false}) {
      for (const auto& size : {std::array<int64_t, 3>{32, 40, 36}, {1, 64, 56}}) {
        DOCTEST_CAPTURE(removed_background);
        DOCTEST_CAPTURE(size[0]);
        const Phantom made = phantom(size, removed_background);
        const Tensor biased = made.image * bias_field(made.image);
        const Tensor corrected = without_bias_field(biased, {5, 5, 5});
        DOCTEST_MESSAGE("variation " << variation(made.image, made.inner) << " without the field, "
                                     << variation(biased, made.inner) << " with it, "
                                     << variation(corrected, made.inner) << " corrected");
        DOCTEST_CHECK(variation(corrected, made.inner) < 0.5 * variation(biased, made.inner));
        DOCTEST_CHECK(corrected.eq(0).equal(biased.eq(0)));
      }
    }
  }

  DOCTEST_TEST_CASE("equal images give equal bytes, with one thread and with several") {
    const Phantom made = phantom({24, 28, 20}, true);
    const Tensor biased = made.image * bias_field(made.image);
    const int threads = at::get_num_threads();
    const Tensor first = without_bias_field(biased, {5, 5, 5});
    at::set_num_threads(1);
    const Tensor second = without_bias_field(biased.clone(), {5, 5, 5});
    at::set_num_threads(threads);
    DOCTEST_CHECK(first.equal(second));
  }

  DOCTEST_TEST_CASE("in a small field of view the spline is too stiff to follow the anatomy") {
    const Phantom made = phantom({32, 40, 36}, true);
    const auto contrast = [&made](const Tensor& image) {
      const Tensor outer = image.gt(0).logical_and(made.inner.logical_not());
      return image.masked_select(made.inner).mean().item<double>() /
             image.masked_select(outer).mean().item<double>();
    };
    const double before = contrast(made.image), after = contrast(without_bias_field(made.image, {1, 1, 1}));
    DOCTEST_MESSAGE("contrast " << before << ", corrected " << after);
    DOCTEST_CHECK(after > 1 + 0.7 * (before - 1));
  }

  DOCTEST_TEST_CASE("an image without two positive values comes back as it is") {
    for (const Tensor& image : {at::zeros({5, 6, 7}), at::full({5, 6, 7}, -2.0), at::full({5, 6, 7}, 3.0)})
      DOCTEST_CHECK(without_bias_field(image, {5, 5, 5}).equal(image));
  }

  DOCTEST_TEST_CASE("small and thin images are corrected or left, never broken") {
    for (const auto& size : {std::array<int64_t, 3>{1, 1, 9}, {2, 3, 2}, {5, 5, 5}, {3, 17, 40}}) {
      const Tensor image = phantom(size, false).image;
      const Tensor corrected = without_bias_field(image, {5, 5, 5});
      DOCTEST_CHECK(corrected.sizes() == image.sizes());
      DOCTEST_CHECK(corrected.isfinite().all().item<bool>());
    }
  }
}

}  // namespace tazuna
