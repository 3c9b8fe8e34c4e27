// SPDX-License-Identifier: Apache-2.0
#include "infer/predictor.hpp"

#include <ATen/ATen.h>

#include "tests/infer/tiny.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A prepared case of noise that lies on its native grid.
Sample some_sample(const std::array<int64_t, 3>& size) {
  Sample sample;
  auto subject = std::make_shared<Subject>();
  subject->id = "noise";
  sample.subject = subject;
  sample.image.voxels = noise({1, size[0], size[1], size[2]}, "image");
  sample.image.geometry.size = size;
  sample.placement.native.size = sample.placement.working.size = size;
  sample.placement.crop.high = size;
  return sample;
}

Tensor labels_of(const std::vector<std::vector<Prediction>>& answers) {
  return std::get<LabelMap>(answers[0][0]).labels;
}

DOCTEST_TEST_SUITE("infer/predictor") {
  DOCTEST_TEST_CASE("a case as large as the tile gets the labels of the network's own logits") {
    const TinyModel tiny = tiny_model(tiny_recipe(), 5);
    const Sample sample = some_sample({8, 8, 8});
    const auto answers = predict_case({tiny.network.get()}, sample, {.patch = {8, 8, 8}}, {}, at::kCPU);
    const at::NoGradGuard no_grad;
    tiny.network->eval();
    const Tensor classes =
        tiny.network->forward(sample.image.voxels.unsqueeze(0), View::patch, false)[0].logits[0].argmax(1)[0];
    const Tensor expected = at::where(classes == 2, at::full({}, 3, at::kLong), classes).to(at::kShort);
    DOCTEST_CHECK((labels_of(answers) != expected).sum().item<int64_t>() == 0);
    DOCTEST_CHECK(expected.max().item<int64_t>() > 0);
  }

  DOCTEST_TEST_CASE("labels are those of the greatest probability, and probabilities add up to one") {
    const TinyModel tiny = tiny_model(tiny_recipe(), 5);
    const Sample sample = some_sample({11, 6, 19});
    const WindowOptions options{.patch = {8, 8, 8}, .probabilities = true};
    const auto answers = predict_case({tiny.network.get()}, sample, options, {}, at::kCPU);
    DOCTEST_REQUIRE(answers[0].size() == 1);
    const Tensor shares = std::get<LabelMap>(answers[0][0]).shares;
    DOCTEST_CHECK(at::allclose(shares.sum(0), at::ones({11, 6, 19})));
    const Tensor classes = shares.argmax(0);
    const Tensor expected = at::where(classes == 2, at::full({}, 3, at::kLong), classes).to(at::kShort);
    DOCTEST_CHECK((labels_of(answers) != expected).sum().item<int64_t>() == 0);
  }

  DOCTEST_TEST_CASE("a network that was training goes on training") {
    const TinyModel tiny = tiny_model(tiny_recipe(), 5);
    tiny.network->train();
    predict_case({tiny.network.get()}, some_sample({8, 8, 8}), {.patch = {8, 8, 8}}, {}, at::kCPU);
    DOCTEST_CHECK(tiny.network->is_training());
  }

  DOCTEST_TEST_CASE("each task of several gets its own answer") {
    const TinyModel tiny = tiny_model(tiny_recipe({"T1w"}, {"one", "two"}), 5);
    const auto answers =
        predict_case({tiny.network.get()}, some_sample({8, 9, 10}), {.patch = {8, 8, 8}}, {}, at::kCPU);
    DOCTEST_REQUIRE(answers.size() == 2);
    const Tensor one = std::get<LabelMap>(answers[0][0]).labels,
                 two = std::get<LabelMap>(answers[1][0]).labels;
    DOCTEST_CHECK(one.sizes() == two.sizes());
    DOCTEST_CHECK(!at::equal(one, two));
  }

  DOCTEST_TEST_CASE("bf16 changes few labels") {
    const TinyModel tiny = tiny_model(tiny_recipe(), 5);
    const Sample sample = some_sample({12, 12, 12});
    const auto fp32 = predict_case({tiny.network.get()}, sample, {.patch = {8, 8, 8}}, {}, at::kCPU);
    const auto bf16 =
        predict_case({tiny.network.get()}, sample, {.patch = {8, 8, 8}, .bf16 = true}, {}, at::kCPU);
    const double share = (labels_of(fp32) != labels_of(bf16)).to(at::kFloat).mean().item<double>();
    DOCTEST_CHECK(share < 0.05);
  }
}

}  // namespace
}  // namespace tazuna
