// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "report/comparison_contents.hpp"

namespace tazuna {

/// The comparison as one HTML page that needs nothing else, what was found first. Parts without content are
/// left out.
std::string comparison_page(const Comparison& comparison);

}  // namespace tazuna
