// SPDX-License-Identifier: Apache-2.0
#include "report/lettering.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace tazuna {
namespace {

constexpr double letter_width = 6.8, sample_width = 16;

bool begins_letter(char byte) {
  return (byte & 0xc0) != 0x80;
}

}  // namespace

double text_width(const std::string& text) {
  return letter_width * static_cast<double>(std::count_if(text.begin(), text.end(), begins_letter));
}

std::string cut_text(const std::string& text, double room) {
  if (text_width(text) <= room) return text;
  std::string kept;
  for (const char letter : text) {
    if (begins_letter(letter) && text_width(kept) + 2 * letter_width > room) break;
    kept += letter;
  }
  return kept + "…";
}

std::string colour_class(size_t index) {
  return cat("c", index % 8 + 1);
}

std::string fill_class(size_t index) {
  return cat("f", index % 8 + 1);
}

std::string dash_class(size_t index) {
  return cat("d", index % 4 + 1);
}

Legend::Legend(std::vector<Entry> entries, double left, double top, double right)
    : entries_(std::move(entries)) {
  double x = left;
  rows_ = entries_.empty() ? 0 : 1;
  for (const Entry& entry : entries_) {
    const double room = sample_width + 18 + text_width(entry.name);
    if (x > left && x + room > right) {
      x = left;
      ++rows_;
    }
    places_.push_back({x, top + 12 + 16.0 * (rows_ - 1)});
    x += room;
  }
}

void Legend::draw(Drawing& drawing) const {
  for (size_t i = 0; i < places_.size(); ++i) {
    const auto& [x, y] = places_[i];
    drawing.line(x, y - 4, x + sample_width, y - 4, cat("curve ", entries_[i].style));
    drawing.text(x + sample_width + 5, y, entries_[i].name, "tick");
  }
}

}  // namespace tazuna
