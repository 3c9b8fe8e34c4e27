// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "data/case_print.hpp"

namespace tazuna {

/// What is tolerated in the headers of a cohort, a sentence for each kind: grids that lie a little apart,
/// with the greatest distance; repetition times by header and JSON file that are more than 1 ms apart, with
/// both; repetition times above a minute.
std::vector<std::string> header_remarks(const std::vector<CasePrint>& cases);

}  // namespace tazuna
