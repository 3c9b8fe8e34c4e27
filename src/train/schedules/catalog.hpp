// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "train/schedules/cosine.hpp"
#include "train/schedules/poly.hpp"

namespace tazuna {

/// The closed set of schedules. To add one: options (with `warmup`), describe and falling_factor in a file of
/// its own, named here.
using ScheduleOptions = std::variant<PolyOptions, CosineOptions>;

/// Factor of the learning rate for step `step` (from 0) of `steps`: (step + 1) / W during the W =
/// round(warmup * steps) warm-up steps, then the schedule's own fall over the rest.
double schedule_factor(const ScheduleOptions& options, int64_t step, int64_t steps);

}  // namespace tazuna
