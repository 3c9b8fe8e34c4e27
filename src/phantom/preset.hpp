// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "phantom/options.hpp"
#include "phantom/space.hpp"

namespace tazuna {

/// What a voxel's signal is made of. `pair` is the small paired structures and their decoys.
enum class Tissue : uint8_t {
  air,
  scalp,
  skull,
  fluid,
  grey,
  white,
  deep_grey,
  brainstem,
  pair,
  lesion,
  core
};
inline constexpr size_t tissue_count = 11;

/// What a label map can name.
enum class Structure : uint8_t {
  left_pair,
  right_pair,
  left_thalamus,
  right_thalamus,
  ventricles,
  brainstem,
  lesion
};
/// "Left-Habenula".
std::string_view name_of(Structure structure);

/// One kind of image.
struct Sequence {
  std::string name;                           ///< as BIDS selects it: "ce-gadolinium_T1w"
  std::string folder;                         ///< "anat" or "dwi"
  std::array<double, tissue_count> signal{};  ///< by tissue; that of `pair` follows from the noise
  double noise = 0;                           ///< sd
};

/// How the lesions of one person are drawn.
struct LesionRule {
  int64_t least = 1, most = 1;   ///< lesions
  double ml = 10, log_sd = 0.4;  ///< all together: median, and sd of the logarithm
  double core = 0;               ///< radius of the core as a share of the lesion's; 0: none
  /// Centres lie between these shares of the brain's radius, or, where both are 0, at one cerebellopontine
  /// angle.
  double from = 0, to = 0;
};

/// A disease's cohort.
struct Preset {
  std::string name;
  std::vector<Sequence> sequences;
  std::vector<Structure> structures;  ///< label 1, 2, ... of dseg
  Point view_centre, view_size;       ///< what the images show: canonical mm
  double spacing = 1;                 ///< mm, unless another one is asked for
  double pair_contrast = 0;           ///< of the small pair to its surround, in noise sd
  double pair_mm3 = 0;                ///< median volume of a side; 0: there is no pair
  double pair_log_sd = 0.2;           ///< of the logarithm of its volume
  std::optional<LesionRule> lesions;
  std::array<std::string, 2> groups;  ///< the second has smaller pairs, or more lesion
  std::string group_column;  ///< a column that repeats the group under its clinical name; empty: none
  bool rankin = false;       ///< people have an outcome on the modified Rankin scale
};

/// What `--like` can name.
const std::vector<std::string>& preset_names();
/// `field` is 3T or 7T. An Error (usage) for an unknown name of either.
Preset preset_of(const std::string& like, const std::string& field);
/// By `--kind`; what --like says counts for structural heads alone.
Preset preset_of(const PhantomOptions& options);

}  // namespace tazuna
