// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tasks/task.hpp"

namespace tazuna {

/// The scores as a small table for people: a line a structure with its number of cases and mean ± sd over the
/// finite values of Dice, HD95, ASSD (mm) and NSD; "n/a" where there is none. Ends in a line with the mean of
/// the structures' Dice.
std::string score_text(const std::vector<CaseScore>& rows);

}  // namespace tazuna
