// SPDX-License-Identifier: Apache-2.0
#include "data/text_memory.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

using Texts = std::map<std::string, std::string>;

Texts texts_in(const std::filesystem::path& file) {
  std::error_code ignored;
  if (file.empty() || !std::filesystem::is_regular_file(file, ignored)) return {};
  try {
    return nlohmann::json::parse(read_text(file)).get<Texts>();
  } catch (const nlohmann::json::exception&) {
    return {};
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

TextMemory::TextMemory(std::filesystem::path file) : file_(std::move(file)), known_(texts_in(file_)) {}

std::optional<std::string> TextMemory::find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

void TextMemory::keep(const std::string& key, const std::string& text) {
  const std::lock_guard lock(mutex_);
  known_[key] = added_[key] = text;
}

void TextMemory::save() {
  const std::lock_guard lock(mutex_);
  if (file_.empty() || added_.empty()) return;
  const FileLock alone(file_.string() + ".lock");
  Texts all = texts_in(file_);
  for (const auto& [key, text] : added_) all[key] = text;
  write_atomically(file_, nlohmann::json(all).dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
  added_.clear();
}

std::string identity_of(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0)
    throw refused(cat(file.string(), ": the file cannot be read: ", std::generic_category().message(errno)));
  return cat(facts.st_size, " ", facts.st_mtim.tv_sec, ".", facts.st_mtim.tv_nsec, " ", facts.st_ino, " ",
             std::filesystem::absolute(file).string());
}

}  // namespace tazuna
