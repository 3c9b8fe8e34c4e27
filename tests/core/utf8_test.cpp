// SPDX-License-Identifier: Apache-2.0
#include "core/utf8.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("core/utf8") {
  DOCTEST_TEST_CASE("letters of one to four bytes are UTF-8; what RFC 3629 forbids is not") {
    for (const char* text : {"", "a", "手綱", "\u00e9", "\U0001f600", "\xf4\x8f\xbf\xbf"})
      DOCTEST_CHECK_MESSAGE(is_utf8(text), text);
    for (const char* text : {"\xe9", "a\xff", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                             "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xe8\x84"})
      DOCTEST_CHECK_MESSAGE(!is_utf8(text), with_bytes_written_out(text));
    DOCTEST_CHECK(utf8_length("a\u00e9手\U0001f600", 0) == 1);
    DOCTEST_CHECK(utf8_length("a\u00e9手\U0001f600", 1) == 2);
    DOCTEST_CHECK(utf8_length("a\u00e9手\U0001f600", 3) == 3);
    DOCTEST_CHECK(utf8_length("a\u00e9手\U0001f600", 6) == 4);
  }

  DOCTEST_TEST_CASE("written out, every text is UTF-8, and UTF-8 stays as it is") {
    DOCTEST_CHECK(with_bytes_written_out("M\xfcller 手") == "M%FCller 手");
    DOCTEST_CHECK(with_bytes_written_out("\xe8\x84") == "%E8%84");
    for (int first = 0; first < 256; ++first) {
      for (int second = 0; second < 256; ++second) {
        const std::string text{static_cast<char>(first), static_cast<char>(second), 'x'};
        const std::string written = with_bytes_written_out(text);
        if (!is_utf8(written) || is_utf8(text) != (written == text)) DOCTEST_FAIL(written);
      }
    }
  }
}

}  // namespace
}  // namespace tazuna
