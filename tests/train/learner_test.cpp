// SPDX-License-Identifier: Apache-2.0
#include "train/learner.hpp"

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "tests/train/tiny_run.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

const at::Device cpu(at::kCPU);

/// Rows first..last-1 of a batch.
Batch part_of(const Batch& batch, int64_t first, int64_t last) {
  Batch part;
  part.image = batch.image.slice(0, first, last);
  part.present = batch.present.slice(0, first, last);
  for (const Target& target : batch.targets) {
    part.targets.push_back({target.value.slice(0, first, last), target.present.slice(0, first, last)});
  }
  part.covariates = batch.covariates;
  part.cases = {batch.cases.begin() + first, batch.cases.begin() + last};
  return part;
}

double largest_difference(const NamedTensors& a, const NamedTensors& b) {
  double largest = 0;
  for (const auto& [name, tensor] : a) {
    largest = std::max(largest, (tensor - b.at(name)).abs().max().item<double>());
  }
  return largest;
}

NamedTensors weights_after(const std::vector<Step>& steps, const TrainOptions& options) {
  Model model = tiny_model();
  Learner learner(model, options, cpu);
  for (size_t k = 0; k < steps.size(); ++k) learner.step(steps[k], static_cast<int64_t>(k));
  NamedTensors weights;
  for (const auto& [name, tensor] : learner.parameters()) weights[name] = tensor.detach().clone();
  return weights;
}

}  // namespace

DOCTEST_TEST_SUITE("train/learner") {
  DOCTEST_TEST_CASE("the first ten losses of a seeded run are these") {
    Model model = tiny_model();
    Learner learner(model, tiny_options(10), cpu);
    const std::vector<double> expected{1.51304, 1.50081, 1.48617, 1.47351, 1.45993,
                                       1.45825, 1.4442,  1.43638, 1.42863, 1.43278};
    for (int64_t k = 0; k < 10; ++k) {
      const StepReport report = learner.step({tiny_batch(k)}, k);
      DOCTEST_CAPTURE(k);
      DOCTEST_CHECK(report.losses[0].item<double>() ==
                    doctest::Approx(expected[static_cast<size_t>(k)]).epsilon(1e-4));
    }
  }

  DOCTEST_TEST_CASE("sixty steps lower the loss by more than a third, in bf16 too") {
    for (const char* precision : {"fp32", "bf16"}) {
      DOCTEST_CAPTURE(precision);
      TrainOptions options = tiny_options(60);
      options.precision = std::string(precision);
      options.optimiser = AdamWOptions{.learning_rate = 0.02};
      Model model = tiny_model();
      Learner learner(model, options, cpu);
      double first = 0, last = 0;
      for (int64_t k = 0; k < 60; ++k) {
        const StepReport report = learner.step({tiny_batch(k)}, k);
        DOCTEST_CHECK((report.losses.scalar_type() == at::kFloat));
        (k < 5 ? first : last) += k < 5 || k >= 55 ? report.losses[0].item<double>() : 0;
      }
      DOCTEST_CHECK(last < first * 2 / 3);
    }
  }

  DOCTEST_TEST_CASE("micro-batches of any size make the same step as one batch") {
    const Batch all = tiny_batch(3, 5);
    const NamedTensors whole = weights_after({{all}}, tiny_options(1));
    const NamedTensors parts = weights_after({{part_of(all, 0, 1), part_of(all, 1, 5)}}, tiny_options(1));
    DOCTEST_CHECK(largest_difference(whole, parts) < 1e-6);
  }

  DOCTEST_TEST_CASE("rows without an answer count neither in the sum nor in the number of rows") {
    Batch all = tiny_batch(3, 3);
    const NamedTensors two = weights_after({{part_of(all, 0, 2)}}, tiny_options(1));
    all.targets[0].present = at::tensor({1, 1, 0}).to(at::kBool);
    const NamedTensors masked = weights_after({{all}}, tiny_options(1));
    DOCTEST_CHECK(largest_difference(two, masked) < 1e-6);
  }

  DOCTEST_TEST_CASE("a task without an answer in the step takes no part: no loss, no update of its head") {
    Model model = tiny_model({tiny_task("lesion"), tiny_task("oedema")});
    Learner learner(model, tiny_options(2), cpu);
    Batch batch = tiny_batch(0, 2, 2);
    batch.targets[1].present = at::zeros({2}, at::kBool);
    const Tensor before = learner.parameters().at("heads.oedema.0.weight").detach().clone();
    const Tensor lesion = learner.parameters().at("heads.lesion.0.weight").detach().clone();
    const StepReport report = learner.step({batch}, 0);
    DOCTEST_CHECK(std::isfinite(report.losses[0].item<double>()));
    DOCTEST_CHECK(std::isnan(report.losses[1].item<double>()));
    DOCTEST_CHECK(at::equal(learner.parameters().at("heads.oedema.0.weight").detach(), before));
    DOCTEST_CHECK_FALSE(at::equal(learner.parameters().at("heads.lesion.0.weight").detach(), lesion));
    batch.targets[0].present = at::zeros({2}, at::kBool);
    const StepReport nothing = learner.step({batch}, 1);
    DOCTEST_CHECK(nothing.gradient_norm.item<double>() == 0);
    DOCTEST_CHECK(nothing.skipped.item<double>() == 0);
  }

  DOCTEST_TEST_CASE("a weight scales the gradient of its task") {
    TrainOptions options = tiny_options(1);
    options.clip = 0;
    Model once = tiny_model({tiny_task("lesion", 1)}), twice = tiny_model({tiny_task("lesion", 2)});
    const double one = Learner(once, options, cpu).step({tiny_batch(0)}, 0).gradient_norm.item<double>();
    const double two = Learner(twice, options, cpu).step({tiny_batch(0)}, 0).gradient_norm.item<double>();
    DOCTEST_CHECK(two == doctest::Approx(2 * one).epsilon(1e-4));
  }

  DOCTEST_TEST_CASE("gradients are clipped by their joint norm, and the norm before is told") {
    const std::vector<Tensor> gradients{at::full({2}, 3.0), at::full({2, 2}, 4.0)};  // norm sqrt(18 + 64)
    DOCTEST_CHECK(clip_gradients(gradients, 0, cpu).item<double>() == doctest::Approx(std::sqrt(82.0)));
    DOCTEST_CHECK(at::equal(gradients[0], at::full({2}, 3.0)));
    clip_gradients(gradients, 2, cpu);
    DOCTEST_CHECK(clip_gradients(gradients, 100, cpu).item<double>() == doctest::Approx(2).epsilon(1e-5));
    DOCTEST_CHECK(gradients[1][0][0].item<double>() == doctest::Approx(8 / std::sqrt(82.0)).epsilon(1e-5));
  }

  DOCTEST_TEST_CASE("a step whose gradient is not finite changes no weight, and the next one learns again") {
    Batch broken = tiny_batch(0);
    broken.image[0][0][1][1][1] = std::numeric_limits<float>::quiet_NaN();
    Model model = tiny_model();
    Learner learner(model, tiny_options(3), cpu);
    learner.step({tiny_batch(1)}, 0);
    NamedTensors before = learner.state();
    for (auto& [name, tensor] : before) tensor = tensor.clone();
    DOCTEST_CHECK(learner.step({broken}, 1).skipped.item<double>() == 1);
    for (const auto& [name, tensor] : learner.state()) {
      if (!name.starts_with("ema.")) DOCTEST_CHECK_MESSAGE(at::equal(tensor, before.at(name)), name);
    }
    const StepReport report = learner.step({tiny_batch(2)}, 2);
    DOCTEST_CHECK(report.skipped.item<double>() == 0);
    for (const auto& [name, tensor] : learner.state()) DOCTEST_CHECK(at::isfinite(tensor).all().item<bool>());
  }

  DOCTEST_TEST_CASE("a batch of another number of tasks is refused") {
    Model model = tiny_model();
    Learner learner(model, tiny_options(1), cpu);
    DOCTEST_CHECK_THROWS_WITH_AS(learner.step({tiny_batch(0, 2, 3)}, 0), doctest::Contains("3 targets"),
                                 Error);
  }
}
