// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "data/cohorts/nnunet.hpp"

namespace tazuna {

/// Where cases come from. To add a source: options, describe and read_cohort in a file of its own, named
/// here.
using CohortOptions = std::variant<NnunetOptions>;

inline Cohort read_cohort(const CohortOptions& options) {
  return std::visit([](const auto& one) { return read_cohort(one); }, options);
}

}  // namespace tazuna
