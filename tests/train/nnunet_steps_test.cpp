// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "infer/model_file.hpp"
#include "tasks/model.hpp"
#include "tests/python.hpp"
#include "train/learner.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

TrunkOptions narrow_hippocampus_trunk() {
  PlainOptions options;
  options.shape.stages = 4;
  options.shape.widths = std::vector<int64_t>{4, 8, 16, 32};
  options.shape.strides = std::vector<Triple>{{1, 1, 1}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}};
  options.shape.kernels = std::vector<Triple>(4, {3, 3, 3});
  options.shape.blocks = std::vector<int64_t>(4, 2);
  options.shape.decoder_blocks = std::vector<int64_t>(3, 2);
  return options;
}

std::shared_ptr<Task> structures() {
  SegmentationOptions options;
  options.name = "structures";
  options.target.labels = {{"Anterior", 1}, {"Posterior", 2}};
  return make_task(TaskOptions{options});
}

TrainOptions recipe(double clip) {
  TrainOptions options;
  options.steps = 100;
  options.precision = std::string("fp32");
  options.optimiser = SgdOptions{};
  options.schedule = PolyOptions{};
  options.clip = clip;
  options.ema = false;
  return options;
}

Batch batch_of(const NamedTensors& batches, int64_t step) {
  const std::string suffix = "." + std::to_string(step);
  Batch batch;
  batch.image = batches.at("image" + suffix);
  batch.present = at::ones({2, 1}, at::kBool);
  batch.covariates.resize(1);
  batch.targets = {{batches.at("labels" + suffix), at::ones({2}, at::kBool)}};
  batch.cases = {"a", "b"};
  return batch;
}

DOCTEST_TEST_SUITE("train/nnunet_steps") {
  DOCTEST_TEST_CASE(
      "from nnU-Net's weights and batches the first three steps have its losses and gradient norms") {
    const ScratchFolder folder;
    if (!run_python("train/golden/nnunet_steps.py", {folder.path(), "12", "0.5"})) return;
    const NamedTensors start = read_safetensors(folder.path() / "start.safetensors");
    const NamedTensors batches = read_safetensors(folder.path() / "batches.safetensors");
    const auto expected = nlohmann::json::parse(read_text(folder.path() / "steps.json"));
    for (const char* clip : {"12", "0.5"}) {
      DOCTEST_CAPTURE(clip);
      Model model(narrow_hippocampus_trunk(), 1, {structures()}, /*seed=*/0);
      assign_weights(model, start, "nnU-Net");
      Learner learner(model, recipe(std::stod(clip)), at::kCPU);
      for (int64_t k = 0; k < 3; ++k) {
        DOCTEST_CAPTURE(k);
        const StepReport report = learner.step({batch_of(batches, k)}, k);
        const double loss = expected[clip]["losses"][k], norm = expected[clip]["norms"][k];
        DOCTEST_CHECK(report.losses[0].item<double>() == doctest::Approx(loss).epsilon(1e-4));
        DOCTEST_CHECK(report.gradient_norm.item<double>() == doctest::Approx(norm).epsilon(1e-4));
      }
    }
  }
}

}  // namespace
}  // namespace tazuna
