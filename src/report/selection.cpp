// SPDX-License-Identifier: Apache-2.0
#include "report/selection.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>

#include "core/text.hpp"

namespace tazuna {
namespace {

struct Ranked {
  std::string case_id;
  double dice = 0;
};

/// Cases of a task by mean Dice, worst first.
std::vector<Ranked> ranking(const Table& cases, const std::string& task) {
  std::vector<Ranked> ranked;
  std::map<std::string, size_t> places;
  std::vector<int64_t> counts;
  for (size_t row = 0; row < cases.rows(); ++row) {
    const double dice = cases.number(row, "dice");
    if (cases.text(row, "task") != task || !std::isfinite(dice)) continue;
    const auto [place, added] = places.insert({cases.text(row, "case"), ranked.size()});
    if (added) {
      ranked.push_back({place->first, 0});
      counts.push_back(0);
    }
    ranked[place->second].dice += dice;
    ++counts[place->second];
  }
  for (size_t i = 0; i < ranked.size(); ++i) ranked[i].dice /= static_cast<double>(counts[i]);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return a.dice < b.dice; });
  return ranked;
}

}  // namespace

std::vector<std::string> distinct(const Table& table, const std::string& column) {
  std::vector<std::string> values;
  for (size_t row = 0; row < table.rows(); ++row) {
    const std::string& value = table.text(row, column);
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  return values;
}

std::vector<ChosenCase> chosen_cases(const Table& cases, size_t worst) {
  static constexpr std::array<const char*, 3> roles{"worst", "second worst", "third worst"};
  std::vector<ChosenCase> chosen;
  if (!cases.has("dice")) return chosen;
  for (const std::string& task : distinct(cases, "task")) {
    const auto ranked = ranking(cases, task);
    const size_t count = ranked.size(), shown = std::min({count, worst, roles.size()});
    const auto add = [&](size_t place, const char* role) {
      chosen.push_back(
          {count == 1 ? "the only case" : cat(role, " of ", count), ranked[place].case_id, task});
    };
    for (size_t place = 0; place < shown; ++place) add(place, roles[place]);
    if (count > 0 && (count - 1) / 2 >= shown) add((count - 1) / 2, "median");
    if (count > shown) add(count - 1, "best");
  }
  return chosen;
}

}  // namespace tazuna
