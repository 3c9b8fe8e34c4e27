// SPDX-License-Identifier: Apache-2.0
#include "data/digests.hpp"

#include "core/files.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/digests") {
  DOCTEST_TEST_CASE(
      "a DICOM folder's digest is that of all its DICOM files, each read once until it changes") {
    const ScratchFolder folder;
    const auto series = folder.path() / "series";
    const std::string mark = std::string(128, '\0') + "DICM";
    write_atomically(series / "a", mark + "one");
    write_atomically(series / "b", mark + "two");
    Digests digests(folder.path() / "digests.json");
    const std::string first = digests.of(series);
    DOCTEST_CHECK(digests.of(series) == first);
    DOCTEST_CHECK(digests.files_read() == 2);
    write_atomically(series / "notes.txt", std::string_view("not an image"));
    DOCTEST_CHECK(digests.of(series) == first);
    write_atomically(series / "b", mark + "three");
    DOCTEST_CHECK(digests.of(series) != first);
    DOCTEST_CHECK(digests.files_read() == 3);
    DOCTEST_CHECK(digests.of(series / "a") == digests.of(series));  // named by one of its files
    DOCTEST_CHECK(digests.of(series / "notes.txt") == sha256_of_file(series / "notes.txt"));
  }
}
