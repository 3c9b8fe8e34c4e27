// SPDX-License-Identifier: Apache-2.0
#include "tables/table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

std::string cell_text(const Table::Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<int64_t>(&cell)) return std::to_string(*whole);
  const double number = std::get<double>(cell);
  return std::isnan(number) ? "n/a" : number_text(number);
}

/// A field as RFC 4180 writes it: in double quotes where it holds the separator, a quote or a line end.
std::string field_text(const std::string& text, char separator) {
  const bool plain =
      text.find(separator) == std::string::npos && text.find_first_of("\"\r\n") == std::string::npos;
  if (plain) return text;
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

/// Splits a text into rows of fields. A field that begins with a double quote runs to its closing quote, over
/// separators and line ends; "" inside it is one quote.
class Splitter {
 public:
  Splitter(std::string_view text, char separator, const std::string& name)
      : text_(text), separator_(separator), name_(name) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  }
  bool at_end() const { return at_ == text_.size(); }
  int line() const { return line_; }
  void skip_empty_lines() {
    while (!at_end() && (text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n")) {
      take('\r');
      take('\n');
      ++line_;
    }
  }

  std::vector<std::string> row() {
    std::vector<std::string> fields;
    do {
      fields.push_back(field());
    } while (take(separator_));
    take('\r');
    if (!at_end() && !take('\n'))
      throw refused(cat(name_, ":", line_, ": letters stand after a closing quote"));
    ++line_;
    return fields;
  }

 private:
  bool take(char letter) {
    if (at_end() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  std::string field() {
    if (take('"')) return quoted_field();
    const size_t begin = at_;
    while (!at_end() && text_[at_] != separator_ && text_[at_] != '\n' && text_.substr(at_, 2) != "\r\n")
      ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string quoted_field() {
    const int first_line = line_;
    std::string field;
    for (;;) {
      if (at_end())
        throw refused(cat(name_, ":", first_line, ": a double quote opens here and is never closed"));
      const char letter = text_[at_++];
      if (letter == '\n') ++line_;
      if (letter == '"' && !take('"')) return field;
      field += letter;
    }
  }

  std::string_view text_;
  const char separator_;
  const std::string& name_;
  size_t at_ = 0;
  int line_ = 1;
};

std::string lines(const std::vector<std::string>& columns, const std::vector<std::vector<Table::Cell>>& rows,
                  char separator) {
  const std::string between(1, separator);
  const auto line = [&](std::vector<std::string> fields) {
    for (std::string& field : fields) field = field_text(field, separator);
    // A line of one empty field would be an empty line, which readers skip.
    return (fields.size() == 1 && fields[0].empty() ? "\"\"" : join(fields, between)) + '\n';
  };
  std::string text = line(columns);
  for (const auto& row : rows) {
    std::vector<std::string> fields;
    for (const Table::Cell& cell : row) fields.push_back(cell_text(cell));
    text += line(fields);
  }
  return text;
}

}  // namespace

Table::Table(std::vector<std::string> columns) : columns_(std::move(columns)) {
  std::unordered_set<std::string_view> before;
  for (const std::string& column : columns_) {
    if (!before.insert(column).second)
      throw refused(cat("the column '", column, "' stands twice in the table; names must differ"));
  }
}

void Table::add(std::vector<Cell> row) {
  if (row.size() != columns_.size()) {
    throw refused(cat("a row has ", row.size(), row.size() == 1 ? " cell" : " cells", ", but the table has ",
                      columns_.size(), " columns (", join(columns_, ", "), ")"));
  }
  rows_.push_back(std::move(row));
}

bool Table::has(const std::string& column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

size_t Table::index(const std::string& column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found != columns_.end()) return static_cast<size_t>(found - columns_.begin());
  const std::string meant = nearest(column, columns_);
  throw refused(
      cat("the table has no column '", column, "'",
          meant.empty() ? cat("; it has ", join(columns_, ", ")) : cat("; did you mean '", meant, "'?")));
}

const Table::Cell& Table::cell_at(size_t row, size_t place) const {
  if (row >= rows_.size())
    throw Error(cat("row ", row, " of a table of ", rows_.size(), " rows was asked for"));
  if (place >= columns_.size())
    throw Error(cat("column ", place, " of a table of ", columns_.size(), " columns was asked for"));
  return rows_[row][place];
}

const Table::Cell& Table::cell(size_t row, const std::string& column) const {
  return cell_at(row, index(column));
}

const std::string& Table::text(size_t row, const std::string& column) const {
  const Cell& found = cell(row, column);
  if (const auto* text = std::get_if<std::string>(&found)) return *text;
  throw Error(
      cat("column '", column, "', row ", row, ": expected a text, but got the number ", cell_text(found)));
}

double Table::number(size_t row, const std::string& column) const {
  return number(row, index(column));
}

double Table::number(size_t row, size_t place) const {
  const Cell& found = cell_at(row, place);
  if (const auto* number = std::get_if<double>(&found)) return *number;
  if (const auto* whole = std::get_if<int64_t>(&found)) return static_cast<double>(*whole);
  const std::string text = trimmed(std::get<std::string>(found));
  if (is_missing(text)) return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const char* first = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(first, end, value);
  if (problem != std::errc() || stop != end) {
    throw refused(
        cat("column '", columns_[place], "', row ", row, ": expected a number, but got '", text, "'"));
  }
  return value;
}

void Table::sort(const std::vector<std::string>& by) {
  std::vector<size_t> places;
  for (const std::string& column : by) places.push_back(index(column));
  const auto before = [&](const std::vector<Cell>& a, const std::vector<Cell>& b) {
    for (const size_t place : places) {
      const int order = cell_text(a[place]).compare(cell_text(b[place]));
      if (order != 0) return order < 0;
    }
    return false;
  };
  std::stable_sort(rows_.begin(), rows_.end(), before);
}

std::string Table::tsv() const {
  return lines(columns_, rows_, '\t');
}

std::string Table::csv() const {
  return lines(columns_, rows_, ',');
}

bool is_missing(std::string_view cell) {
  constexpr std::array<std::string_view, 10> words{"",     "n/a", "N/A", "#N/A", "NA",
                                                   "<NA>", "NaN", "nan", "NULL", "null"};
  return std::find(words.begin(), words.end(), trimmed(cell)) != words.end();
}

Table read_table(std::string_view text, char separator, const std::string& name) {
  Splitter splitter(text, separator, name);
  if (splitter.at_end()) throw refused(cat(name, ": is empty; a table begins with a line of column names"));
  Table table = within(cat(name, ":1"), [&] { return Table(splitter.row()); });
  for (splitter.skip_empty_lines(); !splitter.at_end(); splitter.skip_empty_lines()) {
    const int line = splitter.line();
    std::vector<std::string> fields = splitter.row();
    within(cat(name, ":", line), [&] {
      table.add(std::vector<Table::Cell>(std::make_move_iterator(fields.begin()),
                                         std::make_move_iterator(fields.end())));
    });
  }
  return table;
}

Table read_table(const std::filesystem::path& file) {
  return read_table(read_text(file), file.extension() == ".csv" ? ',' : '\t', file.string());
}

}  // namespace tazuna
