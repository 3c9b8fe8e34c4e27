// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <system_error>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view unfinished_ending = ".tmp";

Error system_error(const fs::path& file, std::string_view doing, int number = errno) {
  return Error(cat(file.string(), ": ", doing, " failed: ", std::generic_category().message(number)));
}

/// An open file that closes itself.
class Handle {
 public:
  Handle(const fs::path& file, int flags)
      : file_(file), number_(::open(file.c_str(), flags | O_CLOEXEC, 0666)) {
    if (number_ >= 0) return;
    if (flags & O_CREAT) throw system_error(file, "making the file");
    throw refused(system_error(file, "opening the file").what());
  }
  ~Handle() { ::close(number_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  size_t size() const {
    struct stat facts {};
    if (::fstat(number_, &facts) != 0) throw system_error(file_, "asking for the size");
    if (S_ISDIR(facts.st_mode)) throw refused(cat(file_.string(), ": is a folder; a file is needed"));
    return static_cast<size_t>(std::max<off_t>(0, facts.st_size));
  }
  /// The number of bytes read; 0 at the end.
  size_t read(std::span<std::byte> into) const {
    for (;;) {
      const ssize_t got = ::read(number_, into.data(), into.size());
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) throw system_error(file_, "reading");
    }
  }
  void write(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t put = ::write(number_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw system_error(file_, "writing");
      bytes = bytes.subspan(static_cast<size_t>(put));
    }
  }
  void sync() const {
    if (::fsync(number_) != 0) throw system_error(file_, "writing to the disk");
  }
  int number() const { return number_; }

 private:
  fs::path file_;
  int number_;
};

/// Makes a rename durable; file systems that cannot sync a folder are left alone.
void sync_folder(const fs::path& folder) {
  const Handle handle(folder, O_RDONLY | O_DIRECTORY);
  if (::fsync(handle.number()) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS) {
    throw system_error(folder, "writing to the disk");
  }
}

void make_folders(const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw system_error(folder, "making the folder", problem.value());
}

fs::path parent_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// Hands the file to `take` piece by piece; `expect` is told its size first.
void read_pieces(const fs::path& file, const std::function<void(size_t)>& expect,
                 const std::function<void(std::span<const std::byte>)>& take) {
  const Handle handle(file, O_RDONLY);
  expect(handle.size());
  Bytes buffer(1 << 18);
  while (const size_t got = handle.read(buffer)) take(std::span(buffer).first(got));
}

/// Names of the entries of `folder`, at most three: enough to decide and to show.
std::vector<std::string> some_entries(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end && names.size() < 3;
       entry.increment(problem)) {
    names.push_back(entry->path().filename().string());
  }
  if (problem) throw system_error(folder, "reading the folder", problem.value());
  return names;
}

}  // namespace

Bytes read_bytes(const fs::path& file) {
  Bytes all;
  read_pieces(
      file, [&](size_t size) { all.reserve(size); },
      [&](std::span<const std::byte> piece) { all.insert(all.end(), piece.begin(), piece.end()); });
  return all;
}

std::string read_text(const fs::path& file) {
  std::string all;
  read_pieces(
      file, [&](size_t size) { all.reserve(size); },
      [&](std::span<const std::byte> piece) {
        all.append(reinterpret_cast<const char*>(piece.data()), piece.size());
      });
  return all;
}

std::string sha256_of_file(const fs::path& file) {
  Sha256 hash;
  read_pieces(
      file, [](size_t) {}, [&](std::span<const std::byte> piece) { hash.add(piece); });
  return hash.hex();
}

void write_atomically(const fs::path& file, std::span<const std::byte> bytes) {
  static std::atomic<uint64_t> counter{0};
  const fs::path folder = parent_of(file);
  make_folders(folder);
  const fs::path beside =
      folder / cat(".", file.filename().string(), ".", ::getpid(), ".", counter++, unfinished_ending);
  try {
    const Handle handle(beside, O_WRONLY | O_CREAT | O_TRUNC);
    handle.write(bytes);
    handle.sync();
    if (::rename(beside.c_str(), file.c_str()) != 0) throw system_error(file, "replacing the file");
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
  sync_folder(folder);
}

void remove_unfinished(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> unfinished;
  for (fs::recursive_directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(".") && name.ends_with(unfinished_ending)) unfinished.push_back(entry->path());
  }
  for (const fs::path& file : unfinished) fs::remove(file, ignored);
}

void write_atomically(const fs::path& file, std::string_view text) {
  write_atomically(file, std::as_bytes(std::span(text)));
}

FileLock::FileLock(const fs::path& file, bool wait) {
  make_folders(parent_of(file));
  handle_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (handle_ < 0) throw system_error(file, "making the lock file");
  while (::flock(handle_, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    const int number = errno;
    ::close(handle_);
    if (number == EWOULDBLOCK) throw refused(cat(file.string(), ": another process is at work here"));
    throw system_error(file, "locking", number);
  }
}

FileLock::~FileLock() {
  ::close(handle_);
}

MappedFile::MappedFile(const fs::path& file) {
  const Handle handle(file, O_RDONLY);
  size_ = handle.size();
  if (size_ == 0) return;
  void* place = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, handle.number(), 0);
  if (place == MAP_FAILED) throw system_error(file, "mapping");
  data_ = static_cast<const std::byte*>(place);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

bool absent_or_empty(const fs::path& folder) {
  std::error_code problem;
  const fs::file_status status = fs::status(folder, problem);
  if (status.type() == fs::file_type::not_found) return true;
  return status.type() == fs::file_type::directory && some_entries(folder).empty();
}

void claim_folder(const fs::path& folder, std::string_view what) {
  const fs::path markers = folder / ".tazuna";
  const fs::path marker = markers / what;
  if (fs::exists(marker)) return;
  if (!absent_or_empty(folder)) {
    if (!fs::is_directory(folder))
      throw refused(cat(folder.string(), " is a file; an output folder is needed"));
    const auto entries = some_entries(folder);
    // A crash between the two steps below leaves an empty marker folder alone in ours.
    const bool begun = entries == std::vector<std::string>{".tazuna"} && fs::is_empty(markers);
    if (!begun) {
      throw refused(cat(folder.string(), " is not empty (", join(entries, ", "),
                        ") and was not made by 'tazuna ", what, "'; choose an empty folder or a new one"));
    }
  }
  make_folders(markers);
  { const Handle made(marker, O_WRONLY | O_CREAT); }
  sync_folder(markers);
}

}  // namespace tazuna
