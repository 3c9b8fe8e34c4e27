// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tazuna {

/// Bytes of the UTF-8 letter that begins at `at`; 0 where none does (RFC 3629).
size_t utf8_length(std::string_view text, size_t at);

bool is_utf8(std::string_view text);

/// The text with %FC for each byte that is no part of a UTF-8 letter.
std::string with_bytes_written_out(std::string_view text);

}  // namespace tazuna
