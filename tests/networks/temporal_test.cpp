// SPDX-License-Identifier: Apache-2.0
#include "networks/temporal.hpp"

#include <ATen/ATen.h>

#include "kernels/precision.hpp"
#include "networks/temporal_module.hpp"
#include "networks/trunk.hpp"
#include "tests/networks/trunk_shape.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr int64_t width = 8;

/// With drawn parameters; an attention's too, which would otherwise start as the mean.
std::shared_ptr<TemporalImpl> drawn(const std::string& pooling) {
  const auto module = make_temporal({pooling, 1}, width);
  initialise(*module, 1, "temporal.0.");
  const at::NoGradGuard no_grad;
  at::manual_seed(3);
  for (Tensor& parameter : module->parameters()) parameter.copy_(at::randn(parameter.sizes()));
  return module;
}

Tensor random_frames(int64_t count) {
  at::manual_seed(5);
  return at::randn({2, count, width, 2, 3, 4}) + at::randn({2, count, width, 1, 1, 1});
}

Tensor times_of(int64_t count) {
  return at::arange(count, at::kFloat).mul(2).expand({2, count});
}

DOCTEST_TEST_SUITE("networks/temporal") {
  DOCTEST_TEST_CASE("parameters' names and shapes are these") {
    using Names = std::vector<std::string>;
    const auto names = [](const char* pooling) { return parameters_of(*make_temporal({pooling, 1}, width)); };
    DOCTEST_CHECK(names("mean").empty());
    DOCTEST_CHECK(names("attention") == Names{"feature_query 8", "time_query 4x12"});
    DOCTEST_CHECK(names("convolution") == Names{"weight 16x1x3x1", "bias 16"});
    DOCTEST_CHECK(parameters_of(*make_temporal({"attention", 1}, 6))[1] == "time_query 2x12");
  }

  DOCTEST_TEST_CASE("a fresh attention is the mean, whatever the times") {
    const auto attention = make_temporal({"attention", 1}, width);
    initialise(*attention, 1, "temporal.0.");
    const Tensor frames = random_frames(5);
    DOCTEST_CHECK(at::allclose(attention->forward(frames, times_of(5)), frames.mean(1), 1e-5, 1e-6));
    attention->forward(frames, times_of(5)).square().sum().backward();
    for (const Tensor& parameter : attention->parameters())
      DOCTEST_CHECK(parameter.grad().abs().sum().item<double>() > 0);
  }

  DOCTEST_TEST_CASE("a constant series is worth one of its frames") {
    const Tensor frame = random_frames(1);
    for (const std::string pooling : {"mean", "attention", "convolution"}) {
      DOCTEST_CAPTURE(pooling);
      const auto module = drawn(pooling);
      const Tensor one = module->forward(frame, times_of(1));
      const Tensor many = module->forward(frame.expand({2, 7, width, 2, 3, 4}), times_of(7));
      DOCTEST_CHECK(at::allclose(one, many, 1e-5, 1e-5));
      DOCTEST_CHECK(at::allclose(one, frame.squeeze(1), 1e-5, 1e-5) == (pooling != "convolution"));
    }
  }

  DOCTEST_TEST_CASE(
      "the order of the frames matters to a convolution alone, their times to an attention alone") {
    const Tensor frames = random_frames(6), times = times_of(6);
    const Tensor order = at::tensor({3, 0, 5, 1, 4, 2}, at::kLong);
    for (const std::string pooling : {"mean", "attention", "convolution"}) {
      DOCTEST_CAPTURE(pooling);
      const auto module = drawn(pooling);
      const Tensor pooled = module->forward(frames, times);
      const Tensor shuffled = module->forward(frames.index_select(1, order), times.index_select(1, order));
      DOCTEST_CHECK(at::allclose(pooled, shuffled, 1e-4, 1e-5) == (pooling != "convolution"));
      const Tensor later = module->forward(frames, times * 1.5);
      DOCTEST_CHECK(at::allclose(pooled, later, 1e-4, 1e-5) == (pooling != "attention"));
    }
  }

  DOCTEST_TEST_CASE("an attention is a mean with weights that are positive and sum to one") {
    const auto attention = drawn("attention");
    const Tensor frames = random_frames(4);
    const Tensor pooled = attention->forward(frames, times_of(4));
    DOCTEST_CHECK(at::allclose(attention->forward(frames + 10, times_of(4)), pooled + 10, 1e-4, 1e-4));
    const Tensor least = std::get<0>(frames.min(1)), most = std::get<0>(frames.max(1));
    DOCTEST_CHECK((pooled >= least - 1e-6).all().item<bool>());
    DOCTEST_CHECK((pooled <= most + 1e-6).all().item<bool>());
  }

  DOCTEST_TEST_CASE("gradients agree with differences") {
    const Tensor frames = random_frames(4), times = times_of(4), direction = at::randn(frames.sizes());
    for (const std::string pooling : {"mean", "attention", "convolution"}) {
      DOCTEST_CAPTURE(pooling);
      const auto module = drawn(pooling);
      const auto value = [&](const Tensor& at_frames) {
        return module->forward(at_frames, times).to(at::kDouble).sin().sum();
      };
      const Tensor point = frames.clone().requires_grad_();
      value(point).backward();
      const double slope = (point.grad() * direction).sum().item<double>();
      constexpr double step = 1e-3;
      const double difference =
          (value(frames + direction * step) - value(frames - direction * step)).item<double>() / (2 * step);
      DOCTEST_CHECK(difference == doctest::Approx(slope).epsilon(0.01));
    }
  }

  DOCTEST_TEST_CASE("autocast changes nothing, and bf16 frames stay bf16") {
    const Tensor frames = random_frames(5), times = times_of(5);
    for (const std::string pooling : {"mean", "attention", "convolution"}) {
      DOCTEST_CAPTURE(pooling);
      const auto module = drawn(pooling);
      const Tensor full = module->forward(frames, times);
      const Autocast precision(at::kCPU, true);
      DOCTEST_CHECK(at::equal(module->forward(frames, times), full));
      const Tensor half = module->forward(frames.to(at::kBFloat16), times);
      DOCTEST_CHECK((half.scalar_type() == at::kBFloat16));
      DOCTEST_CHECK(at::allclose(half.to(at::kFloat), full, 0.05, 0.1));
    }
  }
}

}  // namespace
}  // namespace tazuna
