// SPDX-License-Identifier: Apache-2.0
#include "data/odd_values.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>

#include "core/text.hpp"
#include "data/percentile.hpp"
#include "data/value_words.hpp"

namespace tazuna {
namespace {

constexpr double most_deviations = 10;
constexpr size_t named_at_most = 3;

struct NumberOfCase {
  std::string id, text;
  double number = 0;
};
using Numbers = std::vector<NumberOfCase>;

/// None where the column holds words.
std::optional<Numbers> numbers_in(const std::vector<Subject>& subjects, const std::string& column) {
  Numbers numbers;
  for (const Subject& subject : subjects) {
    const auto found = subject.values.find(column);
    const std::string text = found == subject.values.end() ? "" : trimmed(found->second);
    if (text.empty() || text == "n/a") continue;
    const auto number = number_of(text);
    if (!number) return std::nullopt;
    numbers.push_back({subject.id, text, *number});
  }
  return numbers;
}

bool is_mark(double number) {
  return number == -9 || number == -99 || number == -999 || number == 999 || number == 9999;
}

/// The marks that lie apart from all other numbers.
std::set<double> marks_apart(const Numbers& numbers) {
  std::set<double> others, marks;
  for (const NumberOfCase& one : numbers) (is_mark(one.number) ? marks : others).insert(one.number);
  if (others.empty()) return {};
  double widest = 0;
  for (auto low = others.begin(), high = std::next(low); high != others.end(); ++low, ++high)
    widest = std::max(widest, *high - *low);
  std::erase_if(marks, [&](double mark) {
    return std::max(*others.begin() - mark, mark - *others.rbegin()) <= widest;
  });
  return marks;
}

double median_of(const Numbers& numbers, const std::function<double(double)>& of) {
  std::vector<double> values;
  for (const NumberOfCase& one : numbers) values.push_back(of(one.number));
  return percentile(std::move(values), 50);
}

}  // namespace

std::string odd_values(const std::vector<Subject>& subjects, const std::string& column) {
  const auto numbers = numbers_in(subjects, column);
  if (!numbers || numbers->empty()) return "";
  const std::set<double> marks = marks_apart(*numbers);
  Numbers others = *numbers;
  std::erase_if(others, [&](const NumberOfCase& one) { return marks.contains(one.number); });
  const double median = median_of(others, [](double number) { return number; });
  const double deviation = median_of(others, [&](double number) { return std::abs(number - median); });
  Numbers odd = *numbers;
  std::erase_if(odd, [&](const NumberOfCase& one) {
    const bool far = deviation > 0 && std::abs(one.number - median) > most_deviations * deviation;
    return !far && !marks.contains(one.number);
  });
  if (odd.empty()) return "";
  std::vector<std::string> parts;
  for (size_t i = 0; i < std::min(odd.size(), named_at_most); ++i)
    parts.push_back(cat(i == 0 ? column : "", i == 0 ? " of " : "of ", odd[i].id, " is ", odd[i].text));
  const size_t more = odd.size() - parts.size();
  return cat(join(parts, ", "),
             more > 0 ? cat(" (and ", more, more == 1 ? " more case)" : " more cases)") : "",
             ", far from the others (median ", number_text(median), "); write n/a ",
             odd.size() == 1 ? "if it is" : "where they are", " unknown");
}

}  // namespace tazuna
