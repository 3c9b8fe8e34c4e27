// SPDX-License-Identifier: Apache-2.0
#include "train/weighting/catalog.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/files.hpp"
#include "tests/python.hpp"
#include "tests/refusal.hpp"
#include "tests/train/tiny_run.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Tasks = std::vector<std::shared_ptr<Task>>;

std::unique_ptr<Weighting> weighting_of(const WeightingOptions& options, const Tasks& tasks) {
  return make_weighting(options, tasks, at::kCPU);
}

Tensor numbers(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).to(at::kFloat);
}

double number(const Tensor& tensor, int64_t place) {
  return tensor[place].item<double>();
}

WeightedStep step_of(const std::vector<double>& losses, const std::vector<double>& before = {},
                     const std::vector<double>& after = {}, bool skipped = false) {
  return {numbers(losses), numbers(before), numbers(after), at::full({}, skipped ? 1.0 : 0.0, at::kFloat)};
}

const std::vector<WeightingOptions> all_weightings{FixedOptions{}, UncertaintyOptions{}, LogarithmOptions{},
                                                   FamoOptions{}, PcgradOptions{}};

}  // namespace

DOCTEST_TEST_SUITE("train/weighting/catalog") {
  DOCTEST_TEST_CASE(
      "a task's weight counts in fixed and pcgrad, and is refused by name where it would cancel") {
    const Tasks tasks{tiny_task("lesion", 2), tiny_question("size")};
    for (const WeightingOptions& options : all_weightings) {
      DOCTEST_CAPTURE(kind_of(options));
      if (kind_of(options) == "fixed" || kind_of(options) == "pcgrad") {
        const Tensor factors = weighting_of(options, tasks)->factors({});
        DOCTEST_CHECK(number(factors, 0) == 2);
        DOCTEST_CHECK(number(factors, 1) == doctest::Approx(0.1));
      } else {
        const std::string sentence = refusal_of([&] { weighting_of(options, tasks); });
        DOCTEST_CHECK(sentence.find("lesion") != std::string::npos);
        DOCTEST_CHECK(sentence.find("leave `weight` out") != std::string::npos);
      }
      weighting_of(options, {tiny_task(), tiny_question()});
    }
  }

  DOCTEST_TEST_CASE("factors are finite where a task took no part, and nothing is learnt about it") {
    const double none = std::nan("");
    for (const WeightingOptions& options : all_weightings) {
      DOCTEST_CAPTURE(kind_of(options));
      const auto weighting = weighting_of(options, {tiny_task("a"), tiny_task("b"), tiny_task("c")});
      for (int i = 0; i < 5; ++i) {
        DOCTEST_CHECK(at::isfinite(weighting->factors(numbers({1, none, 2}))).all().item<bool>());
        weighting->update(step_of({1, none, 2}, {1, none, 2}, {0.5, none, 1.9}));
      }
      for (const auto& [name, tensor] : weighting->state()) {
        DOCTEST_CAPTURE(name);
        DOCTEST_CHECK(number(tensor, 1) == 0);
        DOCTEST_CHECK(at::isfinite(tensor).all().item<bool>());
      }
    }
  }

  DOCTEST_TEST_CASE("a skipped step teaches nothing") {
    for (const WeightingOptions& options : all_weightings) {
      DOCTEST_CAPTURE(kind_of(options));
      const auto weighting = weighting_of(options, {tiny_task("a"), tiny_task("b")});
      weighting->update(step_of({1, 2}, {1, 2}, {0.5, 1}, /*skipped=*/true));
      for (const auto& [name, tensor] : weighting->state())
        DOCTEST_CHECK(tensor.abs().max().item<double>() == 0);
    }
  }

  DOCTEST_TEST_CASE("log divides each loss's gradient by the loss") {
    const auto weighting = weighting_of(LogarithmOptions{}, {tiny_task("a"), tiny_task("b")});
    const Tensor factors = weighting->factors(numbers({4, 0.5}));
    DOCTEST_CHECK(number(factors, 0) == doctest::Approx(0.25));
    DOCTEST_CHECK(number(factors, 1) == doctest::Approx(2));
  }

  DOCTEST_TEST_CASE("uncertainty's factors near one over the loss and stay within e^6") {
    const auto weighting =
        weighting_of(UncertaintyOptions{.learning_rate = 0.05}, {tiny_task("a"), tiny_task("b")});
    DOCTEST_CHECK(number(weighting->factors({}), 0) == 1);
    for (int i = 0; i < 2000; ++i) weighting->update(step_of({0.25, 1e-6}));
    DOCTEST_CHECK(number(weighting->factors({}), 0) == doctest::Approx(4).epsilon(0.02));
    DOCTEST_CHECK(number(weighting->factors({}), 1) == doctest::Approx(std::exp(6)));
  }

  DOCTEST_TEST_CASE("famo's factors sum to one, begin with equal rates, and move to the slower task") {
    const auto weighting = weighting_of(FamoOptions{}, {tiny_task("a"), tiny_task("b")});
    const Tensor first = weighting->factors(numbers({4, 1}));
    DOCTEST_CHECK(first.sum().item<double>() == doctest::Approx(1));
    DOCTEST_CHECK(number(first, 0) * 4 == doctest::Approx(number(first, 1)));
    for (int i = 0; i < 20; ++i) weighting->update(step_of({4, 1}, {4, 1}, {2, 0.99}));
    const Tensor later = weighting->factors(numbers({4, 1}));
    DOCTEST_CHECK(later.sum().item<double>() == doctest::Approx(1));
    DOCTEST_CHECK(number(later, 1) > number(first, 1));
    const Tensor logits = weighting->state().at("values");
    DOCTEST_CHECK(number(logits, 0) < 0);
    DOCTEST_CHECK(number(logits, 1) > 0);
  }

  DOCTEST_TEST_CASE("uncertainty and famo follow PyTorch's own step by step") {
    const int64_t steps = 60;
    const Tensor places = at::arange(steps * 9, at::kDouble).view({3, steps, 3});
    const Tensor drawn = ((places * 1.7).sin() * 1.5).exp().to(at::kFloat);
    const ScratchFolder folder;
    const NamedTensors record{
        {"losses", drawn[0].clone()}, {"before", drawn[1].clone()}, {"after", drawn[2].clone()}};
    write_atomically(folder.path() / "in.safetensors", safetensors_bytes(record));
    if (!run_python("train/golden/weightings.py", {folder.path()})) return;
    const NamedTensors theirs = read_safetensors(folder.path() / "out.safetensors");
    for (const WeightingOptions& options :
         {WeightingOptions(UncertaintyOptions{}), WeightingOptions(FamoOptions{})}) {
      const std::string kind(kind_of(options));
      DOCTEST_CAPTURE(kind);
      const auto weighting = weighting_of(options, {tiny_task("a"), tiny_task("b"), tiny_task("c")});
      for (int64_t k = 0; k < steps; ++k) {
        const Tensor factors = weighting->factors(drawn[0][k]).to(at::kDouble);
        DOCTEST_CHECK((factors / theirs.at(kind)[k] - 1).abs().max().item<double>() < 1e-5);
        weighting->update({drawn[0][k], drawn[1][k], drawn[2][k], at::zeros({}, at::kFloat)});
      }
    }
  }
}
