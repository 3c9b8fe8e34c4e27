// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tazuna {

inline size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// The numbers of an attribute of all elements: every cx="…".
inline std::vector<double> attribute_values(const std::string& svg, const std::string& name) {
  std::vector<double> values;
  const std::string start = " " + name + "=\"";
  for (size_t at = svg.find(start); at != std::string::npos; at = svg.find(start, at + 1))
    values.push_back(std::strtod(svg.c_str() + at + start.size(), nullptr));
  return values;
}

/// Points, lines and boxes lie inside the drawing.
inline void expect_inside(const std::string& svg) {
  DOCTEST_REQUIRE(svg.ends_with("</svg>"));
  const size_t box = svg.find("viewBox=\"0 0 ");
  DOCTEST_REQUIRE(box != std::string::npos);
  char* end = nullptr;
  const double width = std::strtod(svg.c_str() + box + 13, &end), height = std::strtod(end, nullptr);
  const auto expect = [&svg](const std::vector<const char*>& names, double most) {
    for (const char* name : names)
      for (const double value : attribute_values(svg, name)) {
        DOCTEST_CHECK_MESSAGE(value >= 0, name);
        DOCTEST_CHECK_MESSAGE(value <= most, name);
      }
  };
  expect({"cx", "x", "x1", "x2"}, width);
  expect({"cy", "y", "y1", "y2"}, height);
}

}  // namespace tazuna
