// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tazuna {

/// A table of texts and numbers with named columns: TSV and CSV files. Numbers are written shortest
/// round-trip; NaN as "n/a", infinities as "inf"/"-inf"; texts that hold the separator, a double quote or a
/// line end are quoted as in RFC 4180. Asking for an unknown column is an Error that names the nearest one.
class Table {
 public:
  using Cell = std::variant<std::string, double, int64_t>;

  Table() = default;
  /// An Error if a name stands twice.
  explicit Table(std::vector<std::string> columns);
  const std::vector<std::string>& columns() const { return columns_; }
  size_t rows() const { return rows_.size(); }
  /// An Error unless the row has as many cells as there are columns. `line` is where it begins in its file.
  void add(std::vector<Cell> row, int line = 0);
  int line(size_t row) const;  ///< where read_table() found the row, from 1; 0 for one that was not read
  const std::string& text(size_t row, const std::string& column) const;  ///< an Error if the cell is a number
  /// NaN where the cell is_missing(); an Error if it is no number.
  double number(size_t row, const std::string& column) const;
  /// The same of the column at a place among columns(), without looking for its name: for wide tables.
  double number(size_t row, size_t place) const;
  bool has(const std::string& column) const;
  const Cell& cell(size_t row, const std::string& column) const;
  /// Sorts rows by the text of these columns, byte by byte; rows that are equal there keep their order.
  void sort(const std::vector<std::string>& by);

  std::string tsv() const;
  std::string csv() const;

 private:
  size_t index(const std::string& column) const;
  struct Row {
    std::vector<Cell> cells;
    int line = 0;
  };
  const Row& row_at(size_t row) const;
  const Cell& cell_at(size_t row, size_t place) const;
  std::string lines(char separator) const;
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

/// Whether a cell says that there is no value: it is empty or one of n/a, N/A, #N/A, NA, <NA>, NaN, nan, NULL
/// and null, spelled exactly so; blanks around them do not count.
bool is_missing(std::string_view cell);

/// Reads a TSV/CSV text; cells stay texts. LF, CRLF and CR end a line; empty lines and rows whose cells are
/// all empty and unquoted are skipped, blanks around column names and columns at the end without a name and a
/// cell are dropped. A text that is not UTF-8, a first line that has another separator instead, a row with
/// another number of cells and a quote that is never closed are Errors (refused) with file and line.
Table read_table(std::string_view text, char separator, const std::string& name);
/// By suffix, in capitals or not: .csv with commas, or semicolons where its line of names has more of these;
/// otherwise tabs.
Table read_table(const std::filesystem::path& file);

}  // namespace tazuna
