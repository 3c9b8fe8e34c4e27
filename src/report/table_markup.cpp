// SPDX-License-Identifier: Apache-2.0
#include "report/table_markup.hpp"

#include <cmath>

#include "core/text.hpp"
#include "report/markup.hpp"

namespace tazuna {
namespace {

bool is_missing(const Table& table, size_t row, const std::string& column) {
  const auto* text = std::get_if<std::string>(&table.cell(row, column));
  return text && (text->empty() || *text == "n/a");
}

}  // namespace

std::string table_start(const std::string& caption, std::string_view frame, std::string_view style) {
  return cat("<div class=\"", frame, "\" role=\"region\" tabindex=\"0\" aria-label=\"", escaped(caption),
             "\"><table class=\"", style, "\"><caption>", escaped(caption), "</caption>");
}

std::string head_cell(const std::string& name, bool numeric) {
  return cat("<th scope=\"col\"", numeric ? " class=\"num\"" : "", ">", escaped(name), "</th>");
}

std::string row_head(const std::string& words) {
  return cat("<th scope=\"row\">", escaped(words), "</th>");
}

std::string text_cell(const std::string& words) {
  return cat("<td>", escaped(words), "</td>");
}

std::string number_cell(double value, const std::string& shown) {
  const std::string exact = std::isnan(value) ? "" : std::isinf(value) ? "Infinity" : number_text(value);
  return cat("<td class=\"num\" data-value=\"", value < 0 && std::isinf(value) ? "-" : "", exact, "\">",
             escaped(shown), "</td>");
}

std::string columns_table(const Table& table, const std::vector<ShownColumn>& columns,
                          const std::string& caption, std::string_view frame, std::string_view style) {
  std::string text = table_start(caption, frame, style) + "<thead><tr>";
  std::vector<ShownColumn> there;
  for (const ShownColumn& one : columns)
    if (table.has(one.column)) there.push_back(one);
  for (const ShownColumn& one : there) text += head_cell(one.heading, one.digits >= 0);
  text += "</tr></thead><tbody>\n";
  for (size_t row = 0; row < table.rows(); ++row) {
    text += "<tr>";
    for (size_t i = 0; i < there.size(); ++i) {
      const auto& [column, heading, digits, words] = there[i];
      if (is_missing(table, row, column)) {
        text += digits >= 0 ? number_cell(std::nan(""), "–") : text_cell("–");
      } else if (digits >= 0) {
        const double value = table.number(row, column);
        text += number_cell(value, figure(value, digits));
      } else {
        const std::string shown = words ? words(table.text(row, column)) : table.text(row, column);
        text += i == 0 ? row_head(shown) : text_cell(shown);
      }
    }
    text += "</tr>\n";
  }
  return text + std::string(table_end);
}

}  // namespace tazuna
