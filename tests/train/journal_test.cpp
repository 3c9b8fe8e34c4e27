// SPDX-License-Identifier: Apache-2.0
#include "train/journal.hpp"

#include <cmath>

#include "core/files.hpp"
#include "tables/table.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("train/journal") {
  DOCTEST_TEST_CASE("a run has at most a few hundred rows, its last step and every validation among them") {
    for (const int64_t steps : {1, 7, 199, 1000, 50000}) {
      DOCTEST_CAPTURE(steps);
      const int64_t every = std::max<int64_t>(1, steps / 10);
      int64_t rows = 0;
      for (int64_t done = 1; done <= steps; ++done) {
        rows += row_due(done, steps, every);
        if (validation_due(done, steps, every)) DOCTEST_CHECK(row_due(done, steps, every));
      }
      DOCTEST_CHECK(rows <= std::max<int64_t>(420, steps / 50));
      DOCTEST_CHECK(row_due(steps, steps, 0));
      DOCTEST_CHECK(validation_due(steps, steps, every));
      DOCTEST_CHECK_FALSE(validation_due(steps, steps, 0));
    }
  }

  DOCTEST_TEST_CASE("a row says n/a where nothing was measured, and unknown scores stay out of the table") {
    const ScratchFolder folder;
    {
      Journal journal(folder.path(), {"lesion", "grade"}, {"lesion_dice"}, 0);
      const double none = std::nan("");
      Journal::Row row{.step = 5, .learning_rate = 0.01};
      row.means = {{0.5, none}, 1.25, 0, {none}};
      journal.add(row);
      row = {.step = 10, .learning_rate = 0.005};
      row.means = {{0.25, 2}, none, 5, {-0.5}};
      row.scores = {{"lesion_dice", 0.75}, {"lesion_nsd", 0.5}};
      row.clocks = {2, 0.5, 1};
      journal.add(row);
      journal.sync();
    }
    DOCTEST_CHECK(
        read_text(folder.path() / "journal.csv") ==
        "step,learning_rate,lesion_loss,grade_loss,cos_lesion_grade,grad_norm,skipped_steps,lesion_dice\n"
        "5,0.01,0.5,n/a,n/a,1.25,0,n/a\n"
        "10,0.005,0.25,2,-0.5,n/a,5,0.75\n");
    const Table timing = read_table(folder.path() / "timing.csv");
    DOCTEST_CHECK(timing.number(1, "steps_per_second") == 5);
    DOCTEST_CHECK(timing.number(1, "waiting_seconds") == 0.5);
  }
}
