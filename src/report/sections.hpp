// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "report/contents.hpp"

namespace tazuna {

/// Parts of the page, each with its heading and an id for links: box plots of Dice and HD95.
std::string distributions_section(const Report& report);
/// Bland-Altman plots of each structure's volume; "" where the table has no volumes.
std::string volumes_section(const Report& report);
/// Learning curves.
std::string curves_section(const Report& report);
/// The cases that are shown; "" without any.
std::string pictures_section(const Report& report);

/// A paragraph of plain text, and one in the smaller type of remarks.
std::string paragraph(const std::string& words);
std::string note(const std::string& words);

}  // namespace tazuna
