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
                                 "column 'name', row 0: expected a number, but got 'x'", Error);
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

  DOCTEST_TEST_CASE("line ends of Windows, a byte order mark and empty lines change nothing") {
    const Table table = read_table("\xef\xbb\xbfid,age\r\n\r\na,3\r\nb,4", ',', "t");
    DOCTEST_CHECK(table.columns() == std::vector<std::string>{"id", "age"});
    DOCTEST_REQUIRE(table.rows() == 2);
    DOCTEST_CHECK(table.text(1, "age") == "4");
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
    DOCTEST_CHECK_THROWS_AS(read_table(scratch.path() / "none.tsv"), Error);
  }
}

}  // namespace
}  // namespace tazuna
