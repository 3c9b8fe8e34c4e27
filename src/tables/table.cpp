// SPDX-License-Identifier: Apache-2.0
#include "tables/table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_set>
#include <utility>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

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

/// Whether a line ends with the letter at `at`: \n, \r\n and a \r alone end one.
bool ends_line(std::string_view text, size_t at) {
  return text[at] == '\n' || (text[at] == '\r' && text.substr(at + 1, 1) != "\n");
}

/// Excel's "Unicode text" is UTF-16, half of whose bytes may be 0.
void expect_utf8(std::string_view text, const std::string& name) {
  int line = 1;
  for (size_t at = 0; at < text.size();) {
    const size_t length = text[at] == '\0' ? 0 : utf8_length(text, at);
    if (length == 0) throw refused(cat(name, ":", line, " is not UTF-8; save it as UTF-8"));
    if (ends_line(text, at)) ++line;
    at += length;
  }
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
  /// Whether the last row was an empty line or nothing but separators.
  bool was_bare() const { return bare_; }

  std::vector<std::string> row() {
    std::vector<std::string> fields;
    bare_ = true;
    do {
      fields.push_back(field());
    } while (take(separator_));
    if (!at_end() && !take_line_end())
      throw refused(cat(name_, ":", line_, ": letters stand after a closing quote"));
    return fields;
  }

 private:
  bool take(char letter) {
    if (at_end() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  bool take_line_end() {
    const bool returned = take('\r');
    if (!take('\n') && !returned) return false;
    ++line_;
    return true;
  }
  std::string field() {
    if (take('"')) return quoted_field();
    const size_t begin = at_;
    while (!at_end() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    if (at_ > begin) bare_ = false;
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string quoted_field() {
    bare_ = false;
    const int first_line = line_;
    std::string field;
    for (;;) {
      if (at_end())
        throw refused(cat(name_, ":", first_line, ": a double quote opens here and is never closed"));
      if (ends_line(text_, at_)) ++line_;
      const char letter = text_[at_++];
      if (letter == '"' && !take('"')) return field;
      field += letter;
    }
  }

  std::string_view text_;
  const char separator_;
  const std::string& name_;
  size_t at_ = 0;
  int line_ = 1;
  bool bare_ = false;
};

/// The first line of a text that is more than separators, and how often each separator stands there outside
/// quotes.
struct HeaderLine {
  int line = 1;
  std::map<char, size_t> separators;
};
HeaderLine header_line(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  HeaderLine header;
  bool quoted = false, bare = true;
  for (size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (!quoted && ends_line(text, at)) {
      if (!bare) return header;
      header = {header.line + 1, {}};
    } else if (!quoted && (letter == ',' || letter == ';' || letter == '\t')) {
      ++header.separators[letter];
    } else if (letter != '\r') {
      bare = false;
      if (letter == '"') quoted = !quoted;
    }
  }
  return header;
}

std::string separator_text(char separator) {
  return separator == '\t' ? "tabs" : cat("'", separator, "'");
}

void expect_separator(std::string_view text, char separator, const std::string& name) {
  const HeaderLine header = header_line(text);
  if (!header.separators.empty() && !header.separators.contains(separator))
    throw refused(cat(name, ":", header.line, ": the columns seem to be separated by ",
                      separator_text(header.separators.rbegin()->first), "; ", name, " must be separated by ",
                      separator_text(separator)));
}

}  // namespace

Table::Table(std::vector<std::string> columns) : columns_(std::move(columns)) {
  std::unordered_set<std::string_view> before;
  for (const std::string& column : columns_) {
    if (!before.insert(column).second)
      throw refused(cat("the column '", column, "' stands twice in the table; names must differ"));
  }
}

void Table::add(std::vector<Cell> row, int line) {
  if (row.size() != columns_.size()) {
    throw refused(cat("a row has ", row.size(), row.size() == 1 ? " cell" : " cells", ", but the table has ",
                      columns_.size(), " columns (", join(columns_, ", "), ")"));
  }
  rows_.push_back({std::move(row), line});
}

int Table::line(size_t row) const {
  return row_at(row).line;
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

const Table::Row& Table::row_at(size_t row) const {
  if (row >= rows_.size())
    throw Error(cat("row ", row, " of a table of ", rows_.size(), " rows was asked for"));
  return rows_[row];
}

const Table::Cell& Table::cell_at(size_t row, size_t place) const {
  const Row& found = row_at(row);
  if (place >= columns_.size())
    throw Error(cat("column ", place, " of a table of ", columns_.size(), " columns was asked for"));
  return found.cells[place];
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
    const std::string where = line(row) > 0 ? cat("line ", line(row)) : cat("row ", row);
    throw refused(
        cat("column '", columns_[place], "', ", where, ": expected a number, but got '", text, "'"));
  }
  return value;
}

void Table::sort(const std::vector<std::string>& by) {
  std::vector<size_t> places;
  for (const std::string& column : by) places.push_back(index(column));
  const auto before = [&](const Row& a, const Row& b) {
    for (const size_t place : places) {
      const int order = cell_text(a.cells[place]).compare(cell_text(b.cells[place]));
      if (order != 0) return order < 0;
    }
    return false;
  };
  std::stable_sort(rows_.begin(), rows_.end(), before);
}

std::string Table::lines(char separator) const {
  const std::string between(1, separator);
  const auto line = [&](std::vector<std::string> fields) {
    for (std::string& field : fields) field = field_text(field, separator);
    // A line of empty fields alone would be skipped by readers.
    const auto empty = [](const std::string& field) { return field.empty(); };
    if (std::ranges::all_of(fields, empty)) fields.front() = "\"\"";
    return join(fields, between) + '\n';
  };
  std::string text = line(columns_);
  for (const Row& row : rows_) {
    std::vector<std::string> fields;
    for (const Cell& cell : row.cells) fields.push_back(cell_text(cell));
    text += line(fields);
  }
  return text;
}

std::string Table::tsv() const {
  return lines('\t');
}

std::string Table::csv() const {
  return lines(',');
}

bool is_missing(std::string_view cell) {
  constexpr std::array<std::string_view, 10> words{"",     "n/a", "N/A", "#N/A", "NA",
                                                   "<NA>", "NaN", "nan", "NULL", "null"};
  return std::find(words.begin(), words.end(), trimmed(cell)) != words.end();
}

Table read_table(std::string_view text, char separator, const std::string& name) {
  expect_utf8(text, name);
  expect_separator(text, separator, name);
  const auto without_last_empty = [](std::vector<std::string>& cells, size_t least) {
    while (cells.size() > least && cells.back().empty()) cells.pop_back();
  };
  Splitter splitter(text, separator, name);
  std::vector<std::string> columns;
  int line = 1;
  do {
    line = splitter.line();
    if (splitter.at_end()) throw refused(cat(name, ": is empty; a table begins with a line of column names"));
    columns = splitter.row();
  } while (splitter.was_bare());
  for (std::string& column : columns) column = trimmed(column);
  const size_t written = columns.size();
  without_last_empty(columns, 1);
  const bool wider = columns.size() < written;
  Table table = within(cat(name, ":", line), [&] { return Table(columns); });
  while (!splitter.at_end()) {
    line = splitter.line();
    std::vector<std::string> fields = splitter.row();
    if (splitter.was_bare()) continue;
    if (wider) without_last_empty(fields, columns.size());
    within(cat(name, ":", line), [&] {
      table.add(std::vector<Table::Cell>(std::make_move_iterator(fields.begin()),
                                         std::make_move_iterator(fields.end())),
                line);
    });
  }
  return table;
}

Table read_table(const std::filesystem::path& file) {
  const std::string text = read_text(file);
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  char separator = '\t';
  if (ending == ".csv") {
    // Excel separates by semicolons where the comma is the decimal sign.
    std::map<char, size_t> found = header_line(text).separators;
    separator = found[';'] > found[','] ? ';' : ',';
  }
  return read_table(text, separator, file.string());
}

}  // namespace tazuna
