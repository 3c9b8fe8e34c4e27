// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tables/table.hpp"

namespace tazuna {

/// Opens a table in a frame that scrolls where the page is narrow; `frame` and `style` are CSS classes. The
/// caption is for those who hear the page.
std::string table_start(const std::string& caption, std::string_view frame, std::string_view style);
inline constexpr std::string_view table_end = "</tbody></table></div>\n";

/// A heading; numbers stand to the right.
std::string head_cell(const std::string& name, bool numeric);
std::string row_head(const std::string& words);
std::string text_cell(const std::string& words);
/// A number as people read it; its exact value stands in an attribute, for sorting and for whoever compares.
std::string number_cell(double value, const std::string& shown);

/// A column of a file and how a page shows it.
struct ShownColumn {
  std::string column, heading;
  int digits = -1;                                          ///< of a number; -1: a text
  std::string (*words)(const std::string& text) = nullptr;  ///< how a text is written for people
};
/// Some columns of a table as they stand in the file, the first as the rows' heads; what is undefined is a
/// dash. Columns that the table lacks are left out.
std::string columns_table(const Table& table, const std::vector<ShownColumn>& columns,
                          const std::string& caption, std::string_view frame, std::string_view style);

}  // namespace tazuna
