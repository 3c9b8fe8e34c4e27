// SPDX-License-Identifier: Apache-2.0
#include "train/optimisers/catalog.hpp"

#include <ATen/ATen.h>

#include "core/files.hpp"
#include "core/text.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

constexpr int64_t golden_steps = 20;

NamedTensors example_parameters() {
  NamedTensors parameters{{"a", at::arange(60, at::kFloat).view({3, 4, 5}).sin()},
                          {"b", at::arange(7, at::kFloat).cos()}};
  for (auto& [name, parameter] : parameters) parameter.set_requires_grad(true);
  return parameters;
}

Tensor example_gradient(const Tensor& parameter, int64_t step) {
  const Tensor places = at::arange(parameter.numel(), at::kFloat).view(parameter.sizes());
  return (places * 0.7 + static_cast<double>(step) * 1.3).sin() * 0.5;
}

// What golden/optimisers.py repeats: "b" has no gradient at every third step, and the rate falls.
NamedTensors trained(const OptimiserOptions& options, NamedTensors& record) {
  NamedTensors parameters = example_parameters();
  for (const auto& [name, parameter] : parameters) record["start." + name] = parameter.detach().clone();
  const auto optimiser = make_optimiser(options, parameters);
  for (int64_t k = 0; k < golden_steps; ++k) {
    for (auto& [name, parameter] : parameters) {
      parameter.mutable_grad().reset();
      if (name == "b" && k % 3 == 1) continue;
      parameter.mutable_grad() = example_gradient(parameter, k);
      record[cat("grad.", k, ".", name)] = parameter.grad().clone();
    }
    optimiser->step(learning_rate_of(options) * (1 - 0.04 * static_cast<double>(k)), at::zeros({}));
  }
  return parameters;
}

void compare_with_torch(const std::string& kind, const OptimiserOptions& options) {
  DOCTEST_CAPTURE(kind);
  const ScratchFolder folder;
  NamedTensors record;
  const NamedTensors ours = trained(options, record);
  write_atomically(folder.path() / "in.safetensors", safetensors_bytes(record));
  write_atomically(folder.path() / "kind", std::string_view(kind));
  if (!run_python("train/golden/optimisers.py", {folder.path()})) return;
  const NamedTensors theirs = read_safetensors(folder.path() / "out.safetensors");
  for (const auto& [name, tensor] : ours) {
    DOCTEST_CHECK((tensor.detach() - theirs.at(name)).abs().max().item<double>() < 1e-6);
  }
}

}  // namespace

DOCTEST_TEST_SUITE("train/optimisers/catalog") {
  DOCTEST_TEST_CASE("twenty updates equal torch.optim's") {
    compare_with_torch("sgd", SgdOptions{});
    compare_with_torch("plain_sgd", SgdOptions{.learning_rate = 0.1, .momentum = 0, .nesterov = false});
    compare_with_torch("adamw", AdamWOptions{});
  }

  DOCTEST_TEST_CASE("a parameter of half the rate moves as one alone does at half the learning rate") {
    for (const OptimiserOptions& options :
         {OptimiserOptions(SgdOptions{}), OptimiserOptions(AdamWOptions{})}) {
      DOCTEST_CAPTURE(kind_of(options));
      const auto after = [&](double learning_rate, const std::map<std::string, double>& rates) {
        NamedTensors parameters = example_parameters();
        const auto optimiser = make_optimiser(options, parameters, rates);
        for (int64_t k = 0; k < 5; ++k) {
          for (auto& [name, parameter] : parameters)
            parameter.mutable_grad() = example_gradient(parameter, k);
          optimiser->step(learning_rate, at::zeros({}));
        }
        return parameters;
      };
      const NamedTensors grouped = after(0.1, {{"b", 0.5}}), whole = after(0.1, {}), half = after(0.05, {});
      DOCTEST_CHECK(grouped.at("a").equal(whole.at("a")));
      DOCTEST_CHECK(grouped.at("b").equal(half.at("b")));
    }
  }

  DOCTEST_TEST_CASE("a skipped update changes neither parameters nor state") {
    for (const OptimiserOptions& options :
         {OptimiserOptions(SgdOptions{}), OptimiserOptions(AdamWOptions{})}) {
      DOCTEST_CAPTURE(kind_of(options));
      NamedTensors parameters = example_parameters();
      const auto optimiser = make_optimiser(options, parameters);
      const auto step = [&](double gradient, double skip) {
        for (auto& [name, parameter] : parameters)
          parameter.mutable_grad() = at::full_like(parameter.detach(), gradient);
        optimiser->step(0.1, at::full({}, skip, at::kFloat));
      };
      step(1, 0);
      NamedTensors before = optimiser->state();
      for (const auto& [name, parameter] : parameters) before[name] = parameter.detach();
      for (auto& [name, tensor] : before) tensor = tensor.clone();
      step(std::numeric_limits<double>::quiet_NaN(), 1);
      for (const auto& [name, tensor] : optimiser->state()) DOCTEST_CHECK(at::equal(tensor, before.at(name)));
      for (const auto& [name, tensor] : parameters)
        DOCTEST_CHECK(at::equal(tensor.detach(), before.at(name)));
    }
  }
}
