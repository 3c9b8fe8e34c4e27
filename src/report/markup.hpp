// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tazuna {

/// A text as it may stand in elements and attributes of HTML and SVG: & < > " ' are written as references,
/// bytes that are not UTF-8 and control characters as U+FFFD.
std::string escaped(std::string_view text);

/// A number for people, with `digits` decimals, a true minus sign and narrow spaces between thousands; "not
/// defined" for NaN, "∞" for infinity.
std::string figure(double value, int digits);
/// The same with a plus sign in front of what is above zero.
std::string signed_figure(double value, int digits);

/// RFC 4648, with padding.
std::string base64(std::span<const std::byte> bytes);

}  // namespace tazuna
