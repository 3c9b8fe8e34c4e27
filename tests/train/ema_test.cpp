// SPDX-License-Identifier: Apache-2.0
#include "train/ema.hpp"

#include <ATen/ATen.h>

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("train/ema") {
  DOCTEST_TEST_CASE("the decay grows from 0.1 to 0.999 and stays") {
    DOCTEST_CHECK(ema_decay(0) == doctest::Approx(0.1));
    DOCTEST_CHECK(ema_decay(8) == doctest::Approx(0.5));
    DOCTEST_CHECK(ema_decay(10000) == doctest::Approx(0.999));
    DOCTEST_CHECK(ema_decay(100000000) == doctest::Approx(0.999));
  }

  DOCTEST_TEST_CASE("an update is decay * average + (1 - decay) * parameter, worked out by hand") {
    NamedTensors parameters{{"w", at::zeros({2})}};
    Ema ema(parameters);
    parameters.at("w").fill_(1);
    ema.update(0);  // 0.1 * 0 + 0.9 * 1
    DOCTEST_CHECK(at::allclose(ema.averages().at("w"), at::full({2}, 0.9)));
    parameters.at("w").fill_(2);
    ema.update(1);  // 2/11 * 0.9 + 9/11 * 2
    DOCTEST_CHECK(at::allclose(ema.averages().at("w"), at::full({2}, 1.8)));
  }

  DOCTEST_TEST_CASE("swapped parameters come back bit for bit, and graph leaves stay leaves") {
    NamedTensors parameters{{"w", at::rand({3})}};
    parameters.at("w").set_requires_grad(true);
    const Tensor own = parameters.at("w").detach().clone();
    {
      const Swapped swapped(parameters, {{"w", at::ones({3})}});
      DOCTEST_CHECK(at::equal(parameters.at("w").detach(), at::ones({3})));
    }
    DOCTEST_CHECK(at::equal(parameters.at("w").detach(), own));
    DOCTEST_CHECK(parameters.at("w").is_leaf());
  }
}
