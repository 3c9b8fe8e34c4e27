// SPDX-License-Identifier: Apache-2.0
#include "metrics/lesions.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <fstream>
#include <string>

#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A map [1, 1, W] from a line of digits.
Tensor line(const std::string& digits) {
  Tensor labels = at::zeros({1, 1, static_cast<int64_t>(digits.size())}, at::kInt);
  for (size_t i = 0; i < digits.size(); ++i) labels[0][0][static_cast<int64_t>(i)] = digits[i] - '0';
  return labels;
}

DOCTEST_TEST_SUITE("metrics/lesions") {
  DOCTEST_TEST_CASE("lesions are found by one voxel, and what lies on none is false") {
    struct Row {
      const char *predicted, *reference;
      int64_t found, missed, truly, falsely;
    };
    const Row rows[] = {
        {"11000", "01100", 1, 0, 1, 0},      // one shared voxel
        {"11000", "00110", 0, 1, 0, 1},      // side by side is not enough
        {"1111111", "1101011", 3, 0, 1, 0},  // one finds three
        {"1010101", "1111111", 1, 0, 4, 0},  // four find one
        {"1020200", "1020020", 1, 0, 1, 0},  // other labels count for nothing
        {"10001", "10100", 1, 1, 1, 1},     {"00000", "10100", 0, 2, 0, 0}, {"10100", "00000", 0, 0, 0, 2},
    };
    for (const Row& row : rows) {
      DOCTEST_CAPTURE(row.predicted);
      DOCTEST_CAPTURE(row.reference);
      const LesionCounts counts = lesion_counts(line(row.predicted), line(row.reference), 1);
      DOCTEST_CHECK(counts.found == row.found);
      DOCTEST_CHECK(counts.missed() == row.missed);
      DOCTEST_CHECK(counts.true_predicted == row.truly);
      DOCTEST_CHECK(counts.false_predicted() == row.falsely);
    }
  }

  DOCTEST_TEST_CASE(
      "F1 lies between precision and recall, is 0 without a hit and undefined without a lesion") {
    const LesionCounts some{.reference = 4, .found = 3, .predicted = 2, .true_predicted = 1};
    DOCTEST_CHECK(some.precision() == doctest::Approx(0.5));
    DOCTEST_CHECK(some.recall() == doctest::Approx(0.75));
    DOCTEST_CHECK(some.f1() == doctest::Approx(0.6));
    const LesionCounts none, missed{.reference = 2}, invented{.predicted = 3};
    const LesionCounts apart{.reference = 2, .predicted = 3};
    DOCTEST_CHECK(std::isnan(none.f1()));
    DOCTEST_CHECK(std::isnan(none.precision()));
    DOCTEST_CHECK(std::isnan(none.recall()));
    for (const LesionCounts& one : {missed, invented, apart}) DOCTEST_CHECK(one.f1() == 0);
    DOCTEST_CHECK(std::isnan(missed.precision()));
    DOCTEST_CHECK(missed.recall() == 0);
    DOCTEST_CHECK(invented.precision() == 0);
    DOCTEST_CHECK(std::isnan(invented.recall()));
  }

  DOCTEST_TEST_CASE("changing places turns precision into recall") {
    at::manual_seed(5);
    const Tensor a = at::rand({6, 7, 8}).lt(0.06).to(at::kInt), b = at::rand({6, 7, 8}).lt(0.06).to(at::kInt);
    const LesionCounts forth = lesion_counts(a, b, 1), back = lesion_counts(b, a, 1);
    DOCTEST_CHECK(forth.precision() == back.recall());
    DOCTEST_CHECK(forth.recall() == back.precision());
    const LesionCounts same = lesion_counts(a, a, 1);
    DOCTEST_CHECK(same.f1() == 1);
    DOCTEST_CHECK(same.missed() + same.false_predicted() == 0);
  }

  DOCTEST_TEST_CASE("maps of different size are refused") {
    const Tensor map = at::ones({3, 3, 3}, at::kInt);
    DOCTEST_CHECK_THROWS_AS(lesion_counts(map, at::ones({3, 3, 4}, at::kInt), 1), Error);
  }

  DOCTEST_TEST_CASE("counts are those of SciPy's components") {
    const int pairs = 60;
    const ScratchFolder folder;
    if (!run_python("metrics/golden/lesions.py", {folder.path(), std::to_string(pairs)})) return;
    Bytes maps = read_bytes(folder.path() / "maps");
    std::ifstream table(folder.path() / "counts");
    const int64_t voxels = 12 * 14 * 16;
    DOCTEST_REQUIRE(maps.size() == static_cast<size_t>(2 * voxels * pairs));
    for (int64_t pair = 0; pair < pairs; ++pair) {
      LesionCounts theirs;
      table >> theirs.reference >> theirs.found >> theirs.predicted >> theirs.true_predicted;
      DOCTEST_REQUIRE(table);
      const Tensor predicted = at::from_blob(maps.data() + 2 * voxels * pair, {12, 14, 16}, at::kByte);
      const Tensor reference =
          at::from_blob(maps.data() + 2 * voxels * pair + voxels, {12, 14, 16}, at::kByte);
      const LesionCounts ours = lesion_counts(predicted, reference, 2);
      DOCTEST_CHECK(ours.reference == theirs.reference);
      DOCTEST_CHECK(ours.found == theirs.found);
      DOCTEST_CHECK(ours.predicted == theirs.predicted);
      DOCTEST_CHECK(ours.true_predicted == theirs.true_predicted);
    }
  }
}

}  // namespace
}  // namespace tazuna
