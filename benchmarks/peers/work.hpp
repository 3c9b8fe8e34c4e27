// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "benchmarks/micro/scene.hpp"
#include "benchmarks/peers/serve.hpp"

namespace tazuna::benchmarks {

/// A U-Net on random patches.
struct NetworkFlags {
  std::string side = "tazuna";  ///< tazuna | plain | convolutions | convolutions_last (NDHWC)
  bool inference = false;       ///< logits instead of an update
  bool bf16 = false;
  int64_t rows = 2;
  std::array<int64_t, 3> size{64, 64, 64};
  UnetShape shape;
};
Work network_work(const NetworkFlags& flags);

/// Labels on the grid `target` from `logits` of a safetensors file, [K, D, H, W].
Work export_work(const std::filesystem::path& file, const std::array<int64_t, 3>& target);

/// Reads images as float32, one piece each.
Work read_work(const std::vector<std::filesystem::path>& files);

/// Patches out of `image` [C, D, H, W] and `label` [1, D, H, W] of a safetensors file, with nnU-Net's
/// augmentations; `everything`: each is applied to every patch.
struct AugmentFlags {
  std::filesystem::path file;
  std::array<int64_t, 3> patch{40, 56, 40};
  bool everything = false;
  int64_t patches = 10;
};
Work augment_work(const AugmentFlags& flags);

/// HD95, ASSD and NSD of label 1 of `predicted` and `reference`, [D, H, W] integers of a safetensors file.
Work surface_work(const std::filesystem::path& file, const std::array<double, 3>& spacing,
                  double tolerance_mm);

}  // namespace tazuna::benchmarks
