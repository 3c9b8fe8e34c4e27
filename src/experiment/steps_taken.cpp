// SPDX-License-Identifier: Apache-2.0
#include "experiment/steps_taken.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tables/table.hpp"

namespace tazuna {

int64_t steps_taken(const std::filesystem::path& run) {
  const std::filesystem::path file = run / "journal.csv";
  const Table journal = read_table(file);
  if (journal.rows() == 0) throw Error(cat(file.string(), ": has no rows; the training left none"));
  return std::llround(journal.number(journal.rows() - 1, "step"));
}

}  // namespace tazuna
