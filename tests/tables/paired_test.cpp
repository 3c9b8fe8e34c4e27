// SPDX-License-Identifier: Apache-2.0
#include "tables/paired.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("tables/paired") {
  DOCTEST_TEST_CASE("turning every difference leaves the p-value and turns the statistic") {
    for (const int64_t size : {5, 30, 100}) {
      Random random({"signed ranks", size});
      std::vector<double> there, back;
      for (int64_t i = 0; i < size; ++i) {
        there.push_back(std::round(4 * random.normal() + 1) / 4);
        back.push_back(-there.back());
      }
      const SignedRank a = signed_rank(there), b = signed_rank(back);
      DOCTEST_CHECK(a.p == b.p);
      DOCTEST_CHECK(a.statistic + b.statistic == static_cast<double>(a.n * (a.n + 1)) / 2);
      DOCTEST_CHECK(a.n + a.zeros == size);
      DOCTEST_CHECK(a.exact == (a.n <= 60));
    }
  }

  DOCTEST_TEST_CASE("n differences of one sign have the smallest exact p, 2 / 2^n") {
    for (int n = 1; n <= 12; ++n) {
      std::vector<double> differences;
      for (int i = 1; i <= n; ++i) differences.push_back(i);
      DOCTEST_CHECK(signed_rank(differences).p == std::min(1.0, std::ldexp(1, 1 - n)));
    }
  }

  DOCTEST_TEST_CASE("zeros alone, and nothing at all, show no difference; NaN is an error") {
    const SignedRank zeros = signed_rank(std::vector<double>{0, 0, 0});
    DOCTEST_CHECK(zeros.p == 1);
    DOCTEST_CHECK(zeros.zeros == 3);
    DOCTEST_CHECK(zeros.n == 0);
    DOCTEST_CHECK(signed_rank({}).p == 1);
    DOCTEST_CHECK_THROWS_AS(signed_rank(std::vector<double>{1, std::nan("")}), Error);
  }

  DOCTEST_TEST_CASE("just above the exact limit the normal approximation is within 0.01") {
    Random random({"limit"});
    std::vector<double> differences;
    for (int i = 0; i < 60; ++i) differences.push_back(random.normal() + 0.3);
    const double exact = signed_rank(differences).p;
    differences.push_back(1e-9);  // the smallest rank: it moves the p-value little
    DOCTEST_CHECK_FALSE(signed_rank(differences).exact);
    DOCTEST_CHECK(signed_rank(differences).p == doctest::Approx(exact).epsilon(0.01));
  }

  DOCTEST_TEST_CASE("Holm keeps the order, never lowers a p-value and leaves NaN uncounted") {
    const std::vector<double> p{0.01, std::nan(""), 0.04, 0.03, 0.9};
    const std::vector<double> adjusted = holm(p);
    DOCTEST_CHECK(adjusted[0] == doctest::Approx(0.04));
    DOCTEST_CHECK(std::isnan(adjusted[1]));
    DOCTEST_CHECK(adjusted[3] == doctest::Approx(0.09));
    DOCTEST_CHECK(adjusted[2] == adjusted[3]);
    DOCTEST_CHECK(adjusted[4] == 0.9);
    DOCTEST_CHECK(holm({}).empty());
  }

  DOCTEST_TEST_CASE("McNemar's test asks both sides alike, and counts cannot be negative") {
    DOCTEST_CHECK(mcnemar(3, 11) == mcnemar(11, 3));
    DOCTEST_CHECK(mcnemar(6, 6) == 1);
    DOCTEST_CHECK_THROWS_WITH_AS(mcnemar(-1, 3), doctest::Contains("-1 and 3"), Error);
  }

  DOCTEST_TEST_CASE("p-values are SciPy's, with ties those of all signs, and Holm's by its definition") {
    const ScratchFolder folder;
    if (!run_python("tables/golden/paired.py", {folder.path() / "cases.json"})) return;
    const auto cases = nlohmann::json::parse(read_text(folder.path() / "cases.json"));
    DOCTEST_CHECK(cases["signed_rank"].size() == 30);
    for (const auto& one : cases["signed_rank"]) {
      const auto differences = one["differences"].get<std::vector<double>>();
      DOCTEST_CAPTURE(differences.size());
      const SignedRank test = signed_rank(differences);
      DOCTEST_CHECK(test.statistic == one["statistic"].get<double>());
      DOCTEST_CHECK(test.zeros == one["zeros"].get<int64_t>());
      DOCTEST_CHECK(test.p == doctest::Approx(one["p"].get<double>()).epsilon(1e-9));
    }
    for (const auto& one : cases["mcnemar"])
      DOCTEST_CHECK(mcnemar(one["first"], one["second"]) ==
                    doctest::Approx(one["p"].get<double>()).epsilon(1e-9));
    for (const auto& one : cases["holm"]) {
      const auto adjusted = holm(one["p"].get<std::vector<double>>());
      for (size_t i = 0; i < adjusted.size(); ++i)
        DOCTEST_CHECK(adjusted[i] == doctest::Approx(one["adjusted"][i].get<double>()));
    }
  }
}

}  // namespace
}  // namespace tazuna
