// SPDX-License-Identifier: Apache-2.0
#include "experiment/pooling.hpp"

namespace tazuna {

void pool_folds(const std::vector<std::filesystem::path>& folds, const std::filesystem::path& out,
                const ScoreNotes& notes) {
  std::vector<CaseScore> rows;
  for (const auto& fold : folds) {
    const auto own = read_scores(fold / "validation" / "cases.tsv");
    rows.insert(rows.end(), own.begin(), own.end());
  }
  write_scores(out, std::move(rows), notes);
}

}  // namespace tazuna
