// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/contents.hpp"

namespace tazuna {

/// What every page has.
struct PageFrame {
  std::string title, lead;  ///< plain
  std::string opening;      ///< markup between lead and contents
  std::vector<std::pair<std::string, std::string>>
      contents;      ///< ids of headings and how the contents call them
  std::string body;  ///< markup
};
/// The whole HTML file: style and script inside, nothing fetched; of `contents` those whose heading the body
/// has.
std::string framed(const PageFrame& frame);

/// A list of facts; `style` is a CSS class.
std::string facts_list(const std::vector<Fact>& facts, const std::string& style);
/// A number that stands out, lines below it; all are plain texts.
std::string tile(const std::string& name, const std::string& value, const std::vector<std::string>& lines);
/// What the figures do not say, and how the page was made.
std::string limits_section(const std::vector<std::string>& limits, const std::vector<Fact>& environment);

}  // namespace tazuna
