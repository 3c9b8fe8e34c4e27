// SPDX-License-Identifier: Apache-2.0
#include "infer/score_text.hpp"

#include <limits>

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("infer/score_text") {
  DOCTEST_TEST_CASE("means are over finite values and n counts them") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<CaseScore> rows{{"a", "t", "lesion", {{"dice", 0.5}, {"hd95_mm", 1}}},
                                      {"b", "t", "lesion", {{"dice", 1.0}, {"hd95_mm", 1e308 * 10}}},
                                      {"c", "t", "lesion", {{"dice", nan}, {"hd95_mm", nan}}},
                                      {"a", "t", "oedema", {{"dice", 0.25}}}};
    const std::string text = score_text(rows);
    DOCTEST_CHECK(text.find("lesion              2     0.7500 ± 0.2500   1.00 ± 0.00") != std::string::npos);
    DOCTEST_CHECK(text.find("oedema              1     0.2500 ± 0.0000   n/a") != std::string::npos);
    DOCTEST_CHECK(text.find("mean Dice of the structures 0.5\n") != std::string::npos);
  }

  DOCTEST_TEST_CASE("without any case there is no mean") {
    DOCTEST_CHECK(score_text({}).find("mean Dice of the structures n/a") != std::string::npos);
  }
}
