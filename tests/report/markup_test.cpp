// SPDX-License-Identifier: Apache-2.0
#include "report/markup.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::string encoded(const std::string& text) {
  return base64(std::as_bytes(std::span(text)));
}

DOCTEST_TEST_SUITE("report/markup") {
  DOCTEST_TEST_CASE("no letter with a meaning in markup survives escaping") {
    std::string all;
    for (int letter = 0; letter < 256; ++letter) all += static_cast<char>(letter);
    const std::string safe = escaped(all);
    for (const char letter : {'<', '>', '"', '\'', '\0', '\x01', '\x7f'})
      DOCTEST_CHECK(safe.find(letter) == std::string::npos);
    for (size_t at = safe.find('&'); at != std::string::npos; at = safe.find('&', at + 1))
      DOCTEST_CHECK(safe.find(';', at) - at <= 5);
  }

  DOCTEST_TEST_CASE("escaping writes references and leaves other texts alone") {
    struct Row {
      const char *text, *safe;
    };
    for (const auto& [text, safe] : std::vector<Row>{{"sub-01", "sub-01"},
                                                     {"a<b & \"c\"", "a&lt;b &amp; &quot;c&quot;"},
                                                     {"&amp;", "&amp;amp;"},
                                                     {"Größe 脳 🧠", "Größe 脳 🧠"},
                                                     {"\xff"
                                                      "a",
                                                      "\ufffd"
                                                      "a"},
                                                     {"\xe8\x84", "\ufffd\ufffd"},            // cut short
                                                     {"\xc0\xaf", "\ufffd\ufffd"},            // overlong
                                                     {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},  // a surrogate
                                                     {"tab\tline\n", "tab\tline\n"}})
      DOCTEST_CHECK(escaped(text) == safe);
  }

  DOCTEST_TEST_CASE("figures round, show a true minus and never a computer's word for no number") {
    const double inf = std::numeric_limits<double>::infinity();
    DOCTEST_CHECK(figure(0.88599, 3) == "0.886");
    DOCTEST_CHECK(figure(-1.25, 1) == "−1.2");
    DOCTEST_CHECK(figure(-0.0001, 2) == "0.00");
    DOCTEST_CHECK(figure(1500, 0) == "1500");
    DOCTEST_CHECK(figure(1234567.5, 1) == "1\u202f234\u202f567.5");
    DOCTEST_CHECK(figure(std::nan(""), 3) == "not defined");
    DOCTEST_CHECK(figure(inf, 3) == "∞");
    DOCTEST_CHECK(figure(-inf, 3) == "−∞");
    DOCTEST_CHECK(figure(1e300, 2).size() < 20);
    DOCTEST_CHECK(signed_figure(17.5, 1) == "+17.5");
    DOCTEST_CHECK(signed_figure(-17.5, 1) == "−17.5");
    DOCTEST_CHECK(signed_figure(0.001, 1) == "0.0");
    DOCTEST_CHECK(signed_figure(std::nan(""), 1) == "not defined");
  }

  DOCTEST_TEST_CASE("base64 agrees with the examples of RFC 4648") {
    struct Row {
      const char *text, *code;
    };
    for (const auto& [text, code] : std::vector<Row>{{"", ""},
                                                     {"f", "Zg=="},
                                                     {"fo", "Zm8="},
                                                     {"foo", "Zm9v"},
                                                     {"foob", "Zm9vYg=="},
                                                     {"fooba", "Zm9vYmE="},
                                                     {"foobar", "Zm9vYmFy"}})
      DOCTEST_CHECK(encoded(text) == code);
    DOCTEST_CHECK(encoded("\xff\xff\xff") == "////");
  }
}

}  // namespace
}  // namespace tazuna
