// SPDX-License-Identifier: Apache-2.0
#include "train/row_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

// The step of a row, or -1 for a row that does not begin with a number.
int64_t step_of(std::string_view row) {
  int64_t step = -1;
  std::from_chars(row.data(), row.data() + row.size(), step);
  return step;
}

// The header and the rows up to `step`; stops at the first line that lacks its end.
std::string rows_until(const std::string& text, const std::string& header, int64_t step,
                       const std::filesystem::path& file) {
  std::string kept = header;
  size_t begin = text.find('\n');
  if (begin == std::string::npos) return kept;
  const bool same_columns = text.substr(0, begin + 1) == header;
  for (++begin; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;
    const std::string row = text.substr(begin, end + 1 - begin);
    if (step_of(row) > step) break;
    if (!same_columns)
      throw refused(cat(file.string(), ": has other columns than this run writes: ", trimmed(header)));
    kept += row;
    begin = end + 1;
  }
  return kept;
}

Error failure(const std::filesystem::path& file, const char* what) {
  return Error(cat(file.string(), ": cannot be ", what, ": ", std::strerror(errno)));
}

}  // namespace

RowFile::RowFile(std::filesystem::path file, std::vector<std::string> columns, int64_t step)
    : path_(std::move(file)), columns_(columns.size()) {
  const std::string header = join(columns, ",") + "\n";
  const std::string before = std::filesystem::exists(path_) ? read_text(path_) : "";
  write_atomically(path_, std::string_view(rows_until(before, header, step, path_)));
  handle_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (handle_ < 0) throw failure(path_, "opened");
}

RowFile::~RowFile() {
  close(handle_);
}

void RowFile::add(const std::vector<std::string>& cells) {
  if (cells.size() != columns_) {
    throw Error(cat(path_.string(), ": a row of ", cells.size(), " cells for ", columns_, " columns"));
  }
  const std::string row = join(cells, ",") + "\n";
  for (size_t done = 0; done < row.size();) {
    const ssize_t written = write(handle_, row.data() + done, row.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw failure(path_, "written");
    done += static_cast<size_t>(written);
  }
}

void RowFile::sync() {
  if (fsync(handle_) != 0) throw failure(path_, "written to the disk");
}

std::string cell_text(double value) {
  return std::isnan(value) ? "n/a" : number_text(value);
}

}  // namespace tazuna
