// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "data/sample.hpp"

namespace tazuna {

/// "T1w holds one value, 0, everywhere" for each of the `sequences` (channels in order) of a prepared case
/// that shows nothing, or "T1w is alike wherever the model looks" where only a part of it was taken (a slice,
/// the box around what is nonzero); "" where there is none. Where no sequence of the case shows anything that
/// is refused, since an empty acquisition has no answer. Reads a file anew only where it looks blank.
std::string blank_remark(const Sample& sample, const std::vector<std::string>& sequences);

}  // namespace tazuna
