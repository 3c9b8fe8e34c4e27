// SPDX-License-Identifier: Apache-2.0
#include "train/schedules/catalog.hpp"

#include <cmath>

#include "core/text.hpp"

namespace tazuna {

double schedule_factor(const ScheduleOptions& options, int64_t step, int64_t steps) {
  if (step < 0 || step >= steps) {
    throw Error(cat("the schedule has ", steps, " steps, counted from 0, but was asked for step ", step));
  }
  return std::visit(
      [step, steps](const auto& one) {
        const int64_t rising = std::llround(one.warmup * static_cast<double>(steps));
        if (step < rising) return static_cast<double>(step + 1) / static_cast<double>(rising);
        return falling_factor(one, static_cast<double>(step - rising) / static_cast<double>(steps - rising));
      },
      options);
}

}  // namespace tazuna
