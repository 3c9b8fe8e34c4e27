// SPDX-License-Identifier: Apache-2.0
#include "tasks/sides.hpp"

#include <string>
#include <vector>

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

  DOCTEST_TEST_CASE("a list tells sides apart where letters for them alone make two names one") {
    using Names = std::vector<std::string>;
    for (const Names& names :
         {Names{"Hippocampus_L", "Hippocampus_R"}, Names{"L", "R"}, Names{"r", "l"}, Names{"lh", "rh"},
          Names{"other", "R_Thal", "L_Thal"}, Names{"lh.thalamus", "brain stem", "rh.thalamus"},
          Names{"LThalamus", "RThalamus"}, Names{"thalamusL", "thalamusR"},
          Names{"17 Amygdala (L)", "53 Amygdala (R)"}, Names{"rib 1 L", "rib 2 R"},
          Names{"stem", "left lung"}}) {
      DOCTEST_CAPTURE(names.front());
      DOCTEST_CHECK(tell_sides_apart(names));
    }
    for (const Names& names :
         {Names{}, Names{"Hippocampus_L"}, Names{"L1", "L2", "L3"}, Names{"grade II", "grade III"},
          Names{"Hippocampus_L", "Thalamus_R"}, Names{"cell", "cerr"}, Names{"R", "resected"}}) {
      DOCTEST_CAPTURE(names.size());
      DOCTEST_CHECK_FALSE(tell_sides_apart(names));
    }
  }
}
