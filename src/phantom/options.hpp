// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tazuna {

/// What synthetic cohort is wanted; the flags of `tazuna phantom`.
struct PhantomOptions {
  std::string kind = "structural", like = "habenula", field = "3T";
  std::filesystem::path shapes;  ///< folder of real label maps for the small pair; empty: parametric ones
  int64_t subjects = 40, sites = 2;
  double effect = 3.3;            ///< distance of the two groups' latent values, in sd
  std::optional<double> spacing;  ///< mm, around which the subjects' vary; none: the preset's
  int64_t seed = 0;
  double missing = 0;             ///< share of subjects who lack sequences
  std::optional<int64_t> size;    ///< slice: pixels of an edge (96); series: voxels from left to right (16)
  std::optional<int64_t> slices;  ///< of a person (4); slice
  std::optional<int64_t> frames;  ///< of a person (60); series
};

/// What `--kind` can name.
const std::vector<std::string>& phantom_kinds();

/// An Error (usage) that names the flag, its value and what is expected.
void check(const PhantomOptions& options);

/// The flags that repeat the cohort: "--like habenula --field 3T ...". A folder of shapes goes without its
/// parents, so that equal cohorts have equal bytes.
std::string flags_of(const PhantomOptions& options);

}  // namespace tazuna
