// SPDX-License-Identifier: Apache-2.0
#include "train/budget.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/text.hpp"
#include "train/batches.hpp"
#include "train/learner.hpp"

namespace tazuna {

int64_t steps_in_budget(RunParts& parts) {
  constexpr int64_t warmup = 3, timed = 10;
  TrainOptions options = parts.options;
  options.steps = warmup + timed;
  Learner learner(parts.model, options, parts.device);
  // Swapping the parameters for themselves puts the initial weights back at the end.
  const Swapped initial(learner.parameters(), learner.parameters());
  const auto loader = batches(parts, 0, warmup + timed);
  std::chrono::steady_clock::time_point begin;
  for (int64_t k = 0; k < warmup + timed; ++k) {
    if (k == warmup) begin = std::chrono::steady_clock::now();
    const StepReport report = learner.step(std::any_cast<const Step&>(loader->next()), k);
    report.skipped.item<float>();  // waits for the device
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double a_step = seconds / static_cast<double>(timed);
  const int64_t steps = std::max<int64_t>(1, std::llround(std::floor(options.budget / a_step)));
  parts.log.info(cat("budget ", clock_text(options.budget), ": ", steps, " steps of ",
                     number_text(std::round(a_step * 1e4) / 1e4), " s"));
  return steps;
}

}  // namespace tazuna
