// SPDX-License-Identifier: Apache-2.0
#include "infer/folders.hpp"

#include "core/files.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

DOCTEST_TEST_SUITE("infer/folders") {
  DOCTEST_TEST_CASE(
      "a link round in a circle is no folder and cannot be read; what is not there is no hurt") {
    const ScratchFolder folder;
    const fs::path circle = folder.path() / "circle";
    fs::create_symlink("circle", circle);
    DOCTEST_CHECK_FALSE(is_folder(circle));
    DOCTEST_CHECK(unreadable(circle) != "");
    DOCTEST_CHECK(
        says(refusal_of([&] { expect_readable(circle); }), circle.string() + ": it cannot be read ("));
    DOCTEST_CHECK_FALSE(is_folder(folder.path() / "gone"));
    for (const fs::path& path : {folder.path(), folder.path() / "gone"})
      DOCTEST_CHECK(unreadable(path) == "");
  }

  DOCTEST_TEST_CASE("entries come in order, links to nothing among them, hidden ones do not") {
    const ScratchFolder folder;
    for (const char* name : {"b.nii", "a/x.nii", ".snapshot/y.nii"})
      write_atomically(folder.path() / name, std::string_view("x"));
    fs::create_symlink("nowhere", folder.path() / "c.nii");
    DOCTEST_CHECK(entries_of(folder.path()) == std::vector<fs::path>{folder.path() / "a",
                                                                     folder.path() / "b.nii",
                                                                     folder.path() / "c.nii"});
  }

  DOCTEST_TEST_CASE("a folder cannot be read that may not be listed, or may be listed but not entered") {
    const ScratchFolder folder;
    const fs::path closed = folder.path() / "closed";
    fs::create_directory(closed);
    for (const fs::perms left : {fs::perms::owner_exec, fs::perms::owner_read}) {
      fs::permissions(closed, left);
      if (unreadable(closed).empty()) {
        DOCTEST_MESSAGE("permissions do not bind this user; nothing is tested");
        break;
      }
      DOCTEST_CHECK(says(refusal_of([&] { entries_of(closed); }), "closed: it cannot be read ("));
    }
    fs::permissions(closed, fs::perms::owner_all);
  }
}

}  // namespace
}  // namespace tazuna
