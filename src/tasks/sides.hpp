// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tazuna {

/// True if a word of the name begins with left or right, in any case: "Left-Hippocampus",
/// "hippocampus_right", "amygdalaLeft"; not "bright lesion" or "cleft". A word begins after anything but a
/// letter, and with a capital after a small letter.
bool names_side(std::string_view name);

/// True if one of the names says a side, or if another word for the side makes one of them another of the
/// list: "Hippocampus_L" and "Hippocampus_R", "lh.thalamus" and "rh.thalamus", "L" and "R". Such a word
/// stands alone, or as a capital in front of a capital and a small letter ("LThalamus"); numbers and what
/// stands between words do not count.
bool tell_sides_apart(const std::vector<std::string>& names);

}  // namespace tazuna
