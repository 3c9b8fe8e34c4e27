// SPDX-License-Identifier: Apache-2.0
#include "tables/table.hpp"

#include <cmath>
#include <ctime>
#include <limits>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("tables/table") {
  DOCTEST_TEST_CASE("what is written reads back the same, as TSV and as CSV") {
    const std::string pieces[] = {"a", ",", "\t", "\"", "\n", "\r\n", " ", "", "手綱", "n/a", "1.5"};
    for (int64_t draw = 0; draw < 300; ++draw) {
      Random random({"table", draw});
      std::vector<std::string> columns = {"case"};
      for (int64_t i = random.below(3); i > 0; --i) columns.push_back(cat("c", i));
      Table table(columns);
      for (int64_t rows = random.below(4); rows > 0; --rows) {
        std::vector<Table::Cell> row;
        for (size_t i = 0; i < columns.size(); ++i) {
          std::string text;
          for (int64_t k = random.below(4); k > 0; --k) text += pieces[random.below(std::size(pieces))];
          row.emplace_back(text);
        }
        table.add(row);
      }
      for (const char separator : {'\t', ','}) {
        const std::string text = separator == ',' ? table.csv() : table.tsv();
        DOCTEST_INFO(text);
        const Table back = read_table(text, separator, "t");
        DOCTEST_REQUIRE(back.columns() == table.columns());
        DOCTEST_REQUIRE(back.rows() == table.rows());
        for (size_t row = 0; row < table.rows(); ++row) {
          for (const std::string& column : columns) {
            DOCTEST_REQUIRE(back.text(row, column) == table.text(row, column));
          }
        }
      }
    }
  }

  DOCTEST_TEST_CASE("numbers are written shortest and read back as the same bits") {
    Table table({"name", "value", "count"});
    table.add({"x", 0.1, int64_t{3}});
    table.add({"y", std::nan(""), int64_t{-1}});
    table.add({"z", std::numeric_limits<double>::infinity(), int64_t{0}});
    DOCTEST_CHECK(table.tsv() == "name\tvalue\tcount\nx\t0.1\t3\ny\tn/a\t-1\nz\tinf\t0\n");
    const Table back = read_table(table.tsv(), '\t', "t");
    DOCTEST_CHECK(back.number(0, "value") == 0.1);
    DOCTEST_CHECK(std::isnan(back.number(1, "value")));
    DOCTEST_CHECK(back.number(2, "value") == std::numeric_limits<double>::infinity());
    DOCTEST_CHECK(back.number(1, "count") == -1);
    DOCTEST_CHECK(table.number(0, "count") == 3);
    DOCTEST_CHECK_THROWS_AS(table.text(0, "value"), Error);
    for (const char* none :
         {"", " ", "n/a", "N/A", "#N/A", "NA", " NA ", "<NA>", "NaN", "nan", "NULL", "null"})
      DOCTEST_CHECK_MESSAGE(is_missing(none), none);
    for (const char* word : {"none", "None", "0", "Na", "na", "-"})
      DOCTEST_CHECK_MESSAGE(!is_missing(word), word);
    DOCTEST_CHECK(std::isnan(read_table("x\nNA\n", '\t', "t").number(0, "x")));
    DOCTEST_CHECK_THROWS_WITH_AS(back.number(0, "name"),
                                 "column 'name', line 2: expected a number, but got 'x'", Error);
  }

  DOCTEST_TEST_CASE(
      "a table of 44850 columns, the pairs of 300 regions, is made and read in under five seconds") {
    std::vector<std::string> columns = {"case"};
    for (int64_t i = 0; i < 44850; ++i) columns.push_back(cat("x", i));
    Table table(columns);
    table.add(std::vector<Table::Cell>(columns.size(), 0.5));
    const std::clock_t begin = std::clock();
    const Table back = read_table(table.tsv(), '\t', "t");
    double sum = 0;
    for (size_t place = 1; place < columns.size(); ++place) sum += back.number(0, place);
    DOCTEST_CHECK(sum == 0.5 * 44850);
    DOCTEST_CHECK(std::clock() - begin < 5 * CLOCKS_PER_SEC);
    DOCTEST_CHECK(back.number(0, size_t{7}) == back.number(0, "x6"));
    DOCTEST_CHECK_THROWS_AS(back.number(0, columns.size()), Error);
  }

  DOCTEST_TEST_CASE("a damaged table is refused with file and line") {
    struct Row {
      std::string text, message;
    };
    const Row rows[] = {
        {"", "t.csv: is empty; a table begins with a line of column names"},
        {"a,b\n1,2\n3\n", "t.csv:3: a row has 1 cell, but the table has 2 columns (a, b)"},
        {"a,b\n\"x\ny\",2\n3,4,5\n", "t.csv:4: a row has 3 cells, but the table has 2 columns (a, b)"},
        {"a,a\n", "t.csv:1: the column 'a' stands twice in the table; names must differ"},
        {"a,b\n1,\"2\n", "t.csv:2: a double quote opens here and is never closed"},
        {"a,b\n\"1\"x,2\n", "t.csv:2: letters stand after a closing quote"},
    };
    for (const Row& row : rows) {
      DOCTEST_CHECK_THROWS_WITH_AS(read_table(row.text, ',', "t.csv"), row.message.c_str(), Error);
    }
  }

  DOCTEST_TEST_CASE("line ends, a byte order mark, and what spreadsheets leave behind change nothing") {
    for (const char* text :
         {"\xef\xbb\xbfid,age\r\n\r\na,3\r\nb,4", "id,age\ra,3\r\rb,4\r", "id,age\n,\na,3\n,,,\n,\nb,4\n,\n",
          "\n,,\n id,age \t\na,3\nb,4\n", "id,age,,\na,3,,\nb,4\n", "\"id\",\" age\"\n\"a\",3\nb,4\n"}) {
      DOCTEST_CAPTURE(text);
      const Table table = read_table(text, ',', "t");
      DOCTEST_CHECK(table.columns() == std::vector<std::string>{"id", "age"});
      DOCTEST_REQUIRE(table.rows() == 2);
      DOCTEST_CHECK(table.text(0, "id") == "a");
      DOCTEST_CHECK(table.text(1, "age") == "4");
    }
    Table table = read_table("\nid,age\n\"a\nb\",3\n,\n\nc,2\n", ',', "t");
    DOCTEST_CHECK(table.line(0) == 3);
    DOCTEST_CHECK(table.line(1) == 7);
    table.sort({"age"});
    DOCTEST_CHECK(table.line(0) == 7);
    DOCTEST_CHECK(read_table("a\tb\n\t\t\t\n1\t2\n", '\t', "t").rows() == 1);
    DOCTEST_CHECK(read_table("a,b\n\"\",\n", ',', "t").rows() == 1);  // somebody meant a row
  }

  DOCTEST_TEST_CASE("a text that is not UTF-8 is refused with its line") {
    const std::string utf16("\xff\xfei\0d\0\n\0x\0\n\0", 12);
    for (const auto& [text, line] : {std::pair<std::string, int>{"id\tsite\nx\tBonn\ny\tK\xf6ln\n", 3},
                                     {"id\tsite\r\nx\tBonn\r\ny\tK\xf6ln\r\n", 3},
                                     {"id\rx\rM\xfcller", 3},
                                     {"id\t\x8f\x97\n", 1},  // Shift-JIS
                                     {"id\n\"a\nb\"\n\xe9\n", 4},
                                     {utf16, 1},  // Excel's Unicode text
                                     {utf16.substr(2), 1},
                                     {"\xfe\xff\0i", 1}}) {
      DOCTEST_CAPTURE(text);
      DOCTEST_CHECK_THROWS_WITH_AS(read_table(text, '\t', "t.tsv"),
                                   cat("t.tsv:", line, " is not UTF-8; save it as UTF-8").c_str(), Error);
    }
    DOCTEST_CHECK(read_table("名\nK\u00f6ln\n", '\t', "t").text(0, "名") == "K\u00f6ln");
  }

  DOCTEST_TEST_CASE(
      "a first line with another separator than the table's is told, a .csv may have semicolons") {
    struct Row {
      std::string name, text, says;
    };
    const ScratchFolder scratch;
    const auto file = [&](const std::string& name, const std::string& text) {
      write_atomically(scratch.path() / name, text);
      return scratch.path() / name;
    };
    for (const Row& row : {Row{"a.tsv", "id,T1w\n1,2\n", "','; A must be separated by tabs"},
                           Row{"a.tsv", "\"id\";\"T1w\"\n1;2\n", "';'; A must be separated by tabs"},
                           Row{"a.csv", "id\tT1w\n1\t2\n", "tabs; A must be separated by ','"}}) {
      const std::string path = file(row.name, row.text).string();
      const std::string sentence =
          cat(path, ":1: the columns seem to be separated by ", row.says.substr(0, row.says.find('A')), path,
              row.says.substr(row.says.find('A') + 1));
      DOCTEST_CHECK_THROWS_WITH_AS(read_table(path), sentence.c_str(), Error);
    }
    for (const char* text :
         {"id;age\r\nx;37,5\r\n", "\"id\";\"age\"\nx;\"37,5\"\n", "\"id\"; age\nx;37,5\n;\n"})
      DOCTEST_CHECK(read_table(file("european.csv", text)).text(0, "age") == "37,5");
    DOCTEST_CHECK(read_table(file("a.csv", "id,a;b\nx,1;2\n")).text(0, "a;b") == "1;2");
    DOCTEST_CHECK(read_table(file("a.csv", "\"a;b\"\n1\n")).text(0, "a;b") == "1");
    DOCTEST_CHECK(read_table(file("a.tsv", "id\nKim, A.\n")).text(0, "id") == "Kim, A.");
  }

  DOCTEST_TEST_CASE("sorting orders rows by the named columns and keeps the order of equals") {
    Table table({"case", "task", "n"});
    table.add({"b", "x", int64_t{1}});
    table.add({"a", "y", int64_t{2}});
    table.add({"b", "x", int64_t{3}});
    table.add({"a", "x", int64_t{4}});
    table.sort({"case", "task"});
    DOCTEST_CHECK(table.tsv() == "case\ttask\tn\na\tx\t4\na\ty\t2\nb\tx\t1\nb\tx\t3\n");
  }

  DOCTEST_TEST_CASE("an unknown column is an error with a suggestion") {
    const Table table({"person", "session"});
    DOCTEST_CHECK(table.has("person"));
    DOCTEST_CHECK_FALSE(table.has("persn"));
    DOCTEST_CHECK_THROWS_WITH_AS(table.cell(0, "persn"),
                                 "the table has no column 'persn'; did you mean 'person'?", Error);
    DOCTEST_CHECK_THROWS_AS(table.cell(0, "person"), Error);
    DOCTEST_CHECK_THROWS_AS(Table({"a"}).add({"1", "2"}), Error);
  }

  DOCTEST_TEST_CASE("a file's suffix says its separator") {
    const ScratchFolder scratch;
    write_atomically(scratch.path() / "t.csv", "a,b\n1,2\n");
    write_atomically(scratch.path() / "t.tsv", "a\tb\n1\t2\n");
    DOCTEST_CHECK(read_table(scratch.path() / "t.csv").text(0, "b") == "2");
    DOCTEST_CHECK(read_table(scratch.path() / "t.tsv").text(0, "b") == "2");
    write_atomically(scratch.path() / "UP.CSV", "a,b\n1,2\n");
    DOCTEST_CHECK(read_table(scratch.path() / "UP.CSV").text(0, "b") == "2");
    DOCTEST_CHECK_THROWS_AS(read_table(scratch.path() / "none.tsv"), Error);
    for (const char* text : {"id;Volume, ml;T1w\nx;3,5;a\n", "\n;;\r\nid;Volume, ml;T1w\nx;3,5;a\n",
                             "\xef\xbb\xbf\"id\";\"Volume, ml\";T1w\nx;3,5;a\n",
                             "id,\"Volume, ml\",\"a;b;c;d\"\nx,\"3,5\",a\n"}) {
      DOCTEST_CAPTURE(text);
      write_atomically(scratch.path() / "european.csv", std::string_view(text));
      DOCTEST_CHECK(read_table(scratch.path() / "european.csv").text(0, "Volume, ml") == "3,5");
    }
  }
}

}  // namespace
}  // namespace tazuna
