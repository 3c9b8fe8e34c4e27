// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/bids_tables.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/label_range.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {}  // namespace

ValuesById read_values(const std::filesystem::path& file, const std::string& column_of_id,
                       const std::string& prefix, const DeclaredWords& declared) {
  const Table table = read_table(file);
  const std::string id_column = column_of_id.empty() ? case_column(table.columns()) : column_of_id;
  return within(file.string(), [&] {
    if (!table.has(id_column))
      throw refused(cat("there is no column '", id_column, "'; it has ", join(table.columns(), ", ")));
    ValuesById result;
    for (const std::string& column : table.columns())
      if (column != id_column) result.columns.push_back(column);
    for (size_t row = 0; row < table.rows(); ++row) {
      std::string id = trimmed(table.text(row, id_column));
      if (id.empty()) throw refused(cat("line ", table.line(row), " has no ", id_column));
      if (!id.starts_with(prefix)) id = prefix + id;
      const auto [place, is_new] = result.values.try_emplace(id);
      if (!is_new) {
        result.repeated.insert(id);
        continue;
      }
      for (const std::string& column : result.columns)
        if (std::string value = cell_value(table.text(row, column), column, declared); !value.empty())
          place->second[column] = std::move(value);
    }
    return result;
  });
}

NamedIntegers read_label_names(const std::filesystem::path& file) {
  const Table table = read_table(file);
  return within(file.string(), [&] {
    std::map<int64_t, std::string> names;
    std::set<std::string> known;
    for (size_t row = 0; row < table.rows(); ++row) {
      const double index = table.number(row, "index");
      const std::string name = trimmed(table.text(row, "name"));
      if (!(index >= 0 && index <= largest_label) || index != std::floor(index))
        throw refused(cat("line ", table.line(row), ": the index '", table.text(row, "index"),
                          "' is no whole number from 0 to ", largest_label));
      if (name.empty()) throw refused(cat("line ", table.line(row), ": the label ", index, " has no name"));
      if (!names.emplace(static_cast<int64_t>(index), name).second)
        throw refused(cat("the index ", index, " stands there twice; the second is '", name, "'"));
      if (!known.insert(name).second)
        throw refused(cat("the name '", name, "' stands there twice; the second has the index ", index));
    }
    NamedIntegers labels;
    for (const auto& [label, name] : names)
      if (label != 0) labels.emplace_back(name, label);
    return labels;
  });
}

}  // namespace tazuna
