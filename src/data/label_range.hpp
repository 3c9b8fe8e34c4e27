// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tazuna {

/// The greatest label of a map: prepared maps are kept as int16.
inline constexpr int32_t largest_label = 32767;

}  // namespace tazuna
