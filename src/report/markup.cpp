// SPDX-License-Identifier: Apache-2.0
#include "report/markup.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>

#include "core/utf8.hpp"

namespace tazuna {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

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
    const size_t length = utf8_length(text, 0);
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
