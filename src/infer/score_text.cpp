// SPDX-License-Identifier: Apache-2.0
#include "infer/score_text.hpp"

#include <cmath>
#include <iomanip>
#include <map>
#include <sstream>

#include "core/text.hpp"

namespace tazuna {

namespace {

struct Spread {
  int64_t count = 0;
  double sum = 0, squares = 0;

  void add(double value) {
    if (!std::isfinite(value)) return;
    ++count;
    sum += value;
    squares += value * value;
  }
  double mean() const { return sum / static_cast<double>(count); }
  std::string text(int digits) const {
    if (count == 0) return "n/a";
    const double variance = std::max(0.0, squares / static_cast<double>(count) - mean() * mean());
    std::ostringstream out;
    out << std::fixed << std::setprecision(digits) << mean() << " ± " << std::sqrt(variance);
    return std::move(out).str();
  }
};

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// setw counts bytes; "±" has two of them.
std::string cell(const std::string& text, size_t width) {
  const size_t shown = text.size() - (text.find("±") != std::string::npos ? 1 : 0);
  return text + std::string(shown < width ? width - shown : 1, ' ');
}

const std::vector<std::pair<std::string, int>>& shown_metrics() {  // with their digits
  static const std::vector<std::pair<std::string, int>> metrics{
      {"dice", 4}, {"hd95_mm", 2}, {"assd_mm", 3}, {"nsd", 3}};
  return metrics;
}

}  // namespace

std::string score_text(const std::vector<CaseScore>& rows) {
  std::map<std::pair<std::string, std::string>, std::map<std::string, Spread>> structures;
  for (const CaseScore& row : rows) {
    auto& spreads = structures[{row.task, row.structure}];
    for (const auto& [name, value] : row.metrics) spreads[name].add(value);
  }
  std::ostringstream out;
  std::string line = cell("task", 16) + cell("structure", 20) + cell("n", 6);
  for (const auto& [name, digits] : shown_metrics()) line += cell(name, 18);
  out << without_trailing_blanks(line) << "\n";
  Spread dice;
  for (auto& [names, spreads] : structures) {
    line = cell(names.first, 16) + cell(names.second, 20) + cell(cat(spreads["dice"].count), 6);
    for (const auto& [name, digits] : shown_metrics()) line += cell(spreads[name].text(digits), 18);
    out << without_trailing_blanks(line) << "\n";
    if (spreads["dice"].count > 0) dice.add(spreads["dice"].mean());
  }
  out << "mean Dice of the structures "
      << (dice.count > 0 ? number_text(std::round(dice.mean() * 1e4) / 1e4) : "n/a") << "\n";
  return std::move(out).str();
}

}  // namespace tazuna
