// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "data/cohorts/bids.hpp"
#include "data/cohorts/nnunet.hpp"
#include "data/cohorts/table.hpp"

namespace tazuna {

/// Where cases come from. To add a source: options, describe and read_cohort in a file of its own, named
/// here.
using CohortOptions = std::variant<NnunetOptions, BidsOptions, TableOptions>;

/// The cases that can be used, with the files of `request`; everything wrong with the others, who stand
/// beside as unusable, goes to `problems`. What makes the whole source unusable is an Error (refused).
inline Cohort read_cohort(const CohortOptions& options, const CohortRequest& request, Problems& problems) {
  return std::visit([&](const auto& one) { return read_cohort(one, request, problems); }, options);
}

}  // namespace tazuna
