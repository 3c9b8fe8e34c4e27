// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_summary.hpp"

#include <cmath>

#include "tests/report/comparison_example.hpp"
#include "tests/report/svg_places.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

DOCTEST_TEST_SUITE("report/comparison_summary") {
  DOCTEST_TEST_CASE("an interval says better, worse, or nothing, with the metric's direction") {
    struct Row {
      const char* metric;
      double low, high;
      Outcome outcome;
    };
    for (const auto& [metric, low, high, outcome] :
         std::vector<Row>{{"dice", 0.01, 0.05, Outcome::better},
                          {"dice", -0.05, -0.01, Outcome::worse},
                          {"dice", -0.01, 0.05, Outcome::open},
                          {"dice", 0, 0, Outcome::open},
                          {"dice", nan, nan, Outcome::undefined},
                          {"mae_years", 0.01, 0.05, Outcome::worse},
                          {"mae_years", -2, -1, Outcome::better}})
      DOCTEST_CHECK(outcome_of(made_pair("t", "-", metric, "a", "b", low, high)) == outcome);
  }

  DOCTEST_TEST_CASE(
      "pairs are of the joint network and one task alone, of a further network, or of a control") {
    const Comparison comparison = made_comparison();
    const auto kind = [&](const char* arm, const char* reference) {
      return pair_kind(comparison, made_pair("grade", "-", "auc", arm, reference, 0, 1));
    };
    DOCTEST_CHECK((kind("joint", "grade") == PairKind::together));
    DOCTEST_CHECK((kind("uncertainty", "joint") == PairKind::further));
    DOCTEST_CHECK((kind("joint", "volumes") == PairKind::control));
  }

  DOCTEST_TEST_CASE("the verdict counts what came out, worse as plainly as better, and nothing else") {
    Comparison comparison = made_comparison();
    DOCTEST_CHECK(count(verdict_of(comparison), "cannot be said here") == 1);
    comparison.pairs = {made_pair("lesion", "core", "dice", "joint", "lesion", -0.01, 0.02)};
    DOCTEST_CHECK(
        count(verdict_of(comparison), "No difference could be shown in the one paired comparison") == 1);
    comparison.pairs.push_back(made_pair("grade", "-", "auc", "joint", "grade", -0.2, -0.1));
    comparison.pairs.push_back(made_pair("age", "-", "mae_years", "joint", "age", -0.2, -0.1));
    comparison.pairs.push_back(
        made_pair("grade", "-", "accuracy", "joint", "grade", 0.1, 0.2));  // no main metric
    comparison.pairs.push_back(made_pair("grade", "-", "auc", "joint", "volumes", 0.1, 0.2));  // no network
    DOCTEST_CHECK(
        count(verdict_of(comparison),
              "Of 3 paired comparisons with networks that learned one task alone (Dice, AUC, mean absolute "
              "error): better together in 1, worse in 1, no difference could be shown in 1.") == 1);
  }

  DOCTEST_TEST_CASE(
      "a finding gives both values, difference, interval, persons and p, and says what they show") {
    Comparison comparison = made_comparison();
    comparison.pairs = {made_pair("lesion", "core", "dice", "joint", "lesion", -0.01, 0.02),
                        made_pair("lesion", "rim", "dice", "joint", "lesion", 0.01, 0.03),
                        made_pair("age", "-", "mae_years", "joint", "age", 0.1, 0.2)};
    const auto findings = findings_of(comparison, PairKind::together, true);
    DOCTEST_REQUIRE(findings.size() == 3);
    DOCTEST_CHECK(
        findings[0] ==
        "Dice of core (lesion): 0.705 together, 0.700 alone; difference +0.005 (95 % interval −0.010 to "
        "+0.020, 40 persons, p = 0.40): no difference could be shown.");
    DOCTEST_CHECK(count(findings[1], "p = 0.010): better together.") == 1);
    DOCTEST_CHECK(count(findings[2], "MAE (years) of age") == 1);
    DOCTEST_CHECK(count(findings[2], "lower is better: worse together.") == 1);
    DOCTEST_CHECK(findings_of(comparison, PairKind::together, false).empty());
    DOCTEST_CHECK(findings_of(comparison, PairKind::control, true).empty());
  }

  DOCTEST_TEST_CASE("a difference that Holm's correction takes away is said to be so") {
    Comparison comparison = made_comparison();
    comparison.pairs = {made_pair("lesion", "core", "dice", "joint", "lesion", 0.01, 0.02)};
    comparison.pairs[0].p = 0.03;
    comparison.pairs[0].p_holm = 0.06;
    DOCTEST_CHECK(count(findings_of(comparison, PairKind::together, true)[0],
                        "better together, which does not stand up to Holm's correction (p = 0.060).") == 1);
    DOCTEST_CHECK(
        count(verdict_of(comparison), "better together in 1 (1 of them not after Holm's correction)") == 1);
    comparison.pairs[0].p = 0.06;  // the interval and the test disagree: the interval decides
    DOCTEST_CHECK_FALSE(falls_to_holm(comparison.pairs[0]));
    comparison.pairs[0].p_holm = 0.12;  // nothing was below 0.05 that the correction could take away
    DOCTEST_CHECK_FALSE(falls_to_holm(comparison.pairs[0]));
  }

  DOCTEST_TEST_CASE("many structures share a sentence that names those that differ") {
    Comparison comparison = made_comparison();
    for (int i = 0; i < 10; ++i) {
      const double middle = i == 3 ? 0.05 : i == 7 ? -0.04 : 0.001;
      comparison.pairs.push_back(
          made_pair("lesion", cat("s", i), "dice", "joint", "lesion", middle - 0.01, middle + 0.01));
    }
    const auto findings = findings_of(comparison, PairKind::together, true);
    DOCTEST_REQUIRE(findings.size() == 1);
    DOCTEST_CHECK(
        findings[0] ==
        "Dice of the 10 structures of lesion: better together in 1 (s3), worse together in 1 (s7), no "
        "difference could be shown in 8; differences from −0.040 to +0.050.");
  }

  DOCTEST_TEST_CASE("a control that does better is said to do so") {
    Comparison comparison = made_comparison();
    comparison.pairs = {made_pair("grade", "-", "auc", "joint", "volumes", -0.2, -0.1)};
    const auto findings = findings_of(comparison, PairKind::control, true);
    DOCTEST_REQUIRE(findings.size() == 1);
    DOCTEST_CHECK(count(findings[0], "0.550 joint, 0.700 volumes") == 1);
    DOCTEST_CHECK(count(findings[0], "joint was worse.") == 1);
  }

  DOCTEST_TEST_CASE("an undefined interval decides nothing") {
    Comparison comparison = made_comparison();
    comparison.pairs = {made_pair("lesion", "core", "dice", "joint", "lesion", nan, nan)};
    DOCTEST_CHECK(count(findings_of(comparison, PairKind::together, true)[0], "nothing can be said") == 1);
    DOCTEST_CHECK(count(verdict_of(comparison), "not to be compared in 1") == 1);
  }
}

}  // namespace
}  // namespace tazuna
