// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>
#include <iomanip>
#include <limits>
#include <map>
#include <sstream>

#include "core/files.hpp"
#include "image/volume.hpp"
#include "infer/evaluation.hpp"
#include "metrics/overlap.hpp"
#include "metrics/surface.hpp"
#include "tables/table.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr double tolerances[] = {0, 0.7, 1, 2.5};  // those of monai_scores.py

struct Scores {
  double dice = 0, iou = 0, hd95_mm = 0, assd_mm = 0, nsd = 0;
};

/// Two label maps of one grid and what MONAI says of label 2.
struct Pair {
  Tensor predicted, reference;  ///< [D, H, W] uint8
  std::array<double, 3> spacing;
  double tolerance_mm;
  Scores theirs;
};

Pair read_pair(const std::string& line, const Bytes& maps, size_t& offset) {
  std::istringstream words(line);
  std::vector<double> n;
  for (std::string word; words >> word;) n.push_back(std::stod(word));
  DOCTEST_REQUIRE(n.size() == 12);
  const std::vector<int64_t> size{int64_t(n[0]), int64_t(n[1]), int64_t(n[2])};
  const auto voxels = static_cast<size_t>(size[0] * size[1] * size[2]);
  const auto next = [&] {
    DOCTEST_REQUIRE(offset + voxels <= maps.size());
    offset += voxels;
    return at::from_blob(const_cast<std::byte*>(maps.data()) + offset - voxels, size, at::kByte).clone();
  };
  Pair pair{next(), next(), {n[3], n[4], n[5]}, n[6], {n[7], n[8], n[9], n[10], n[11]}};
  const Overlap counts = overlap(pair.predicted, pair.reference, 2);
  if ((counts.predicted == 0) != (counts.reference == 0)) {
    // MONAI leaves cases without reference out, and torch.quantile makes NaN of infinite distances.
    pair.theirs.dice = pair.theirs.iou = 0;
    pair.theirs.hd95_mm = std::numeric_limits<double>::infinity();
  }
  return pair;
}

/// Random pairs on anisotropic grids, some without the structure; none where MONAI is missing.
const std::vector<Pair>& pairs() {
  static const std::vector<Pair> all = [] {
    std::vector<Pair> read;
    const ScratchFolder folder;
    if (!run_python("metrics/golden/monai_scores.py", {folder.path(), "280"})) return read;
    const Bytes maps = read_bytes(folder.path() / "maps");
    std::istringstream table(read_text(folder.path() / "scores"));
    size_t offset = 0;
    for (std::string line; std::getline(table, line);) read.push_back(read_pair(line, maps, offset));
    DOCTEST_REQUIRE(read.size() == 280);
    return read;
  }();
  return all;
}

void check_near(double mine, double expected) {
  if (std::isnan(expected)) {
    DOCTEST_CHECK(std::isnan(mine));
  } else if (std::isinf(expected)) {
    DOCTEST_CHECK(mine == expected);
  } else {
    DOCTEST_CHECK(std::abs(mine - expected) <= 1e-6 * std::max(1.0, std::abs(expected)));
  }
}

void check_near(const Scores& mine, const Scores& expected) {
  check_near(mine.dice, expected.dice);
  check_near(mine.iou, expected.iou);
  check_near(mine.hd95_mm, expected.hd95_mm);
  check_near(mine.assd_mm, expected.assd_mm);
  check_near(mine.nsd, expected.nsd);
}

std::string name_of(size_t number) {
  std::ostringstream name;
  name << "pair_" << std::setw(3) << std::setfill('0') << number;
  return std::move(name).str();
}

void write_pair(const std::filesystem::path& folder, const std::string& name, const Pair& pair) {
  Geometry grid;
  for (size_t axis = 0; axis < 3; ++axis) grid.size[axis] = pair.reference.size(static_cast<int64_t>(axis));
  grid.spacing = pair.spacing;
  write_labels(folder / "predictions" / (name + ".nii"), pair.predicted, grid, {});
  write_labels(folder / "references" / (name + ".nii"), pair.reference, grid, {});
}

DOCTEST_TEST_SUITE("metrics/monai") {
  DOCTEST_TEST_CASE("the random pairs hold empty structures on one side and on both") {
    int undefined = 0, infinite = 0;
    for (const Pair& pair : pairs()) {
      undefined += std::isnan(pair.theirs.dice);
      infinite += std::isinf(pair.theirs.hd95_mm);
    }
    DOCTEST_CHECK((pairs().empty() || (undefined > 3 && infinite > 10)));
  }

  DOCTEST_TEST_CASE("dice, IoU, HD95, ASSD and NSD are MONAI's") {
    for (const Pair& pair : pairs()) {
      const Overlap counts = overlap(pair.predicted, pair.reference, 2);
      const SurfaceScores surface =
          surface_scores(pair.predicted, pair.reference, 2, pair.spacing, pair.tolerance_mm);
      check_near({counts.dice(), counts.iou(), surface.hd95_mm, surface.assd_mm, surface.nsd}, pair.theirs);
    }
  }

  DOCTEST_TEST_CASE("what `evaluate` writes about files of the same pairs is MONAI's too") {
    size_t scored = 0;
    for (const double tolerance : tolerances) {
      const ScratchFolder folder;
      std::map<std::string, const Pair*> written;
      for (size_t i = 0; i < pairs().size(); ++i) {
        if (pairs()[i].tolerance_mm != tolerance) continue;
        write_pair(folder.path(), name_of(i), pairs()[i]);
        written[name_of(i)] = &pairs()[i];
      }
      if (written.empty()) continue;
      EvaluateOptions options;
      options.predictions = folder.path() / "predictions";
      options.reference = folder.path() / "references";
      options.out = folder.path() / "out";
      options.labels = {{"structure", 2}};
      options.tolerance_mm = tolerance;
      Log log(Verbosity::quiet);
      DOCTEST_REQUIRE(evaluate(options, log).failed == 0);
      const Table table = read_table(options.out / "cases.tsv");
      for (size_t row = 0; row < table.rows(); ++row, ++scored) {
        const std::string& name = table.text(row, "case");
        DOCTEST_CAPTURE(name);
        check_near({table.number(row, "dice"), table.number(row, "iou"), table.number(row, "hd95_mm"),
                    table.number(row, "assd_mm"), table.number(row, "nsd")},
                   written.at(name)->theirs);
      }
    }
    DOCTEST_CHECK(scored == pairs().size());
  }
}

}  // namespace
}  // namespace tazuna
