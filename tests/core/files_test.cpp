// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

size_t entries(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// The exit code of a child process that runs `work`.
template <class Work>
int in_child(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

DOCTEST_TEST_SUITE("core/files") {
  DOCTEST_TEST_CASE("what is written is read back, by bytes, text and mapping") {
    const ScratchFolder scratch;
    for (const size_t size : {0, 1, 4096, 1000003}) {
      std::string text(size, 'x');
      for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2654435761u >> 8);
      const fs::path file = scratch.path() / "a" / "b" / cat(size);
      write_atomically(file, text);
      DOCTEST_CHECK(read_text(file) == text);
      DOCTEST_CHECK(read_bytes(file).size() == size);
      DOCTEST_CHECK(sha256_of_file(file) == sha256(text));
      const MappedFile mapped(file);
      DOCTEST_CHECK(sha256(mapped.bytes()) == sha256(text));
      DOCTEST_CHECK(entries(file.parent_path()) >= 1);
    }
    DOCTEST_CHECK(entries(scratch.path() / "a" / "b") == 4);
  }

  DOCTEST_TEST_CASE("a second write replaces the whole file and leaves nothing beside it") {
    const ScratchFolder scratch;
    const fs::path file = scratch.path() / "state";
    write_atomically(file, "a long first version");
    write_atomically(file, "short");
    DOCTEST_CHECK(read_text(file) == "short");
    DOCTEST_CHECK(entries(scratch.path()) == 1);
  }

  DOCTEST_TEST_CASE("a write that fails leaves the old file and nothing beside it") {
    const ScratchFolder scratch;
    const fs::path file = scratch.path() / "state";
    write_atomically(file, "old");
    const int code = in_child([&] {
      const rlimit limit{1000, 1000};  // as a full disk: the write stops in the middle
      ::setrlimit(RLIMIT_FSIZE, &limit);
      std::signal(SIGXFSZ, SIG_IGN);
      try {
        write_atomically(file, std::string(5000, 'n'));
      } catch (const Error& error) {
        return std::string(error.what()).find("writing failed") != std::string::npos ? 7 : 8;
      }
      return 9;
    });
    DOCTEST_CHECK(code == 7);
    DOCTEST_CHECK(read_text(file) == "old");
    DOCTEST_CHECK(entries(scratch.path()) == 1);
    fs::create_directory(scratch.path() / "folder");
    DOCTEST_CHECK_THROWS_AS(write_atomically(scratch.path() / "folder", "text"), Error);
    DOCTEST_CHECK(entries(scratch.path()) == 2);
  }

  DOCTEST_TEST_CASE("a file that cannot be read is named with the system's reason") {
    const ScratchFolder scratch;
    const fs::path missing = scratch.path() / "missing.nii";
    DOCTEST_CHECK_THROWS_WITH_AS(
        read_text(missing),
        cat(missing.string(), ": opening the file failed: No such file or directory").c_str(), Error);
    DOCTEST_CHECK_THROWS_AS(read_bytes(scratch.path()), Error);
    DOCTEST_CHECK_THROWS_AS(MappedFile{missing}, Error);
  }

  DOCTEST_TEST_CASE("only one process at a time holds a lock") {
    const ScratchFolder scratch;
    const fs::path counter = scratch.path() / "counter";
    write_atomically(counter, "0");
    const auto count = [&] {
      for (int i = 0; i < 20; ++i) {
        const FileLock lock(scratch.path() / "lock");
        write_atomically(counter, std::to_string(std::stoi(read_text(counter)) + 1));
      }
      return 0;
    };
    std::vector<std::thread> processes;
    for (int i = 0; i < 3; ++i) processes.emplace_back([&] { DOCTEST_CHECK(in_child(count) == 0); });
    for (std::thread& one : processes) one.join();
    DOCTEST_CHECK(read_text(counter) == "60");
  }

  DOCTEST_TEST_CASE("a lock that is held is refused at once where nobody wants to wait") {
    const ScratchFolder scratch;
    const fs::path file = scratch.path() / "lock";
    {
      const FileLock lock(file);
      DOCTEST_CHECK_THROWS_WITH_AS(FileLock(file, /*wait=*/false),
                                   cat(file.string(), ": another process is at work here").c_str(), Error);
    }
    const FileLock again(file, /*wait=*/false);
  }

  DOCTEST_TEST_CASE("what a killed write left is removed, finished files and the user's own stay") {
    const ScratchFolder scratch;
    for (const char* name :
         {"model.json", ".model.json.12.3.tmp", "state/.a.12.0.tmp", "notes.tmp", ".hidden"})
      write_atomically(scratch.path() / name, "text");
    remove_unfinished(scratch.path());
    remove_unfinished(scratch.path() / "absent");
    DOCTEST_CHECK(entries(scratch.path()) == 4);
    DOCTEST_CHECK(entries(scratch.path() / "state") == 0);
  }

  DOCTEST_TEST_CASE("a folder is claimed when empty or ours and refused when foreign") {
    const ScratchFolder scratch;
    const fs::path ours = scratch.path() / "new" / "out";
    DOCTEST_CHECK(absent_or_empty(ours));
    claim_folder(ours, "predict");
    DOCTEST_CHECK(fs::exists(ours / ".tazuna" / "predict"));
    DOCTEST_CHECK_FALSE(absent_or_empty(ours));
    write_atomically(ours / "case.nii.gz", "voxels");
    DOCTEST_CHECK_NOTHROW(claim_folder(ours, "predict"));
    DOCTEST_CHECK_THROWS_AS(claim_folder(ours, "evaluate"), Error);

    const fs::path foreign = scratch.path() / "foreign";
    write_atomically(foreign / "thesis.tex", "years of work");
    DOCTEST_CHECK_THROWS_WITH_AS(claim_folder(foreign, "predict"), doctest::Contains("thesis.tex"), Error);
    DOCTEST_CHECK_THROWS_AS(claim_folder(foreign / "thesis.tex", "predict"), Error);

    const fs::path begun = scratch.path() / "begun";
    fs::create_directories(begun / ".tazuna");
    DOCTEST_CHECK_NOTHROW(claim_folder(begun, "predict"));
  }
}

}  // namespace
}  // namespace tazuna
