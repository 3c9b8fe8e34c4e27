// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/writer.hpp"

namespace tazuna {

/// Every option below `key` ("" for all): key path, type, default, range, meaning, one block each;
/// alternatives of a closed set are listed with their keys. An unknown key is an Error (usage) with a
/// suggestion.
std::string manual(const Describe& describe_options, const std::string& key);

}  // namespace tazuna
