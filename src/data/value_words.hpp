// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tazuna {

/// The finite decimal number that the whole text is; nothing for any other text.
std::optional<double> number_of(std::string_view text);

/// A value as it is written where no library made a number of it: a whole number below 2^53 without the ".0"
/// (of any number of zeros) that pandas and spreadsheets leave behind it; any other text as it is, since
/// 01, 1.10 and 1E2 may be codes.
std::string without_point_zero(const std::string& value);

/// The place of a value among names: of the same text or else of the same number; nothing without one.
std::optional<size_t> place_of(const std::string& value, const std::vector<std::string>& names);

}  // namespace tazuna
