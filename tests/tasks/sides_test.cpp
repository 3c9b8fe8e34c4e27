// SPDX-License-Identifier: Apache-2.0
#include "tasks/sides.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("tasks/sides") {
  DOCTEST_TEST_CASE("a word that begins with left or right names a side, its letters elsewhere do not") {
    for (const std::string name :
         {"left", "RIGHT", "Left-Hippocampus", "hippocampus_right", "Amygdala (Left)", "amygdalaLeft",
          "LeftAmygdala", "17_left", "rightmost"}) {
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK(names_side(name));
    }
    for (const std::string name : {"", "lesion", "bright lesion", "cleft", "Bright", "upright", "lef", "L"}) {
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK_FALSE(names_side(name));
    }
  }
}
