// SPDX-License-Identifier: Apache-2.0
#include "kernels/instance_norm.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <string>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr auto last = at::MemoryFormat::ChannelsLast3d;

/// One question to the kernel: inputs that ask for gradients, and the gradient of the output.
struct Question {
  Tensor input, weight, bias, residual, slopes;
  double slope = 0.01;

  std::vector<Tensor> inputs() const {
    std::vector<Tensor> all = {input, weight, bias};
    if (residual.defined()) all.push_back(residual);
    return all;
  }
};

Question drawn(at::IntArrayRef size, at::MemoryFormat layout, at::ScalarType type, bool residual) {
  at::manual_seed(size[1]);
  const auto image = [&] { return (at::randn(size) * 3 + 1).to(type).contiguous(layout).requires_grad_(); };
  Question question{.input = image(),
                    .weight = (at::rand({size[1]}) + 0.5).requires_grad_(),
                    .bias = at::randn({size[1]}).requires_grad_(),
                    .slopes = at::randn(size).to(type)};
  if (residual) question.residual = image();
  return question;
}

/// The output and the gradients of all inputs.
std::vector<Tensor> answers(const Question& question, bool fused) {
  for (const Tensor& input : question.inputs()) input.mutable_grad() = Tensor();
  const auto& [input, weight, bias, residual, slopes, slope] = question;
  const Tensor output = fused ? instance_norm(input, weight, bias, residual, slope)
                              : instance_norm_reference(input, weight, bias, residual, slope);
  output.backward(slopes);
  std::vector<Tensor> all = {output.detach()};
  for (const Tensor& each : question.inputs()) all.push_back(each.grad().clone());
  return all;
}

/// The same question in double precision.
Question exact(const Question& question) {
  const auto wide = [](const Tensor& tensor) {
    return tensor.defined() ? tensor.detach().to(at::kDouble).requires_grad_() : Tensor();
  };
  return {wide(question.input),    wide(question.weight),           wide(question.bias),
          wide(question.residual), question.slopes.to(at::kDouble), question.slope};
}

/// Largest difference over the largest value.
double distance(const Tensor& a, const Tensor& b) {
  return ((a.to(at::kDouble) - b).abs().max() / b.abs().max()).item<double>();
}

DOCTEST_TEST_SUITE("kernels/instance_norm") {
  DOCTEST_TEST_CASE("output and gradients are the reference's in double, in either layout and precision") {
    // One chunk and many, channels that do and do not fill vectors, voxels that do not fill a period.
    const std::vector<std::vector<int64_t>> sizes = {{2, 1, 3, 4, 5},    {1, 5, 4, 6, 7},  {2, 12, 9, 11, 17},
                                                     {2, 16, 12, 20, 9}, {1, 40, 8, 9, 8}, {3, 130, 2, 3, 5}};
    for (const auto& size : sizes) {
      for (const auto layout : {at::MemoryFormat::Contiguous, last}) {
        for (const auto type : {at::kFloat, at::kBFloat16}) {
          for (const bool residual : {false, true}) {
            const Question question = drawn(size, layout, type, residual);
            const std::vector<Tensor> ours = answers(question, true);
            const std::vector<Tensor> expected = answers(exact(question), false);
            DOCTEST_CAPTURE(size[1]);
            DOCTEST_CAPTURE(residual);
            DOCTEST_CHECK((ours[0].scalar_type() == type));
            for (size_t i = 0; i < ours.size(); ++i)
              DOCTEST_CHECK(distance(ours[i], expected[i]) < (type == at::kFloat ? 2e-5 : 2e-2));
          }
        }
      }
    }
  }

  DOCTEST_TEST_CASE("a slope of 1 is no activation") {
    Question question = drawn({2, 6, 5, 6, 7}, last, at::kFloat, true);
    question.slope = 1;
    const std::vector<Tensor> ours = answers(question, true), expected = answers(exact(question), false);
    for (size_t i = 0; i < ours.size(); ++i) DOCTEST_CHECK(distance(ours[i], expected[i]) < 2e-5);
  }

  DOCTEST_TEST_CASE("output and input gradient keep the input's layout") {
    for (const auto layout : {at::MemoryFormat::Contiguous, last}) {
      const Question question = drawn({2, 8, 4, 6, 6}, layout, at::kFloat, false);
      const std::vector<Tensor> ours = answers(question, true);
      DOCTEST_CHECK(ours[0].is_contiguous(layout));
      DOCTEST_CHECK(ours[1].is_contiguous(layout));
    }
  }

  DOCTEST_TEST_CASE("values far from zero keep their spread") {
    const Tensor input = (at::randn({1, 4, 16, 20, 20}) + 3000).contiguous(last);
    const Tensor one = at::ones({4}), none = at::zeros({4});
    const Tensor ours = instance_norm(input, one, none, {}, 1);
    const Tensor expected =
        instance_norm_reference(input.to(at::kDouble), one.to(at::kDouble), none.to(at::kDouble), {}, 1);
    DOCTEST_CHECK(distance(ours, expected) < 1e-3);
  }

  DOCTEST_TEST_CASE("every bit is the same whatever the number of threads, with gradients or without") {
    const int before = at::get_num_threads();
    const Question question = drawn({2, 12, 24, 24, 24}, last, at::kFloat, true);
    at::set_num_threads(1);
    const std::vector<Tensor> alone = answers(question, true);
    at::set_num_threads(3);
    const std::vector<Tensor> together = answers(question, true);
    const at::NoGradGuard no_gradients;
    const Tensor plain =
        instance_norm(question.input, question.weight, question.bias, question.residual, question.slope);
    at::set_num_threads(before);
    for (size_t i = 0; i < alone.size(); ++i) DOCTEST_CHECK(alone[i].equal(together[i]));
    DOCTEST_CHECK(plain.equal(alone[0]));
  }

  DOCTEST_TEST_CASE("weights and residuals that do not fit are refused") {
    const Tensor input = at::zeros({1, 4, 2, 2, 2}), three = at::ones({3}), four = at::ones({4});
    DOCTEST_CHECK_THROWS_WITH_AS(instance_norm(input, three, three, {}, 1),
                                 "an instance norm of 4 channels got weights 3 and 3", Error);
    DOCTEST_CHECK_THROWS_AS(instance_norm(input, four, four, at::zeros({1, 4, 2, 2, 1}), 1), Error);
  }
}

}  // namespace
}  // namespace tazuna
