// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "report/contents.hpp"

namespace tazuna {

/// The report as one HTML page that needs nothing else: pictures and script are inside, nothing is fetched.
/// Parts without content say why or are left out.
std::string page(const Report& report);

}  // namespace tazuna
