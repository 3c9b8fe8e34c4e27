// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/fields.hpp"
#include "data/cohorts/found.hpp"

namespace tazuna {

/// A participants.tsv or sessions.tsv: what it says about each id.
struct ValuesById {
  std::vector<std::string> columns;  ///< without the id's
  std::map<std::string, std::map<std::string, std::string>>
      values;                      ///< by id; what cell_value() calls none is left out
  std::set<std::string> repeated;  ///< ids with more than one row
};

/// Reads such a table; `prefix` ("sub-", "ses-") is put before ids that lack it. Refuses a table without the
/// column `id_column` (empty: case_column of found.hpp) and a row without an id.
ValuesById read_values(const std::filesystem::path& file, const std::string& id_column,
                       const std::string& prefix, const DeclaredWords& declared = {});

/// Foreground label names of a dseg.tsv (columns `index` and `name`), sorted by index. Refuses indices that
/// are no whole numbers from 0 to 32767, and an index or a name given twice.
NamedIntegers read_label_names(const std::filesystem::path& file);

}  // namespace tazuna
