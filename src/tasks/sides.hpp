// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tazuna {

/// True if a word of the name begins with left or right, in any case: "Left-Hippocampus",
/// "hippocampus_right", "amygdalaLeft"; not "bright lesion" or "cleft". A word begins after anything but a
/// letter, and with a capital after a small letter.
bool names_side(std::string_view name);

}  // namespace tazuna
