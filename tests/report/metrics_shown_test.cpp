// SPDX-License-Identifier: Apache-2.0
#include "report/metrics_shown.hpp"

#include <cmath>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("report/metrics_shown") {
  DOCTEST_TEST_CASE(
      "metrics are called as people call them, with their units; unknown ones keep their name") {
    struct Row {
      const char *column, *unit, *heading;
    };
    for (const auto& [column, unit, name] : {Row{"dice", "", "Dice"},
                                             {"hd95_mm", "", "HD95 (mm)"},
                                             {"auc", "", "AUC"},
                                             {"auc_above_2", "", "AUC for above 2"},
                                             {"auc_glioma", "", "AUC for glioma"},
                                             {"mae_years", "", "MAE (years)"},
                                             {"mae", "years", "MAE (years)"},
                                             {"rmse_ml", "", "RMSE (ml)"},
                                             {"mae_levels", "", "MAE (levels)"},
                                             {"bias", "years", "Bias (years)"},
                                             {"maelstrom", "", "maelstrom"}})
      DOCTEST_CHECK(heading(metric_named(column, unit)) == name);
  }

  DOCTEST_TEST_CASE("errors with a direction show their sign, others do not") {
    DOCTEST_CHECK(shown_value(metric_named("bias_years"), 1.25) == "+1.25");
    DOCTEST_CHECK(shown_value(metric_named("slope"), -0.5) == "−0.500");
    DOCTEST_CHECK(shown_value(metric_named("mae_years"), 1.25) == "1.25");
  }

  DOCTEST_TEST_CASE("the larger a number, the fewer decimals it gets") {
    int before = 9;
    for (const double size : {0.01, 0.5, 5.0, 50.0, 500.0, 5000.0}) {
      DOCTEST_CHECK(digits_for(size) <= before);
      before = digits_for(size);
    }
    DOCTEST_CHECK(digits_for(std::nan("")) == 2);
    DOCTEST_CHECK(p_text(0.0004) == "p < 0.001");
    DOCTEST_CHECK(p_text(0.034) == "p = 0.034");
    DOCTEST_CHECK(p_text(std::nan("")).empty());
  }
}

}  // namespace
}  // namespace tazuna
