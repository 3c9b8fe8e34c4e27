// SPDX-License-Identifier: Apache-2.0
#include "train/fine_tuning.hpp"

#include <algorithm>
#include <cmath>

#include "tests/refusal.hpp"
#include "tests/train/tiny_run.hpp"
#include "train/learner.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

const at::Device cpu(at::kCPU);

NamedTensors named(const std::vector<std::string>& names) {
  NamedTensors parameters;
  for (const std::string& name : names) parameters[name] = at::zeros({1});
  return parameters;
}

NamedTensors copies(const NamedTensors& tensors) {
  NamedTensors copied;
  for (const auto& [name, tensor] : tensors) copied[name] = tensor.detach().clone();
  return copied;
}

/// Names of the parameters that the steps first..last-1 change.
std::vector<std::string> changed_by(Learner& learner, int64_t first, int64_t last) {
  const NamedTensors before = copies(learner.parameters());
  for (int64_t k = first; k < last; ++k) learner.step({tiny_batch(k)}, k);
  std::vector<std::string> changed;
  for (const auto& [name, tensor] : learner.parameters()) {
    if (!tensor.detach().equal(before.at(name))) changed.push_back(name);
  }
  return changed;
}

}  // namespace

DOCTEST_TEST_SUITE("train/fine_tuning") {
  DOCTEST_TEST_CASE("rates fall from the heads back along the longest way of a U-Net") {
    struct Row {
      const char* name;
      int depth;
    };
    const std::vector<Row> rows{{"heads.a.0.weight", 0},
                                {"heads.b.bias", 0},
                                {"decoder.stages.1.convs.0.conv.weight", 1},
                                {"decoder.transpconvs.1.weight", 1},
                                {"decoders.b.stages.1.convs.0.conv.weight", 1},
                                {"decoder.stages.0.convs.0.conv.weight", 2},
                                {"decoder.transpconvs.0.weight", 2},
                                {"encoder.stages.2.blocks.0.conv1.conv.weight", 3},
                                {"encoder.stages.1.blocks.0.conv1.conv.weight", 4},
                                {"encoders.T1w.stages.0.0.convs.0.conv.weight", 5},
                                {"encoder.stem.convs.0.conv.weight", 6}};
    std::vector<std::string> names;
    for (const Row& row : rows) names.push_back(row.name);
    const auto rates = layer_rates(named(names), 0.5);
    for (const Row& row : rows) {
      DOCTEST_CAPTURE(row.name);
      DOCTEST_CHECK(rates.at(row.name) == std::pow(0.5, row.depth));
    }
    DOCTEST_CHECK(layer_rates(named(names), 1).empty());
  }

  DOCTEST_TEST_CASE("a part covers the weights below it and no name that only begins alike") {
    const NamedTensors parameters = named(
        {"encoder.stem.weight", "encoder.stages.1.w", "encoder.stages.10.w", "encoders.a.w", "heads.a.w"});
    using Names = std::set<std::string>;
    DOCTEST_CHECK(parameters_below(parameters, {}) == Names{});
    for (const char* part : {"encoder", "encoder.stages.1", "heads.a.w"})
      DOCTEST_CHECK(has_part(parameters, part));
    for (const char* part : {"decoder", "encoder.stages.2", "encod"})
      DOCTEST_CHECK_FALSE(has_part(parameters, part));
    DOCTEST_CHECK(parameters_below(parameters, {"encoder.stages.1"}) == Names{"encoder.stages.1.w"});
    DOCTEST_CHECK(parameters_below(parameters, {"encoder", "heads.a.w"}) ==
                  Names{"encoder.stem.weight", "encoder.stages.1.w", "encoder.stages.10.w", "heads.a.w"});
    const std::string sentence = refusal_of([&] { parameters_below(parameters, {"encodr"}); });
    DOCTEST_CHECK(
        says(sentence, "train.freeze: 'encodr' is no part of the network; did you mean 'encoder'?"));
    DOCTEST_CHECK(says(sentence, "encoder, encoders, heads"));
  }

  DOCTEST_TEST_CASE("a frozen part keeps its bytes for good, or until its step") {
    const auto frozen = [](const std::string& name) { return name.starts_with("encoder."); };
    for (const OptimiserOptions& optimiser :
         {OptimiserOptions(SgdOptions{.momentum = 0.9}), OptimiserOptions(AdamWOptions{})}) {
      for (const int64_t freeze_steps : {0, 3}) {
        TrainOptions options = tiny_options(6);
        options.optimiser = optimiser;
        options.freeze = {"encoder"};
        options.freeze_steps = freeze_steps;
        Model model = tiny_model();
        Learner learner(model, options, cpu);
        const auto early = changed_by(learner, 0, 3), late = changed_by(learner, 3, 6);
        DOCTEST_CHECK(std::none_of(early.begin(), early.end(), frozen));
        DOCTEST_CHECK_FALSE(early.empty());
        DOCTEST_CHECK(std::any_of(late.begin(), late.end(), frozen) == (freeze_steps == 3));
        for (const auto& [name, average] : learner.final_weights()) {
          if (frozen(name) && freeze_steps == 0)
            DOCTEST_CHECK(average.equal(learner.parameters().at(name).detach()));
        }
      }
    }
  }

  DOCTEST_TEST_CASE("a learner restored amid freezing and decayed rates goes on to the same bytes") {
    TrainOptions options = tiny_options(6);
    options.freeze = {"encoder.stages", "heads"};
    options.freeze_steps = 4;
    options.layer_decay = 0.7;
    Model whole = tiny_model();
    Learner uninterrupted(whole, options, cpu);
    NamedTensors kept;
    for (int64_t k = 0; k < 6; ++k) {
      if (k == 3) kept = copies(uninterrupted.state());
      uninterrupted.step({tiny_batch(k)}, k);
    }
    Model again = tiny_model();
    Learner resumed(again, options, cpu);
    {
      const at::NoGradGuard no_grad;
      for (auto& [name, tensor] : resumed.state()) Tensor(tensor).copy_(kept.at(name));
    }
    for (int64_t k = 3; k < 6; ++k) resumed.step({tiny_batch(k)}, k);
    const NamedTensors one = uninterrupted.state(), other = resumed.state();
    DOCTEST_CHECK(one.size() == other.size());
    for (const auto& [name, tensor] : one) DOCTEST_CHECK_MESSAGE(tensor.equal(other.at(name)), name);
  }

  DOCTEST_TEST_CASE("freezing everything is refused") {
    TrainOptions options = tiny_options(1);
    options.freeze = {"encoder", "decoder", "heads"};
    Model model = tiny_model();
    DOCTEST_CHECK(refusal_of([&] { Learner(model, options, cpu); }) ==
                  "train.freeze names the whole network");
  }
}
