// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tazuna {

/// A CSV file that grows by rows whose first column is the step, and can be taken up again where a checkpoint
/// stands.
class RowFile {
 public:
  /// Opens or makes `file`. Rows after `step`, and a last row that a crash cut short, are dropped. An Error
  /// if the rows kept have other columns.
  RowFile(std::filesystem::path file, std::vector<std::string> columns, int64_t step);
  ~RowFile();
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;
  /// Adds one row; cells are written as they are. Visible to readers at once.
  void add(const std::vector<std::string>& cells);
  /// Waits until all rows are on the disk.
  void sync();

 private:
  std::filesystem::path path_;
  size_t columns_;
  int handle_ = -1;
};

/// A number as journals write it: shortest text that reads back, NaN as "n/a".
std::string cell_text(double value);

}  // namespace tazuna
