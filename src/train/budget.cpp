// SPDX-License-Identifier: Apache-2.0
#include "train/budget.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/text.hpp"
#include "tasks/model.hpp"
#include "train/batches.hpp"
#include "train/learner.hpp"
#include "train/starts.hpp"

namespace tazuna {

namespace {

constexpr int64_t warmup = 3, timed = 10;
// A run so long that its first steps come before every start and its last ones after.
constexpr int64_t long_run = 1'000'000;
// Small structures were seen to appear after some 300 to 600 steps.
constexpr int64_t few_steps = 500;

/// Seconds a step of `learner` takes on the batches of steps first..first+12, counted from `k` on in the long
/// run.
double seconds_a_step(const RunParts& parts, Learner& learner, int64_t first, bool subjects, int64_t k) {
  const int64_t end = first + warmup + timed;
  const auto loader = batches(parts, first, end, subjects ? first : end);
  std::chrono::steady_clock::time_point begin;
  for (int64_t i = 0; i < warmup + timed; ++i) {
    if (i == warmup) begin = std::chrono::steady_clock::now();
    const StepReport report = learner.step(std::any_cast<const Step&>(loader->next()), k + i);
    report.skipped.item<float>();  // waits for the device
  }
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  return passed.count() / static_cast<double>(timed);
}

// Parameters, and what a network counts while it trains.
NamedTensors all_weights(Model& model) {
  NamedTensors weights;
  for (const auto& item : model.named_parameters()) weights[item.key()] = item.value();
  for (const auto& item : model.named_buffers()) weights[item.key()] = item.value();
  return weights;
}

std::string seconds_text(double seconds) {
  return number_text(std::round(seconds * 1e4) / 1e4) + " s";
}

}  // namespace

int64_t steps_in(double seconds, double before, double step_before, double step_after) {
  const double a_step = before * step_before + (1 - before) * step_after;
  return std::max<int64_t>(1, std::llround(std::floor(seconds / a_step)));
}

int64_t steps_in_budget(RunParts& parts) {
  TrainOptions options = parts.options;
  options.steps = long_run;
  Learner learner(parts.model, options, parts.device, parts.processes);
  // Swapping the weights for themselves puts the initial ones back at the end.
  const NamedTensors weights = all_weights(parts.model);
  const Swapped initial(weights, weights);
  const double before =
      static_cast<double>(first_subject_step(parts.model.tasks(), long_run)) / static_cast<double>(long_run);
  double step_before = 0, step_after = 0;
  std::vector<std::string> phases;
  if (before > 0) {
    step_before = seconds_a_step(parts, learner, 0, false, 0);
    phases.push_back(seconds_text(step_before) + (before < 1 ? " without subject tasks" : ""));
  }
  if (before < 1) {
    step_after = seconds_a_step(parts, learner, warmup + timed, true, long_run - warmup - timed);
    phases.push_back(seconds_text(step_after) + (before > 0 ? " with them" : ""));
  }
  const int64_t steps = parts.processes.first_says(steps_in(options.budget, before, step_before, step_after));
  parts.log.info(cat("budget ", clock_text(options.budget), ": ", steps, " steps of ", join(phases, ", ")));
  if (steps < few_steps) {
    parts.log.warn(
        cat("train.budget ", clock_text(options.budget), " allows ", steps, steps == 1 ? " step" : " steps",
            "; small structures need several hundred. Give more time, or make the network lighter by "
            "network.widths, network.blocks, train.batch and train.patch (README.md: On CPU cores)"));
  }
  return steps;
}

}  // namespace tazuna
