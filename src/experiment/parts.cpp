// SPDX-License-Identifier: Apache-2.0
#include "experiment/parts.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

std::optional<int64_t> whole_number(const std::string& text) {
  int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// Parts begin at the same moment, and one may look while another is about to leave the marker.
void claim_beside_others(const fs::path& out, std::string_view marker) {
  try {
    claim_folder(out, marker);
  } catch (const Error&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    claim_folder(out, marker);
  }
}

}  // namespace

Part parsed_part(const std::string& text) {
  if (text.empty()) return {};
  const std::vector<std::string> numbers = split_text(text, '/');
  const auto index = whole_number(numbers.front()), count = whole_number(numbers.back());
  if (numbers.size() != 2 || !index || !count || *index >= *count)
    throw Error(cat("--batch ", text, ": expected I/N with I from 0 to N-1, for example 0/4"), Fault::usage);
  return {*index, *count};
}

Stay::Stay(const fs::path& out, std::string_view marker, const Part& part)
    : folder_(out / ".tazuna"), part_(part) {
  if (part.whole()) {
    claim_folder(out, marker);
  } else {
    claim_beside_others(out, marker);
  }
  const fs::path file = folder_ / "lock";
  handle_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (handle_ < 0) throw Error(cat(file.string(), ": cannot be opened: ", std::strerror(errno)));
  const int kind = part.whole() ? LOCK_EX : LOCK_SH;
  while (::flock(handle_, kind | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    const int problem = errno;
    ::close(handle_);
    if (problem == EWOULDBLOCK) throw refused(cat(out.string(), ": another process is at work here"));
    throw Error(cat(file.string(), ": cannot be locked: ", std::strerror(problem)));
  }
}

Stay::~Stay() {
  ::close(handle_);
}

std::unique_ptr<FileLock> Stay::turn() const {
  return part_.whole() ? nullptr : std::make_unique<FileLock>(folder_ / "turn", /*wait=*/true);
}

std::unique_ptr<FileLock> Stay::training(size_t number) const {
  if (part_.whole()) return nullptr;
  return std::make_unique<FileLock>(folder_ / cat("training-", number), /*wait=*/false);
}

}  // namespace tazuna
