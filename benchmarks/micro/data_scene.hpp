// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>

#include "data/sample.hpp"

namespace tazuna::benchmarks {

/// A folder of this process that goes when the program ends.
const std::filesystem::path& scratch_folder();

/// Something like a head, [1, D, H, W] float32 whole numbers up to 4000: smooth tissue in an ellipsoid, noise
/// everywhere or (`dark`) nothing around it.
Tensor head(const std::array<int64_t, 3>& size, bool dark);

/// A prepared case with the map "label".
Sample prepared_case(int64_t channels, const std::array<int64_t, 3>& size);

}  // namespace tazuna::benchmarks
