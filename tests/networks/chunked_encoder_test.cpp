// SPDX-License-Identifier: Apache-2.0
#include "networks/chunked_encoder.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.hpp"
#include "kernels/precision.hpp"
#include "tests/networks/trunk_shape.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

TrunkOptions small_trunk() {
  return ResidualOptions{shape_from({.widths = {4, 6},
                                     .kernels = {{3, 3, 3}, {3, 3, 3}},
                                     .strides = {{1, 1, 1}, {2, 2, 2}},
                                     .blocks = {1, 1},
                                     .decoder_blocks = {1}})};
}

std::shared_ptr<EncoderImpl> small_encoder(at::ScalarType type = at::kFloat) {
  auto encoder = make_encoder(small_trunk(), 1);
  initialise(*encoder, 5, "encoder.");
  encoder->to(type);
  return encoder;
}

/// Remembers how many rows it was given at once, and whether a graph was kept.
class Watched : public EncoderImpl {
 public:
  Watched() : encoder_(register_module("inside", small_encoder())) {}
  Features forward(const Tensor& image) override {
    calls.emplace_back(image.size(0), at::GradMode::is_enabled());
    return encoder_->forward(image);
  }
  std::vector<std::pair<int64_t, bool>> calls;

 private:
  std::shared_ptr<EncoderImpl> encoder_;
};

Tensor price(const Features& features) {
  return features.stages[0].square().sum() + features.stages[1].sin().sum();
}

double distance(const Tensor& a, const Tensor& b) {
  return (a - b).norm().item<double>() / (1e-12 + b.norm().item<double>());
}

DOCTEST_TEST_SUITE("networks/chunked_encoder") {
  DOCTEST_TEST_CASE("values and all gradients are those of the encoder without chunks") {
    at::manual_seed(2);
    const Tensor rows = at::randn({7, 1, 4, 8, 6}, at::kDouble);
    for (const int64_t chunk : {1, 2, 6, 7}) {
      DOCTEST_CAPTURE(chunk);
      const auto plain = small_encoder(at::kDouble), chunked = small_encoder(at::kDouble);
      const Tensor one = rows.clone().requires_grad_(), other = rows.clone().requires_grad_();
      const Features expected = plain->forward(one), features = encode_in_chunks(chunked, other, chunk);
      for (size_t i = 0; i < expected.stages.size(); ++i)
        DOCTEST_CHECK(distance(features.stages[i], expected.stages[i]) < 1e-12);
      price(expected).backward();
      price(features).backward();
      DOCTEST_CHECK(distance(other.grad(), one.grad()) < 1e-9);
      const double floor = one.grad().norm().item<double>();
      for (const auto& named : plain->named_parameters()) {
        DOCTEST_CAPTURE(named.key());
        const Tensor found = chunked->named_parameters()[named.key()].grad();
        DOCTEST_REQUIRE(found.defined());
        // A bias before a norm has no gradient but rounding.
        DOCTEST_CHECK((found - named.value().grad()).norm().item<double>() < 1e-9 * floor);
      }
    }
  }

  DOCTEST_TEST_CASE("never more rows than a chunk are encoded at once, with a graph only going back") {
    const auto watched = std::make_shared<Watched>();
    const Features features = encode_in_chunks(watched, at::ones({5, 1, 4, 4, 4}), 2);
    using Calls = std::vector<std::pair<int64_t, bool>>;
    DOCTEST_CHECK(watched->calls == Calls{{2, false}, {2, false}, {1, false}});
    watched->calls.clear();
    price(features).backward();
    DOCTEST_CHECK(watched->calls == Calls{{2, true}, {2, true}, {1, true}});
    watched->calls.clear();
    const at::NoGradGuard no_grad;
    DOCTEST_CHECK_FALSE(encode_in_chunks(watched, at::ones({3, 1, 4, 4, 4}), 2).stages[0].requires_grad());
    DOCTEST_CHECK(watched->calls == Calls{{2, false}, {1, false}});
  }

  DOCTEST_TEST_CASE("a stage that nobody reads, frozen parameters and gradients of a few are no trouble") {
    const Tensor rows = at::randn({3, 1, 4, 4, 4});
    const auto encoder = small_encoder();
    auto parameters = encoder->named_parameters();
    parameters["stem.convs.0.conv.weight"].set_requires_grad(false);
    encode_in_chunks(encoder, rows, 1).stages[0].square().sum().backward();
    DOCTEST_CHECK_FALSE(parameters["stem.convs.0.conv.weight"].grad().defined());
    DOCTEST_CHECK_FALSE(parameters["stages.1.blocks.0.conv1.conv.weight"].grad().defined());
    DOCTEST_CHECK(parameters["stages.0.blocks.0.conv1.conv.weight"].grad().defined());
  }

  DOCTEST_TEST_CASE("bf16 autocast is that of the forward pass, and leaves later passes their gradients") {
    at::manual_seed(4);
    const Tensor rows = at::randn({4, 1, 4, 8, 8});
    const auto gradients = [&](int64_t chunk) {
      const auto encoder = small_encoder();
      Tensor total;
      {
        const Autocast precision(at::kCPU, true);
        total = price(encode_in_chunks(encoder, rows, chunk)).to(at::kFloat);
        total = total + price(encoder->forward(rows)).to(at::kFloat);
      }
      total.backward();
      std::vector<Tensor> all;
      for (const Tensor& parameter : encoder->parameters()) all.push_back(parameter.grad().flatten());
      return at::cat(all);
    };
    DOCTEST_CHECK(distance(gradients(1), gradients(4)) < 0.02);
    const auto encoder = small_encoder();
    const Autocast precision(at::kCPU, true);
    DOCTEST_CHECK((encode_in_chunks(encoder, rows, 2).stages[0].scalar_type() == at::kBFloat16));
  }

  DOCTEST_TEST_CASE("second derivatives are refused, and so is a chunk of no row") {
    const Tensor rows = at::ones({3, 1, 4, 4, 4}).requires_grad_();
    const Tensor total = price(encode_in_chunks(small_encoder(), rows, 2));
    DOCTEST_CHECK_THROWS_AS(torch::autograd::grad({total}, {rows}, {}, true, /*create_graph=*/true), Error);
    DOCTEST_CHECK_THROWS_AS(encode_in_chunks(small_encoder(), rows, 0), Error);
  }
}

}  // namespace
}  // namespace tazuna
