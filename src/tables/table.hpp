// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tazuna {

/// A table of texts and numbers with named columns: TSV and CSV files. Numbers are written shortest round-trip;
/// NaN as "n/a", infinities as "inf"/"-inf".
class Table {
 public:
  using Cell = std::variant<std::string, double, int64_t>;

  Table() = default;
  explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}
  const std::vector<std::string>& columns() const { return columns_; }
  size_t rows() const { return rows_.size(); }
  /// An Error unless the row has as many cells as there are columns.
  void add(std::vector<Cell> row);
  const std::string& text(size_t row, const std::string& column) const;  ///< an Error if the cell is a number
  double number(size_t row, const std::string& column) const;  ///< "n/a" is NaN; an Error if it is no number
  bool has(const std::string& column) const;
  const Cell& cell(size_t row, const std::string& column) const;
  /// Sorts rows by the text of these columns.
  void sort(const std::vector<std::string>& by);

  std::string tsv() const;
  std::string csv() const;

 private:
  size_t index(const std::string& column) const;
  std::vector<std::string> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// Reads a TSV/CSV text; cells stay texts. A row with another number of cells is an Error with file and line.
Table read_table(std::string_view text, char separator, const std::string& name);
/// By suffix: .csv with commas, otherwise tabs.
Table read_table(const std::filesystem::path& file);

}  // namespace tazuna
