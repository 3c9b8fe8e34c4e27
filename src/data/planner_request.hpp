// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "data/planner.hpp"

namespace tazuna {

/// Refuses values and lists that cannot be or do not agree, all in one Error; the number of stages that the
/// request fixes by `stages` or by the length of one of its lists.
std::optional<int64_t> check_request(const PlanRequest& request);

}  // namespace tazuna
