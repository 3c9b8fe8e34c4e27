// SPDX-License-Identifier: Apache-2.0
#include "tasks/subject_head.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"
#include "tasks/head.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

// An encoder of 4 and 8 channels, a decoder of 4, and two voxel tasks of two and three classes on it.
HeadWidths widths() {
  return {{{4, 8}, {4}}, {{"lesion", 2}, {"parts", 3}}};
}

SubjectHeadOptions nothing() {
  SubjectHeadOptions options;
  options.mean = options.max = options.mask = options.attention = false;
  return options;
}

std::shared_ptr<HeadImpl> head_of(const SubjectHeadOptions& options, int64_t covariates = 0) {
  auto head = make_subject_head(options, widths(), covariates, {.outputs = 2});
  initialise(*head, 5, "heads.grade.");
  head->begin();
  head->eval();
  return head;
}

// What two cases leave behind.
struct Trunk {
  Features encoder, decoder;
  std::map<std::string, Tensor> shares;
  Tensor answer(HeadImpl& head, const Tensor* covariates = nullptr) const {
    return head.forward({encoder, &decoder, covariates, &shares}, false).logits.front();
  }
};
Trunk trunk() {
  at::manual_seed(11);
  Trunk trunk;
  trunk.encoder.stages = {at::randn({2, 4, 4, 4, 4}), at::randn({2, 8, 2, 2, 2})};
  trunk.decoder.stages = {at::randn({2, 4, 4, 4, 4})};
  trunk.shares["lesion"] = at::softmax(at::randn({2, 2, 4, 4, 4}), 1);
  trunk.shares["parts"] = at::softmax(at::randn({2, 3, 4, 4, 4}), 1);
  return trunk;
}

// The features of each voxel at another place.
Tensor shuffled(const Tensor& stage) {
  const Tensor flat = stage.flatten(2);
  return flat.index_select(2, at::randperm(flat.size(2))).reshape(stage.sizes());
}

}  // namespace

DOCTEST_TEST_SUITE("tasks/subject_head") {
  DOCTEST_TEST_CASE(
      "each way of pooling, each stage and each column adds its inputs, and none reads nothing") {
    struct Case {
      const char* what;
      bool mean, max, mask, attention;
      std::vector<int64_t> taps;
      int64_t covariates, inputs;
    };
    // Under masks: lesion, two parts and both parts together, four means of 4 channels and four sums.
    for (const Case& one : {Case{"mean", true, false, false, false, {}, 0, 12},
                            Case{"max", false, true, false, false, {}, 0, 12},
                            Case{"attention", false, false, false, true, {}, 0, 12},
                            Case{"mask", false, false, true, false, {}, 0, 4 * 4 + 4},
                            Case{"default", true, true, true, false, {}, 0, 24 + 20},
                            Case{"last stage", true, true, false, false, {1}, 0, 16},
                            Case{"columns", false, false, false, false, {}, 3, 3},
                            Case{"mean and columns", true, false, false, false, {0}, 3, 7}}) {
      DOCTEST_CAPTURE(one.what);
      SubjectHeadOptions options;
      options.mean = one.mean;
      options.max = one.max;
      options.mask = one.mask;
      options.attention = one.attention;
      options.taps = one.taps;
      const auto head = head_of(options, one.covariates);
      DOCTEST_CHECK(head->named_parameters()["hidden.weight"].size(1) == one.inputs);
      const Tensor columns = at::ones({2, std::max<int64_t>(one.covariates, 1)});
      DOCTEST_CHECK(trunk().answer(*head, &columns).sizes() == at::IntArrayRef({2, 2}));
    }
    DOCTEST_CHECK(says(refusal_of([] { head_of(nothing()); }), "it reads nothing"));
    DOCTEST_CHECK(says(refusal_of([] {
                         SubjectHeadOptions options = nothing();
                         options.mask = true;
                         make_subject_head(options, {{{4, 8}, {4}}}, 0, {});
                       }),
                       "it reads nothing"));
  }

  DOCTEST_TEST_CASE("a stage that is not there, or named twice, is refused") {
    SubjectHeadOptions options;
    options.taps = {0, 2};
    DOCTEST_CHECK(says(refusal_of([&] { head_of(options); }), "there is no stage 2; the encoder has 0 to 1"));
    options.taps = {1, 1};
    DOCTEST_CHECK(says(refusal_of([&] { head_of(options); }), "stage 1 stands twice"));
  }

  DOCTEST_TEST_CASE("a stage that is not tapped does not matter, one that is does") {
    SubjectHeadOptions options = nothing();
    options.mean = true;
    options.taps = {1};
    const auto head = head_of(options);
    Trunk changed = trunk();
    const Tensor before = changed.answer(*head);
    changed.encoder.stages[0].add_(1);
    DOCTEST_CHECK(at::equal(changed.answer(*head), before));
    changed.encoder.stages[1].mul_(at::rand({1, 8, 1, 1, 1}));
    DOCTEST_CHECK_FALSE(at::allclose(changed.answer(*head), before));
  }

  DOCTEST_TEST_CASE(
      "small differences of a drawn structure's size are large to the head, in training alone learnt") {
    SubjectHeadOptions options = nothing();
    options.mask = true;
    const auto head = head_of(options);
    const auto share_of = [](double voxels) {  // of 64
      Tensor shares = at::zeros({1, 2, 4, 4, 4});
      shares.select(1, 1).fill_(voxels / 64);
      shares.select(1, 0).fill_(1 - voxels / 64);
      return shares;
    };
    Trunk one = trunk();
    for (Tensor& stage : one.decoder.stages) stage = stage.narrow(0, 0, 1);
    for (Tensor& stage : one.encoder.stages) stage = stage.narrow(0, 0, 1);
    one.shares["parts"] = one.shares["parts"].narrow(0, 0, 1);
    const auto answer_at = [&](double voxels) {
      one.shares["lesion"] = share_of(voxels);
      return one.answer(*head);
    };
    head->train();
    for (int view = 0; view < 200; ++view) answer_at(30 + view % 3);
    head->eval();
    const Tensor moments = head->named_buffers()["mass_scale.mean"].clone();
    const double mean = (std::log1p(30) + std::log1p(31) + std::log1p(32)) / 3;
    DOCTEST_CHECK(moments[0].item<double>() == doctest::Approx(mean).epsilon(1e-3));
    const double sd = head->named_buffers()["mass_scale.variance"][0].sqrt().item<double>();
    DOCTEST_CHECK(sd ==
                  doctest::Approx((std::log1p(32) - std::log1p(30)) / 2 * std::sqrt(2.0 / 3)).epsilon(0.1));
    DOCTEST_CHECK_FALSE(at::allclose(answer_at(30), answer_at(32), 1e-3, 1e-3));
    DOCTEST_CHECK(at::equal(head->named_buffers()["mass_scale.mean"], moments));
  }

  DOCTEST_TEST_CASE("encoder pooling does not ask where a voxel lies") {
    SubjectHeadOptions options;
    options.mask = false;
    options.attention = true;
    const auto head = head_of(options);
    Trunk moved = trunk();
    const Tensor before = moved.answer(*head);
    for (Tensor& stage : moved.encoder.stages) stage = shuffled(stage);
    DOCTEST_CHECK(at::allclose(moved.answer(*head), before, 1e-4, 1e-5));
  }

  DOCTEST_TEST_CASE("under a mask only the features inside count, and the answer follows the mask") {
    SubjectHeadOptions options = nothing();
    options.mask = true;
    const auto head = head_of(options);
    Trunk masked = trunk();
    for (auto& [task, shares] : masked.shares) {  // hard masks in the first plane
      shares = at::zeros_like(shares);
      shares.select(1, 0).slice(1, 1).fill_(1);
      shares.select(1, 1).select(1, 0).fill_(1);
    }
    const Tensor before = masked.answer(*head);
    Trunk outside = masked;
    outside.decoder.stages = {masked.decoder.stages[0].clone()};
    outside.decoder.stages[0].slice(2, 1).add_(at::randn({2, 4, 3, 4, 4}));
    DOCTEST_CHECK(at::allclose(outside.answer(*head), before, 1e-5, 1e-6));
    outside.decoder.stages[0].select(2, 0).add_(at::randn({2, 4, 4, 4}));
    DOCTEST_CHECK_FALSE(at::allclose(outside.answer(*head), before, 1e-3, 1e-4));
    masked.shares["lesion"] = masked.shares["lesion"].flip({2});
    DOCTEST_CHECK_FALSE(at::allclose(masked.answer(*head), before, 1e-3, 1e-4));
  }

  DOCTEST_TEST_CASE("an empty mask is no trouble") {
    const auto head = head_of({});
    Trunk empty = trunk();
    for (auto& [task, shares] : empty.shares) {
      shares = at::zeros_like(shares);
      shares.select(1, 0).fill_(1);
    }
    DOCTEST_CHECK(empty.answer(*head).isfinite().all().item<bool>());
  }

  DOCTEST_TEST_CASE("attention begins as the mean and learns to look elsewhere") {
    SubjectHeadOptions mean = nothing(), attention = nothing();
    mean.mean = attention.attention = true;
    const auto plain = head_of(mean), attentive = head_of(attention);
    const Trunk seen = trunk();
    const Tensor answer = seen.answer(*attentive);
    DOCTEST_CHECK(at::allclose(answer, seen.answer(*plain), 1e-4, 1e-5));
    answer.select(1, 0).sum().backward();
    for (const char* stage : {"attention.0.query", "attention.1.query"})
      DOCTEST_CHECK(attentive->named_parameters()[stage].grad().abs().max().item<double>() > 0);
  }

  DOCTEST_TEST_CASE("features in bfloat16 are pooled in float32") {
    const auto head = head_of({});
    Trunk half = trunk();
    for (Features* features : {&half.encoder, &half.decoder})
      for (Tensor& stage : features->stages) stage = stage.to(at::kBFloat16);
    const Tensor answer = half.answer(*head);
    DOCTEST_CHECK((answer.scalar_type() == at::kFloat));
    DOCTEST_CHECK(at::allclose(answer, trunk().answer(*head), 0.1, 0.02));
  }

  DOCTEST_TEST_CASE("the first answers are little more than the bias it begins with") {
    auto head = make_subject_head({}, widths(), 0, {.outputs = 2, .bias = {0.5, -0.5}});
    initialise(*head, 5, "heads.grade.");
    head->begin();
    head->eval();
    const Tensor apart = trunk().answer(*head) - at::tensor({0.5, -0.5}, at::kFloat);
    DOCTEST_CHECK(apart.abs().max().item<double>() < 1);
    DOCTEST_CHECK(apart.abs().max().item<double>() > 0);
  }

  DOCTEST_TEST_CASE("levels share one slope: their logits differ by the same amount in every case") {
    auto head = make_subject_head({}, widths(), 0, {.outputs = 3, .shared_slope = true, .bias = {1, 0, -2}});
    initialise(*head, 5, "heads.grade.");
    head->begin();
    head->eval();
    const Tensor logits = trunk().answer(*head);
    DOCTEST_CHECK(at::allclose(logits.select(1, 0) - logits.select(1, 1), at::ones({2}), 1e-4, 1e-5));
    DOCTEST_CHECK(at::allclose(logits.select(1, 1) - logits.select(1, 2), at::full({2}, 2.0), 1e-4, 1e-5));
  }

  DOCTEST_TEST_CASE("dropout acts in training alone and follows the seed") {
    SubjectHeadOptions options;
    options.mask = false;  // whose moments training changes
    const auto head = head_of(options);
    const Trunk seen = trunk();
    DOCTEST_CHECK(at::equal(seen.answer(*head), seen.answer(*head)));
    head->train();
    const auto answer_at = [&](uint64_t seed) {
      at::manual_seed(seed);
      return seen.answer(*head);
    };
    const Tensor first = answer_at(3);
    DOCTEST_CHECK_FALSE(at::equal(answer_at(4), first));
    DOCTEST_CHECK(at::equal(answer_at(3), first));
  }

  DOCTEST_TEST_CASE("a head without a hidden layer is linear, and columns it reads must be given") {
    SubjectHeadOptions options;
    options.hidden = 0;
    const auto head = head_of(options, 2);
    DOCTEST_CHECK_FALSE(head->named_parameters().contains("hidden.weight"));
    const Tensor columns = at::tensor({1.0, 0.0, 0.0, 3.0}, at::kFloat).reshape({2, 2}),
                 zero = at::zeros({2, 2});
    const Trunk seen = trunk();
    const Tensor weight = head->named_parameters()["out.weight"];
    const Tensor effect = at::matmul(columns, weight.narrow(1, weight.size(1) - 2, 2).t());
    DOCTEST_CHECK(at::allclose(seen.answer(*head, &columns) - seen.answer(*head, &zero), effect, 1e-3, 1e-5));
    DOCTEST_CHECK_THROWS_AS(seen.answer(*head), Error);
  }
}
