// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tazuna {

/// The page's style sheet: light and dark as the reader's system wants it, narrow screens, paper.
std::string_view page_style();

/// The page's script: tables sorted by a click on a heading, slices flipped through by a slider. Without it
/// the tables keep their order and the fullest slice is shown.
std::string_view page_script();

}  // namespace tazuna
