// SPDX-License-Identifier: Apache-2.0
#include "data/large_grids.hpp"

#include "core/files.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// Ten cases of 10x14x12 voxels of 1 mm, the first of which have voxels of `spacing`.
std::vector<CasePrint> cases(int wrong, std::array<double, 3> spacing) {
  std::vector<CasePrint> all;
  for (int i = 0; i < 10; ++i) {
    CasePrint& print = all.emplace_back();
    print.id = "s" + std::to_string(i);
    print.cropped_size = {10, 14, 12};
    print.spacing = i < wrong ? spacing : std::array<double, 3>{1, 1, 1};
  }
  return all;
}

std::string told(const std::vector<CasePrint>& prints, const GridRequest& request) {
  const ScratchFolder folder;
  {
    Log log(Verbosity::quiet);
    log.attach(folder.path() / "log.txt");
    expect_usual_grids(prints, request, log);
  }
  return read_text(folder.path() / "log.txt");
}

}  // namespace

DOCTEST_TEST_SUITE("data/large_grids") {
  DOCTEST_TEST_CASE(
      "a case of ten times the median's voxels is usual, one of more is named with its voxels") {
    DOCTEST_CHECK(told({}, {}).empty());
    DOCTEST_CHECK(told(cases(1, {1, 2, 5}), {}).empty());
    const std::string log = told(cases(1, {100, 100, 100}), {.free = 1e11});
    DOCTEST_CHECK_MESSAGE(says(log,
                               "s0: its voxels of 100x100x100 mm (z, y, x) would become 1000x1400x1200 "
                               "voxels of the working grid, 1000000 times the median case; is its "
                               "header right?"),
                          log);
    DOCTEST_CHECK_FALSE(says(log, "s1"));
  }

  DOCTEST_TEST_CASE("of many only three are named, and the others counted") {
    const std::string log = told(cases(4, {3, 3, 3}), {});
    DOCTEST_CHECK(says(log, "s2: its voxels of 3x3x3 mm"));
    DOCTEST_CHECK_FALSE(says(log, "s3"));
    DOCTEST_CHECK_MESSAGE(says(log, "1 more case would have more than 10 times"), log);
  }

  DOCTEST_TEST_CASE("across a slice its thickness does not count") {
    std::vector<CasePrint> slices = cases(1, {100, 1, 1});
    for (CasePrint& print : slices) print.cropped_size[0] = 1;
    DOCTEST_CHECK(told(slices, {}).empty());
  }

  DOCTEST_TEST_CASE("a grid that does not fit the free memory is refused by name") {
    const GridRequest request{.bytes_a_voxel = 8, .free = 13e9};  // 1.68e9 voxels
    const std::string refusal = refusal_of([&] { told(cases(1, {100, 100, 100}), request); });
    DOCTEST_CHECK_MESSAGE(says(refusal, "s0: its voxels of 100x100x100 mm"), refusal);
    DOCTEST_CHECK_MESSAGE(says(refusal, "takes 13.4 GB where 13 GB are free"), refusal);
    DOCTEST_CHECK(refusal_of([&] { told(cases(0, {1, 1, 1}), {.free = 1}); }) == "");
  }
}
