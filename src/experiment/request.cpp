// SPDX-License-Identifier: Apache-2.0
#include "experiment/request.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "infer/transfer.hpp"

namespace tazuna {

namespace fs = std::filesystem;

fs::path request_file(const fs::path& out) {
  return out / ".tazuna" / "request.yaml";
}

void expect_same_request(const std::string& text, const fs::path& out) {
  if (!fs::exists(request_file(out))) return;
  const auto before = split_text(read_text(request_file(out)), '\n'), now = split_text(text, '\n');
  for (size_t i = 0; i < std::max(before.size(), now.size()); ++i) {
    const std::string was = i < before.size() ? before[i] : "", is = i < now.size() ? now[i] : "";
    if (was == is) continue;
    const auto shown = [](const std::string& line) {
      return trimmed(line.starts_with("# ") ? line.substr(2) : line);
    };
    throw refused(cat(out.string(), ": the run began with another configuration: '", shown(was), "' is now '",
                      shown(is), "'; resume with the same file and the same --set, or start a new run"));
  }
}

void name_weights(TrainOptions& train) {
  if (train.from.empty()) return;
  const fs::path file = weights_file(train.from);
  const std::string found = sha256_of_file(file);
  if (!train.from_sha256.empty() && train.from_sha256 != found) {
    throw refused(cat("train.from_sha256 is ", train.from_sha256, ", but that of ", file.string(), " is ",
                      found, "; give the weights it belongs to, or leave the key out"));
  }
  train.from_sha256 = found;
}

}  // namespace tazuna
