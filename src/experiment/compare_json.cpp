// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/version.hpp"

namespace tazuna {

namespace {

using Json = nlohmann::ordered_json;

Json cell_json(const Table::Cell& cell) {
  return std::visit(
      [](const auto& value) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>) {
          if (!std::isfinite(value)) return nullptr;
        }
        return value;
      },
      cell);
}

Json rows_json(const Table& table) {
  Json rows = Json::array();
  for (size_t i = 0; i < table.rows(); ++i) {
    Json row = Json::object();
    for (const std::string& column : table.columns()) row[column] = cell_json(table.cell(i, column));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::string comparison_json(const ComparisonTables& tables) {
  const Json json{{"tazuna", version()},
                  {"command", tables.command},
                  {"config_sha256", tables.config_sha256},
                  {"device", tables.device},
                  {"threads", tables.threads},
                  {"arms", rows_json(tables.arms)},
                  {"scores", rows_json(tables.scores)},
                  {"comparison", rows_json(tables.comparison)},
                  {"limits", tables.limits}};
  return json.dump(2) + "\n";
}

}  // namespace tazuna
