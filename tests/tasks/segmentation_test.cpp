// SPDX-License-Identifier: Apache-2.0
#include "tasks/segmentation.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

SegmentationOptions two_structures() {
  SegmentationOptions options;
  options.name = "hippocampus";
  options.target.labels = {{"Anterior", 1}, {"Posterior", 2}};
  return options;
}

Sample sample_with(const Tensor& labels) {
  Sample sample;
  sample.subject = std::make_shared<Subject>(Subject{.id = "sub-01"});
  sample.image.voxels = at::zeros({1, labels.size(0), labels.size(1), labels.size(2)});
  if (labels.numel() > 0) sample.maps["label"].voxels = labels.unsqueeze(0);
  return sample;
}

// A placement that changes nothing.
Placement in_place(std::array<int64_t, 3> size) {
  Placement placement;
  placement.native.size = placement.working.size = size;
  placement.crop.high = size;
  return placement;
}

}  // namespace

DOCTEST_TEST_SUITE("tasks/segmentation") {
  DOCTEST_TEST_CASE("the loss is one price a row and the price of an absent answer is zero") {
    const auto task = make_task(two_structures());
    at::manual_seed(1);
    const Sample there = sample_with(at::randint(0, 3, {8, 8, 8}, at::kShort));
    Sample without = there;
    without.maps.clear();
    const std::vector<Sample> samples{there, without};
    const Target target = task->target_of(samples);
    DOCTEST_CHECK(at::equal(target.present, at::tensor({1, 0}).to(at::kBool)));
    const TaskOutput output{
        {at::randn({2, 3, 8, 8, 8}), at::randn({2, 3, 4, 4, 4}), at::randn({2, 3, 2, 2, 2})}};
    const Tensor loss = task->loss(output, target);
    DOCTEST_REQUIRE(loss.sizes() == at::IntArrayRef({2}));
    DOCTEST_CHECK(loss[0].item<double>() > 0);
    DOCTEST_CHECK(loss[1].item<double>() == 0);
  }

  DOCTEST_TEST_CASE(
      "voxels of the ignored label have no answer, and a patch of nothing else has none at all") {
    auto options = two_structures();
    options.target.ignore = 255;
    const auto task = make_task(options);
    DOCTEST_CHECK((task->allowed_labels() == std::vector<int64_t>{0, 1, 2, 255}));
    DOCTEST_CHECK((task->foreground_labels() == std::vector<int64_t>{1, 2}));
    DOCTEST_CHECK(task->outputs() == 3);
    Tensor labels = at::zeros({8, 8, 8}, at::kShort);
    labels.narrow(0, 2, 2).fill_(2);
    labels.narrow(0, 4, 4).fill_(255);
    const std::vector<Sample> samples{sample_with(labels), sample_with(at::full({8, 8, 8}, 255, at::kShort))};
    const Target target = task->target_of(samples);
    DOCTEST_CHECK(at::equal(target.present, at::tensor({1, 0}).to(at::kBool)));
    DOCTEST_CHECK(at::equal(target.value[0][0].narrow(0, 2, 4).select(2, 0).select(1, 0),
                            at::tensor({2, 2, -1, -1}, at::kShort)));

    at::manual_seed(4);
    std::vector<Tensor> logits{at::randn({2, 3, 8, 8, 8}), at::randn({2, 3, 4, 4, 4}),
                               at::randn({2, 3, 2, 2, 2})};
    const Tensor loss = task->loss({logits}, target);
    DOCTEST_CHECK(loss[0].item<double>() > 0);
    DOCTEST_CHECK(loss[1].item<double>() == 0);
    for (Tensor& level : logits) level.narrow(2, level.size(2) / 2, level.size(2) / 2).fill_(9);
    DOCTEST_CHECK(at::equal(task->loss({logits}, target), loss));
  }

  DOCTEST_TEST_CASE("a label that is called ignore is the ignored one; another one beside it is refused") {
    auto options = two_structures();
    options.target.labels.emplace_back("ignore", 3);
    const auto task = make_task(options);
    DOCTEST_CHECK(task->outputs() == 3);
    DOCTEST_CHECK((task->foreground_labels() == std::vector<int64_t>{1, 2}));
    const std::vector<Sample> samples{sample_with(at::full({8, 8, 8}, 3, at::kShort))};
    DOCTEST_CHECK_FALSE(task->target_of(samples).present.item<bool>());
    options.target.ignore = 255;
    DOCTEST_CHECK_THROWS_WITH_AS(make_task(options), doctest::Contains("say one of them"), Error);
    options.target.ignore = 2;
    options.target.labels.pop_back();
    DOCTEST_CHECK_THROWS_AS(make_task(options), Error);
  }

  DOCTEST_TEST_CASE("the task tells whether it wants a decoder of its own") {
    auto options = two_structures();
    DOCTEST_CHECK_FALSE(make_task(options)->needs().own_decoder);
    options.decoder = "own";
    DOCTEST_CHECK(make_task(options)->needs().own_decoder);
  }

  DOCTEST_TEST_CASE("deep supervision weighs the levels 2/3, 1/3 and 0") {
    auto options = two_structures();
    options.loss = CrossEntropyOptions{};
    const auto task = make_task(options);
    const std::vector<Sample> samples{sample_with(at::zeros({8, 8, 8}, at::kShort))};
    const Target target = task->target_of(samples);
    // Cross-entropy of level i is -log softmax(0, 0, x_i)[0] = log(2 + exp(x_i)).
    const auto level = [](int64_t size, double x) {
      Tensor logits = at::zeros({1, 3, size, size, size});
      logits.select(1, 2).fill_(x);
      return logits;
    };
    const double loss = task->loss({{level(8, 1), level(4, 2), level(2, 50)}}, target).item<double>();
    DOCTEST_CHECK(loss == doctest::Approx(2.0 / 3 * std::log(2 + std::exp(1.0)) +
                                          1.0 / 3 * std::log(2 + std::exp(2.0))));
  }

  DOCTEST_TEST_CASE("shares are float32, sum to one and are those of the finest level") {
    const auto task = make_task(two_structures());
    const Tensor finest = at::randn({2, 3, 8, 8, 8}).to(at::kBFloat16);
    const Tensor shares = task->shares({{finest, at::randn({2, 3, 4, 4, 4})}});
    DOCTEST_CHECK((shares.scalar_type() == at::kFloat));
    DOCTEST_CHECK(at::allclose(shares.sum(1), at::ones({2, 8, 8, 8})));
    DOCTEST_CHECK(at::equal(shares.argmax(1), finest.to(at::kFloat).argmax(1)));
  }

  DOCTEST_TEST_CASE("a readout returns the greatest class on the native grid") {
    const auto task = make_task(two_structures());
    at::manual_seed(2);
    const Tensor logits = at::randn({3, 5, 6, 7});
    const auto readout = task->readout(in_place({5, 6, 7}), {});
    readout->add(logits.narrow(1, 0, 2));
    readout->add(logits.narrow(1, 2, 3));
    const auto map = std::get<LabelMap>(readout->finish());
    DOCTEST_CHECK(at::equal(map.labels, logits.argmax(0).to(at::kShort)));
  }

  DOCTEST_TEST_CASE("probabilities sum to one everywhere and are background outside the crop") {
    const auto task = make_task(two_structures());
    Placement placement = in_place({6, 6, 6});
    placement.crop = {{1, 1, 1}, {5, 5, 5}};
    placement.working.size = {4, 4, 4};
    const auto readout = task->readout(placement, {.shares = true});
    readout->add(at::randn({3, 4, 4, 4}));
    const Tensor shares = std::get<LabelMap>(readout->finish()).shares;
    DOCTEST_CHECK(at::allclose(shares.sum(0), at::ones({6, 6, 6}), 1e-5, 1e-5));
    DOCTEST_CHECK(shares[0][0][0][0].item<double>() == doctest::Approx(1));
  }

  DOCTEST_TEST_CASE(
      "a perfect answer scores a Dice of one for each structure and an empty reference is left out") {
    const auto task = make_task(two_structures());
    const auto score = task->make_score();
    Tensor labels = at::zeros({6, 6, 6}, at::kShort);
    labels.narrow(0, 1, 3).fill_(1);
    LabelMap answer{labels, {}, {}, {}};
    answer.geometry.size = {6, 6, 6};
    const std::map<std::string, Volume> reference{
        {"label", {labels.to(at::kInt).unsqueeze(0), answer.geometry}}};
    score->add(Subject{.id = "sub-01"}, answer, reference);
    DOCTEST_REQUIRE(score->rows().size() == 2);
    DOCTEST_CHECK(score->rows()[0].metrics[0].second == doctest::Approx(1));
    DOCTEST_CHECK(std::isnan(score->rows()[1].metrics[0].second));
    DOCTEST_CHECK(score->value() == doctest::Approx(1));
  }

  DOCTEST_TEST_CASE("where the reference has no answer no prediction counts, neither as wrong nor as right") {
    auto options = two_structures();
    options.target.labels = {{"Anterior", 5}};
    options.target.ignore = 255;
    const auto score = make_task(options)->make_score();
    Tensor truth = at::zeros({6, 6, 6}, at::kShort), drawn = truth.clone();
    truth.narrow(0, 1, 2).fill_(5);
    truth.narrow(0, 4, 2).fill_(255);
    drawn.narrow(0, 1, 4).fill_(5);  // one plane too much where the truth is known, one where it is not
    LabelMap answer{drawn, {}, {}, {}};
    answer.geometry.size = {6, 6, 6};
    const std::map<std::string, Volume> reference{
        {"label", {truth.to(at::kInt).unsqueeze(0), answer.geometry}}};
    score->add(Subject{.id = "sub-01"}, answer, reference);
    const auto& metrics = score->rows().front().metrics;
    const std::map<std::string, double> found(metrics.begin(), metrics.end());
    DOCTEST_CHECK(found.at("tp") == 72);
    DOCTEST_CHECK(found.at("fp") == 36);
    DOCTEST_CHECK(found.at("fn") == 0);
    DOCTEST_CHECK(found.at("tn") == 36);
    DOCTEST_CHECK(found.at("dice") == doctest::Approx(0.8));
  }

  DOCTEST_TEST_CASE("a label name that says a side makes the task sided") {
    auto options = two_structures();
    DOCTEST_CHECK_FALSE(make_task(options)->sided());
    options.target.labels = {{"habenula_Left", 1}, {"habenula_Right", 2}};
    DOCTEST_CHECK(make_task(options)->sided());
    options.target.labels = {{"habenula_L", 1}, {"habenula_R", 2}};
    DOCTEST_CHECK(make_task(options)->sided());
  }

  DOCTEST_TEST_CASE("a task without labels or with a dot in its name is refused") {
    auto options = two_structures();
    options.name = "a.b";
    DOCTEST_CHECK_THROWS_AS(make_task(options), Error);
    options = two_structures();
    options.target.labels.clear();
    DOCTEST_CHECK_THROWS_AS(make_task(options), Error);
  }
}
