// SPDX-License-Identifier: Apache-2.0
#include "train/row_file.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("train/row_file") {
  DOCTEST_TEST_CASE("rows after the step and a row cut short are dropped when the file is taken up again") {
    const ScratchFolder folder;
    const auto file = folder.path() / "journal.csv";
    {
      RowFile rows(file, {"step", "loss"}, 0);
      for (const char* step : {"10", "20", "30"}) rows.add({step, "0.5"});
      rows.sync();
    }
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 6);  // "30,0.5\n" -> "3"
    RowFile(file, {"step", "loss"}, 30).add({"30", "0.25"});
    DOCTEST_CHECK(read_text(file) == "step,loss\n10,0.5\n20,0.5\n30,0.25\n");
    RowFile(file, {"step", "loss"}, 19).add({"20", "0.125"});
    DOCTEST_CHECK(read_text(file) == "step,loss\n10,0.5\n20,0.125\n");
    RowFile(file, {"step", "loss"}, 0);
    DOCTEST_CHECK(read_text(file) == "step,loss\n");
  }

  DOCTEST_TEST_CASE("rows of other columns are refused, not mixed") {
    const ScratchFolder folder;
    const auto file = folder.path() / "journal.csv";
    RowFile(file, {"step", "loss"}, 0).add({"10", "0.5"});
    DOCTEST_CHECK_THROWS_WITH_AS(RowFile(file, {"step", "dice"}, 10), doctest::Contains("other columns"),
                                 Error);
    DOCTEST_CHECK(read_text(file) == "step,loss\n10,0.5\n");
    RowFile rows(file, {"step", "dice"}, 0);
    DOCTEST_CHECK_THROWS_WITH_AS(rows.add({"1"}), doctest::Contains("1 cells for 2 columns"), Error);
  }

  DOCTEST_TEST_CASE("numbers are written shortest, what is not there as n/a") {
    DOCTEST_CHECK(cell_text(0.1) == "0.1");
    DOCTEST_CHECK(cell_text(std::nan("")) == "n/a");
    DOCTEST_CHECK(cell_text(HUGE_VAL) == "inf");
  }
}
