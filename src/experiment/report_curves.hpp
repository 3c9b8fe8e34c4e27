// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "report/contents.hpp"

namespace tazuna {

/// Collects journals into plots: a plot a column, a line a journal. Losses come first, then what was measured
/// on held-out people, the cosines between the tasks' gradients, the learning rate.
class CurveCollector {
 public:
  /// `trace`: how the captions call the journals, "journal.csv".
  explicit CurveCollector(std::string trace) : trace_(std::move(trace)) {}
  /// Adds the lines of a journal under this name. One that cannot be read is left out with a warning, one
  /// that is not there silently.
  void add(const std::filesystem::path& journal, const std::string& name, std::optional<size_t> colour,
           Log& log);
  /// The plots with at least one line.
  std::vector<CurvePanel> panels() const;

 private:
  struct Column {
    std::string name;
    int order = 0;
    CurvePanel panel;
  };
  CurvePanel& panel_of(Column column);
  std::string trace_;
  std::vector<Column> columns_;
};

}  // namespace tazuna
