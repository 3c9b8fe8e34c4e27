// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "data/cohorts/found.hpp"

namespace tazuna {

/// A TSV or CSV table with a row a case. Sequences and label maps are columns that hold paths; a cell that
/// is_missing() is none, and where cases may lack sequences, so is a column that is not there. All other
/// columns are the case's values.
struct TableOptions {
  static constexpr std::string_view kind = "table";
  std::filesystem::path file = {};
  std::string id = {};       ///< column of the case's id; empty: id, participant_id, case, else the first
  std::string person = {};   ///< empty: `person` if there is such a column, else the id's
  std::string session = {};  ///< empty: `session` or session_id if there is such a column
  std::filesystem::path root = {};  ///< of relative paths; empty: the table's folder
};
void describe(Fields& fields, TableOptions& options);

/// All cases, what is wrong with one beside it. Where ids repeat and sessions tell the rows apart, a case is
/// ID_SESSION and the id its person. Refuses missing columns, ids that cannot name a file, cases given twice,
/// a table without rows.
FoundCohort find_cases(const TableOptions& options, const CohortRequest& request);

Cohort read_cohort(const TableOptions& options, const CohortRequest& request, Problems& problems);

}  // namespace tazuna
