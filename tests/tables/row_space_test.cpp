// SPDX-License-Identifier: Apache-2.0
#include "tables/row_space.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Rows of rank `rank` at most.
Rows random_rows(int64_t size, int64_t features, int64_t rank) {
  Random random({"row space", size, features, rank});
  Rows ways;
  for (int64_t k = 0; k < rank; ++k) {
    ways.emplace_back();
    for (int64_t p = 0; p < features; ++p) ways.back().push_back(random.normal());
  }
  Rows rows(static_cast<size_t>(size), std::vector<double>(static_cast<size_t>(features), 1));
  for (auto& row : rows) {
    for (const auto& way : ways) {
      const double share = random.normal();
      for (size_t p = 0; p < row.size(); ++p) row[p] += share * way[p];
    }
  }
  return rows;
}

std::vector<double> standardised(const RowSpace& space, const std::vector<double>& row) {
  std::vector<double> result;
  for (size_t p = 0; p < row.size(); ++p) result.push_back((row[p] - space.centre()[p]) / space.scale()[p]);
  return result;
}

DOCTEST_TEST_SUITE("tables/row_space") {
  DOCTEST_TEST_CASE("lengths and angles of rows are the same in coordinates, of which there are few") {
    struct Shape {
      int64_t size, features, rank;
      size_t most;
    };
    for (const Shape& shape : {Shape{20, 4, 4, 4}, Shape{9, 50, 30, 8}, Shape{12, 40, 3, 4}}) {
      DOCTEST_CAPTURE(shape.features);
      const Rows rows = random_rows(shape.size, shape.features, shape.rank);
      const RowSpace space(rows);
      DOCTEST_CHECK(space.dimensions() <= shape.most);
      DOCTEST_CHECK(space.varying() == static_cast<size_t>(shape.features));
      for (size_t i = 0; i < rows.size(); ++i) {
        for (size_t j = 0; j <= i; ++j) {
          const auto a = standardised(space, rows[i]), b = standardised(space, rows[j]);
          const double here = dot(space.coordinates()[i], space.coordinates()[j], space.dimensions());
          DOCTEST_CHECK(std::abs(here - dot(a, b, a.size())) < 1e-7 * static_cast<double>(shape.features));
        }
      }
    }
  }

  DOCTEST_TEST_CASE("weights of coordinates and of features give every training row the same answer") {
    for (const int64_t features : {5, 60}) {
      const Rows rows = random_rows(10, features, 20);
      const RowSpace space(rows);
      std::vector<double> weights;
      for (size_t k = 0; k < space.dimensions(); ++k) weights.push_back(std::cos(static_cast<double>(k)));
      const std::vector<double> same = space.weights_of(weights);
      DOCTEST_CHECK(same.size() == static_cast<size_t>(features));
      for (size_t i = 0; i < rows.size(); ++i) {
        DOCTEST_CHECK(dot(same, standardised(space, rows[i]), same.size()) ==
                      doctest::Approx(dot(weights, space.coordinates()[i], weights.size())).epsilon(1e-6));
      }
      DOCTEST_CHECK(dot(same, same, same.size()) ==
                    doctest::Approx(dot(weights, weights, weights.size())).epsilon(1e-6));
    }
  }

  DOCTEST_TEST_CASE("a system of equations is solved, and one that is singular refused") {
    const Rows a{{4, 0, 0}, {2, 5, 0}, {-1, 1, 3}};  // the lower triangle
    const std::vector<double> x = solve_positive(a, {3, 1, 2});
    const Rows whole{{4, 2, -1}, {2, 5, 1}, {-1, 1, 3}};
    const std::vector<double> right{3, 1, 2};
    for (size_t i = 0; i < 3; ++i) DOCTEST_CHECK(dot(whole[i], x, 3) == doctest::Approx(right[i]));
    DOCTEST_CHECK_THROWS_WITH_AS(solve_positive({{1, 0}, {1, 1}}, {1, 2}), doctest::Contains("singular"),
                                 Error);
  }
}

}  // namespace
}  // namespace tazuna
