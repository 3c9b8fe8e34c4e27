// SPDX-License-Identifier: Apache-2.0
#include "networks/packed_convolution.hpp"

#include <ATen/ATen.h>

#include "core/text.hpp"
#include "kernels/precision.hpp"
#include "networks/convolution.hpp"
#include "networks/trunk.hpp"
#include "tests/networks/tiny_trunk.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A network of one layer with drawn weights.
template <class Layer>
struct Alone : torch::nn::Module {
  explicit Alone(Layer one) : layer(register_module("layer", one)) {
    for (Tensor& parameter : parameters()) parameter.set_data(at::randn(parameter.sizes()));
  }
  Layer layer;
};

struct Case {
  ConvolutionOptions options;
  std::vector<int64_t> input;
};
const Case cases[] = {
    {{.in = 16, .out = 24, .kernel = {3, 3, 3}}, {2, 16, 6, 8, 10}},
    {{.in = 16, .out = 24, .kernel = {3, 3, 3}}, {1, 16, 6, 8, 10}},
    {{.in = 1, .out = 8, .kernel = {3, 3, 3}}, {1, 1, 9, 8, 7}},
    {{.in = 5, .out = 3, .kernel = {1, 3, 3}, .stride = {1, 2, 2}}, {3, 5, 4, 8, 10}},
    {{.in = 32, .out = 32, .kernel = {3, 3, 3}, .stride = {2, 2, 2}, .bias = false}, {2, 32, 2, 8, 10}},
    {{.in = 7, .out = 20, .kernel = {1, 1, 1}, .bias = false}, {2, 7, 4, 4, 5}},
    {{.in = 16, .out = 16, .kernel = {1, 3, 3}}, {2, 16, 1, 12, 14}},  // as conv2d
};

bool near(const Tensor& a, const Tensor& b) {
  return a.sizes() == b.sizes() && (a - b).abs().max().item<double>() < 1e-5 * b.abs().max().item<double>();
}

DOCTEST_TEST_SUITE("networks/packed_convolution") {
  DOCTEST_TEST_CASE("packed weights change nothing but the order of sums and the layout") {
    at::manual_seed(3);
    const at::NoGradGuard no_grad;
    for (const Case& one : cases) {
      DOCTEST_CAPTURE(join(one.input, "x"));
      Alone<Convolution> network{Convolution(one.options)};
      std::vector<int64_t> other = one.input;
      other[3] += 4;
      const Tensor first = at::randn(one.input), second = at::randn(other);
      const Tensor plain = network.layer(first), plain_second = network.layer(second);
      const PackedWeights packed(network);
      for (int repeat = 0; repeat < 2; ++repeat) {
        const Tensor answer = network.layer(first);
        DOCTEST_CHECK(near(answer, plain));
        DOCTEST_CHECK(answer.is_contiguous(at::MemoryFormat::ChannelsLast3d));
        DOCTEST_CHECK(near(network.layer(second), plain_second));
        DOCTEST_CHECK(near(network.layer(first.contiguous(at::MemoryFormat::ChannelsLast3d)), plain));
      }
    }
  }

  DOCTEST_TEST_CASE("so do those of transposed convolutions") {
    at::manual_seed(4);
    const at::NoGradGuard no_grad;
    for (const Triple& stride : {Triple{2, 2, 2}, Triple{1, 2, 2}, Triple{1, 2, 3}}) {
      for (const std::vector<int64_t>& size : {std::vector<int64_t>{2, 24, 3, 4, 5}, {1, 24, 1, 6, 4}}) {
        Alone<Upsampling> network{Upsampling(24, 16, stride)};
        const Tensor input = at::randn(size), plain = network.layer(input);
        const PackedWeights packed(network);
        for (int repeat = 0; repeat < 2; ++repeat) {
          DOCTEST_CHECK(near(network.layer(input), plain));
          DOCTEST_CHECK(near(network.layer(input.contiguous(at::MemoryFormat::ChannelsLast3d)), plain));
        }
      }
    }
  }

  DOCTEST_TEST_CASE("an encoder answers alike with packed weights, with more grids than are kept") {
    const auto encoder = make_encoder(tiny_trunk(), 1);
    initialise(*encoder, 5, "encoder.");
    const at::NoGradGuard no_grad;
    const PackedWeights packed(*encoder);
    for (int64_t edge = 8; edge <= 40; edge += 4) {
      const Tensor image = at::randn({1, 1, 8, 8, edge});
      const Features answer = encoder->forward(image);
      for (size_t i = 0; i < answer.stages.size(); ++i) {
        const at::AutoGradMode as_ever(true);  // runs without packed weights
        DOCTEST_CHECK(at::allclose(answer.stages[i], encoder->forward(image).stages[i], 1e-3, 1e-4));
      }
    }
  }

  DOCTEST_TEST_CASE("weights changed afterwards count, and gradients are recorded meanwhile") {
    Alone<Convolution> network{Convolution(ConvolutionOptions{.in = 4, .out = 4, .kernel = {3, 3, 3}})};
    const Tensor image = at::randn({2, 4, 5, 6, 7});
    {
      const PackedWeights packed(network);
      network.layer(image).sum().backward();
      for (const Tensor& parameter : network.parameters()) DOCTEST_CHECK(parameter.grad().defined());
      const at::NoGradGuard no_grad;
      DOCTEST_CHECK_FALSE(network.layer(image).eq(0).all().item<bool>());
    }
    const at::NoGradGuard no_grad;
    for (Tensor& parameter : network.parameters()) parameter.zero_();
    DOCTEST_CHECK(network.layer(image).eq(0).all().item<bool>());
  }

  DOCTEST_TEST_CASE("packed weights inside another's life leave it the layers") {
    const at::NoGradGuard no_grad;
    Alone<Convolution> network{Convolution(ConvolutionOptions{.in = 4, .out = 4, .kernel = {3, 3, 3}})};
    const Tensor image = at::randn({2, 4, 5, 6, 7});
    const auto is_packed = [&] {
      return network.layer(image).is_contiguous(at::MemoryFormat::ChannelsLast3d);
    };
    std::vector<PackedWeights> outer;
    outer.emplace_back(network);
    { const PackedWeights inner(network); }
    DOCTEST_CHECK(is_packed());
    PackedWeights moved = std::move(outer.front());
    outer.clear();
    DOCTEST_CHECK(is_packed());
  }

  DOCTEST_TEST_CASE("under bf16 autocast packed weights are those that autocast casts") {
    const at::NoGradGuard no_grad;
    Alone<Convolution> network{Convolution(ConvolutionOptions{.in = 16, .out = 8, .kernel = {3, 3, 3}})};
    const Tensor image = at::randn({2, 16, 5, 6, 7}), exact = network.layer(image);
    const Autocast bf16(at::kCPU, true);
    const Tensor plain = network.layer(image);
    const PackedWeights packed(network);
    const Tensor answer = network.layer(image);
    DOCTEST_CHECK((answer.scalar_type() == plain.scalar_type()));
    DOCTEST_CHECK((answer.to(at::kFloat) - exact).abs().max().item<double>() <
                  0.02 * exact.abs().max().item<double>());
  }
}

}  // namespace
}  // namespace tazuna
