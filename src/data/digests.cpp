// SPDX-License-Identifier: Apache-2.0
#include "data/digests.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "image/volume.hpp"

namespace tazuna {
namespace {

using Known = std::map<std::string, std::string>;

/// What is remembered; nothing if the file is absent or damaged, since it can be made again.
Known remembered(const std::filesystem::path& memory) {
  if (!std::filesystem::exists(memory)) return {};
  try {
    return nlohmann::json::parse(read_text(memory)).get<Known>();
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

std::string identity_of(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0)
    throw refused(cat(file.string(), ": the file cannot be read: ", std::generic_category().message(errno)));
  return cat(facts.st_size, " ", facts.st_mtim.tv_sec, ".", facts.st_mtim.tv_nsec, " ", facts.st_ino, " ",
             std::filesystem::absolute(file).string());
}

}  // namespace

Digests::Digests(std::filesystem::path memory) : memory_(std::move(memory)), known_(remembered(memory_)) {}

Digests::~Digests() {
  try {
    save();
  } catch (const Error&) {  // a destructor cannot tell; the digests are computed anew next time
  }
}

std::string Digests::of(const std::filesystem::path& file) {
  const auto parts = files_of_image(file);
  if (parts == std::vector{file}) return of_file(file);
  std::string digests;
  for (const auto& part : parts) digests += of_file(part) + "\n";
  return sha256(digests);
}

std::string Digests::of_file(const std::filesystem::path& file) {
  const std::string identity = identity_of(file);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(identity); found != known_.end()) return found->second;
  }
  const std::string digest = sha256_of_file(file);
  const std::lock_guard lock(mutex_);
  ++files_read_;
  known_[identity] = added_[identity] = digest;
  return digest;
}

void Digests::save() {
  const std::lock_guard lock(mutex_);
  if (added_.empty()) return;
  const FileLock alone(memory_.string() + ".lock");
  Known all = remembered(memory_);
  all.insert(added_.begin(), added_.end());
  write_atomically(memory_,
                   nlohmann::json(all).dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
  added_.clear();
}

int64_t Digests::files_read() const {
  const std::lock_guard lock(mutex_);
  return files_read_;
}

}  // namespace tazuna
