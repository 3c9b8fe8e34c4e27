// SPDX-License-Identifier: Apache-2.0
#include "report/markup.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace tazuna {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

/// Bytes of the UTF-8 character that begins `text`; 0 if it is none (RFC 3629).
size_t character_length(std::string_view text) {
  const auto byte = [&text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf5 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

bool is_control(unsigned char letter) {
  return (letter < 0x20 && letter != '\t' && letter != '\n') || letter == 0x7f;
}

std::string grouped(const std::string& digits) {
  const size_t whole = digits.find('.') == std::string::npos ? digits.size() : digits.find('.');
  if (whole <= 4) return digits;
  std::string text;
  for (size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % 3 == 0) text += "\u202f";
    text += digits[i];
  }
  return text + digits.substr(whole);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const size_t length = character_length(text);
    if (length == 0 || is_control(static_cast<unsigned char>(text[0]))) {
      safe += replacement;
    } else if (text[0] == '&') {
      safe += "&amp;";
    } else if (text[0] == '<') {
      safe += "&lt;";
    } else if (text[0] == '>') {
      safe += "&gt;";
    } else if (text[0] == '"') {
      safe += "&quot;";
    } else if (text[0] == '\'') {
      safe += "&#39;";
    } else {
      safe += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return safe;
}

std::string figure(double value, int digits) {
  if (std::isnan(value)) return "not defined";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  if (std::abs(value) >= 1e15) return "beyond 10¹⁵";
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, std::abs(value));
  const std::string text = buffer;
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return (value < 0 && !zero ? "−" : "") + grouped(text);
}

std::string signed_figure(double value, int digits) {
  const std::string text = figure(value, digits);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return value > 0 && !zero ? "+" + text : text;
}

std::string base64(std::span<const std::byte> bytes) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    for (size_t j = 0; j < 3; ++j)
      word = word << 8 | (i + j < bytes.size() ? std::to_integer<uint32_t>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) text += i + j <= bytes.size() ? letters[word >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

}  // namespace tazuna
