// SPDX-License-Identifier: Apache-2.0
#include "data/input_digest.hpp"

#include <map>

#include "core/files.hpp"
#include "core/text.hpp"
#include "data/sidecar.hpp"
#include "image/volume.hpp"

namespace tazuna {

std::string input_sha256(const Subject& subject, const std::vector<std::string>& sequences, bool series) {
  std::vector<std::string> parts;
  std::map<std::filesystem::path, std::string> digests;  // a file may hold several sequences
  const auto digest_of = [&digests](const std::filesystem::path& file) {
    std::string& digest = digests[file];
    if (digest.empty()) digest = sha256_of_file(file);
    return digest;
  };
  for (const std::string& sequence : sequences) {
    const auto found = subject.images.find(sequence);
    if (found == subject.images.end()) {
      parts.push_back("n/a");
      continue;
    }
    for (const auto& file : files_of_image(found->second.file))
      parts.push_back(digest_of(file) + found->second.part());
    if (!series) continue;
    if (const auto seconds = sidecar_repetition_time(found->second.file))
      parts.push_back(cat("RepetitionTime ", number_text(*seconds)));
  }
  return parts.size() == 1 ? parts.front() : sha256(join(parts, "\n") + "\n");
}

}  // namespace tazuna
