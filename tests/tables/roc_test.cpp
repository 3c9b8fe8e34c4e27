// SPDX-License-Identifier: Apache-2.0
#include "tables/roc.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

struct Cases {
  std::vector<double> scores;
  std::vector<uint8_t> positive;
};

/// Scores on a grid of `levels`, so that there are ties.
Cases random_cases(int64_t seed, int64_t size, int64_t levels) {
  Random random({"roc", seed});
  Cases cases;
  for (int64_t i = 0; i < size; ++i) {
    cases.positive.push_back(i % 3 == 0);
    cases.scores.push_back(static_cast<double>(random.below(levels)) + (i % 3 == 0 ? 1 : 0));
  }
  return cases;
}

DOCTEST_TEST_SUITE("tables/roc") {
  DOCTEST_TEST_CASE("the area is the share of pairs in the right order, ties counting one half") {
    for (int64_t seed = 0; seed < 20; ++seed) {
      const Cases cases = random_cases(seed, 40, 6);
      double pairs = 0, right = 0;
      for (size_t i = 0; i < cases.scores.size(); ++i) {
        for (size_t j = 0; j < cases.scores.size(); ++j) {
          if (!cases.positive[i] || cases.positive[j]) continue;
          pairs += 1;
          right += cases.scores[i] > cases.scores[j] ? 1 : cases.scores[i] == cases.scores[j] ? 0.5 : 0;
        }
      }
      DOCTEST_CHECK(area_under_curve(cases.scores, cases.positive).auc == right / pairs);
    }
  }

  DOCTEST_TEST_CASE("only the order of scores counts, and turning them turns the area") {
    const Cases cases = random_cases(1, 50, 9);
    std::vector<double> other, turned;
    for (const double score : cases.scores) {
      other.push_back(std::exp(score / 2));
      turned.push_back(-score);
    }
    const AreaUnderCurve a = area_under_curve(cases.scores, cases.positive);
    const AreaUnderCurve b = area_under_curve(other, cases.positive);
    DOCTEST_CHECK(a.auc == b.auc);
    DOCTEST_CHECK(a.variance == b.variance);
    DOCTEST_CHECK(area_under_curve(turned, cases.positive).auc == doctest::Approx(1 - a.auc));
    DOCTEST_CHECK(a.positives == 17);
    DOCTEST_CHECK(a.negatives == 33);
  }

  DOCTEST_TEST_CASE("the area under the drawn curve is the area, from corner to corner") {
    for (int64_t seed = 0; seed < 5; ++seed) {
      const Cases cases = random_cases(seed, 30, 7);
      const auto curve = roc_curve(cases.scores, cases.positive);
      double area = 0;
      for (size_t i = 1; i < curve.size(); ++i) {
        area += (curve[i].false_positive_rate - curve[i - 1].false_positive_rate) *
                (curve[i].sensitivity + curve[i - 1].sensitivity) / 2;
        DOCTEST_CHECK(curve[i].threshold < curve[i - 1].threshold);
      }
      DOCTEST_CHECK(area == doctest::Approx(area_under_curve(cases.scores, cases.positive).auc));
      DOCTEST_CHECK(curve.front().sensitivity + curve.front().false_positive_rate == 0);
      DOCTEST_CHECK(curve.back().sensitivity + curve.back().false_positive_rate == 2);
    }
  }

  DOCTEST_TEST_CASE("with one class nothing is defined, with one case of a class no interval") {
    const std::vector<double> scores{1, 2, 3};
    const AreaUnderCurve none = area_under_curve(scores, std::vector<uint8_t>{0, 0, 0});
    DOCTEST_CHECK(std::isnan(none.auc));
    DOCTEST_CHECK(std::isnan(none.low));
    DOCTEST_CHECK(std::isnan(average_precision(scores, std::vector<uint8_t>{0, 0, 0})));
    const std::vector<uint8_t> one{0, 0, 1};
    DOCTEST_CHECK(area_under_curve(scores, one).auc == 1);
    DOCTEST_CHECK(std::isnan(area_under_curve(scores, one).high));
    const PairedAreas paired = compare_areas(scores, std::vector<double>{3, 2, 1}, one);
    DOCTEST_CHECK(paired.difference == 1);
    DOCTEST_CHECK(std::isnan(paired.low));
    DOCTEST_CHECK(std::isnan(paired.p));
  }

  DOCTEST_TEST_CASE("a score is no better than itself, and exchanging two exchanges the sign") {
    const Cases a = random_cases(3, 60, 8), b = random_cases(4, 60, 8);
    const PairedAreas same = compare_areas(a.scores, a.scores, a.positive);
    DOCTEST_CHECK(same.difference == 0);
    DOCTEST_CHECK(same.p == 1);
    const PairedAreas there = compare_areas(a.scores, b.scores, a.positive);
    const PairedAreas back = compare_areas(b.scores, a.scores, a.positive);
    DOCTEST_CHECK(there.difference == -back.difference);
    DOCTEST_CHECK(there.p == doctest::Approx(back.p));
    DOCTEST_CHECK(there.low == doctest::Approx(-back.high));
  }

  DOCTEST_TEST_CASE("missing answers, NaN scores and impossible levels are errors") {
    const std::vector<double> scores{1, std::nan("")};
    const std::vector<uint8_t> two{0, 1}, three{0, 1, 1};
    DOCTEST_CHECK_THROWS_WITH_AS(area_under_curve(scores, three), doctest::Contains("2 scores and 3"), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(average_precision(scores, two), doctest::Contains("NaN"), Error);
    DOCTEST_CHECK_THROWS_AS(area_under_curve(std::vector<double>{1, 2}, two, 1), Error);
  }

  DOCTEST_TEST_CASE("areas, precision and curves are scikit-learn's, DeLong's figures those of all pairs") {
    const ScratchFolder folder;
    if (!run_python("tables/golden/roc.py", {folder.path() / "cases.json"})) return;
    const auto cases = nlohmann::json::parse(read_text(folder.path() / "cases.json"));
    DOCTEST_CHECK(cases.size() == 24);
    for (const auto& one : cases) {
      const auto first = one["first"].get<std::vector<double>>(),
                 second = one["second"].get<std::vector<double>>();
      const auto positive = one["positive"].get<std::vector<uint8_t>>();
      const auto close = [&one](double ours, const char* name) {
        DOCTEST_CAPTURE(name);
        DOCTEST_CHECK(std::abs(ours - one[name].get<double>()) < 1e-10);
      };
      const AreaUnderCurve area = area_under_curve(first, positive);
      close(area.auc, "auc");
      close(area.variance, "variance");
      close(area.low, "low");
      close(area.high, "high");
      close(average_precision(first, positive), "average_precision");
      const PairedAreas paired = compare_areas(first, second, positive);
      close(paired.difference, "difference");
      close(paired.p, "p");
      close(paired.low, "paired_low");
      const auto curve = roc_curve(first, positive);
      DOCTEST_REQUIRE(curve.size() == one["sensitivity"].size());
      for (size_t i = 0; i < curve.size(); ++i) {
        DOCTEST_CHECK(curve[i].sensitivity == doctest::Approx(one["sensitivity"][i].get<double>()));
        DOCTEST_CHECK(curve[i].false_positive_rate ==
                      doctest::Approx(one["false_positive_rate"][i].get<double>()));
      }
    }
  }
}

}  // namespace
}  // namespace tazuna
