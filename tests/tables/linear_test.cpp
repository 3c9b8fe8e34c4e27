// SPDX-License-Identifier: Apache-2.0
#include "tables/linear.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Rows random_rows(int64_t size, int64_t features, int64_t seed = 0) {
  Random random({"linear", size, features, seed});
  Rows rows;
  for (int64_t i = 0; i < size; ++i) {
    rows.emplace_back();
    for (int64_t p = 0; p < features; ++p)
      rows.back().push_back(random.normal() * static_cast<double>(p + 1) + 2);
  }
  return rows;
}

std::vector<int64_t> labels_of(const Rows& rows, int64_t classes) {
  std::vector<int64_t> labels;
  for (size_t i = 0; i < rows.size(); ++i)
    labels.push_back(rows[i][0] > 2.5 ? 1 : static_cast<int64_t>(i) % classes);
  return labels;
}

void check_close(const Rows& ours, const Rows& theirs, double tolerance) {
  DOCTEST_REQUIRE(ours.size() == theirs.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    DOCTEST_REQUIRE(ours[i].size() == theirs[i].size());
    for (size_t k = 0; k < ours[i].size(); ++k)
      DOCTEST_CHECK(std::abs(ours[i][k] - theirs[i][k]) < tolerance);
  }
}

/// Uneven classes against scikit-learn's with equal weights of all classes.
void check_balanced(const Rows& rows, const Rows& asked, int64_t classes, double strength,
                    const nlohmann::json& theirs) {
  const std::vector<int64_t> labels = theirs["labels"];
  std::vector<double> weights;
  for (const double count : theirs["counts"])
    weights.push_back(static_cast<double>(labels.size()) / (static_cast<double>(classes) * count));
  check_close(predict_classes(fit_logistic(rows, labels, classes, strength, weights), asked),
              theirs["logistic"], 2e-4);
  check_close(predict_classes(fit_discriminant(rows, labels, classes, 0.3, weights), asked),
              theirs["discriminant"][0], 1e-6);
  const LinearModel shrunken = fit_discriminant(rows, labels, classes, {}, weights);
  DOCTEST_CHECK(shrunken.strength == doctest::Approx(theirs["shrinkage"].get<double>()).epsilon(1e-8));
  check_close(predict_classes(shrunken, asked), theirs["discriminant"][1], 1e-6);
}

DOCTEST_TEST_SUITE("tables/linear") {
  DOCTEST_TEST_CASE("a weak penalty finds a linear law, a strong one answers the mean") {
    const Rows rows = random_rows(50, 3);
    std::vector<double> targets;
    for (const auto& row : rows) targets.push_back(2 * row[0] - row[2] + 7);
    const auto close = predict_quantity(fit_ridge(rows, targets, 1e-9), rows);
    const auto far = predict_quantity(fit_ridge(rows, targets, 1e9), rows);
    const double mean = std::accumulate(targets.begin(), targets.end(), 0.0) / 50;
    for (size_t i = 0; i < rows.size(); ++i) {
      DOCTEST_CHECK(close[i] == doctest::Approx(targets[i]));
      DOCTEST_CHECK(far[i] == doctest::Approx(mean).epsilon(1e-6));
    }
  }

  DOCTEST_TEST_CASE("other units of a feature, and a constant one more, change no answer") {
    for (const int64_t features : {4, 40}) {
      const Rows rows = random_rows(20, features);
      const std::vector<int64_t> labels = labels_of(rows, 2);
      const std::vector<double> targets(labels.begin(), labels.end());
      Rows other = rows;
      for (auto& row : other) {
        row[1] = row[1] * -1000 + 3;
        row.push_back(17);
      }
      Rows asked = other;
      for (auto& row : asked) row.back() = -5;
      DOCTEST_CAPTURE(features);
      check_close({predict_quantity(fit_ridge(rows, targets, 0.1), rows)},
                  {predict_quantity(fit_ridge(other, targets, 0.1), asked)}, 1e-9);
      check_close(predict_classes(fit_logistic(rows, labels, 2, 0.1), rows),
                  predict_classes(fit_logistic(other, labels, 2, 0.1), asked), 1e-7);
      check_close(predict_classes(fit_discriminant(rows, labels, 2), rows),
                  predict_classes(fit_discriminant(other, labels, 2), asked), 1e-7);
    }
  }

  DOCTEST_TEST_CASE("a logistic regression's slope is zero where it ends") {
    const Rows rows = random_rows(30, 5);
    const std::vector<int64_t> labels = labels_of(rows, 2);
    const LinearModel model = fit_logistic(rows, labels, 2, 0.05);
    const Rows answers = predict_classes(model, rows);
    for (size_t p = 0; p < 6; ++p) {
      double slope = p < 5 ? 0.05 * model.weights[0][p] : 0;
      for (size_t i = 0; i < rows.size(); ++i) {
        const double feature = p < 5 ? (rows[i][p] - model.centre[p]) / model.scale[p] : 1;
        slope += (answers[i][1] - static_cast<double>(labels[i])) * feature / 30;
      }
      DOCTEST_CHECK(std::abs(slope) < 1e-9);
    }
  }

  DOCTEST_TEST_CASE("probabilities sum to one, also of classes that no row shows") {
    const Rows rows = random_rows(12, 3);
    std::vector<int64_t> labels = labels_of(rows, 2);
    for (const LinearModel& model : {fit_logistic(rows, labels, 4, 1), fit_discriminant(rows, labels, 4)}) {
      for (const auto& row : predict_classes(model, random_rows(5, 3, 1))) {
        DOCTEST_CHECK(row.size() == 4);
        DOCTEST_CHECK(std::accumulate(row.begin(), row.end(), 0.0) == doctest::Approx(1));
        for (const double p : row) DOCTEST_CHECK((p >= 0 && p <= 1));
        DOCTEST_CHECK(row[3] < 0.2);
      }
    }
    const LinearModel one = fit_logistic(rows, std::vector<int64_t>(12, 1), 2, 1);
    DOCTEST_CHECK(predict_classes(one, rows)[0][1] == doctest::Approx(12.5 / 13));
  }

  DOCTEST_TEST_CASE("rows that are equal teach how frequent the classes are") {
    const Rows rows(6, {1, 2});
    const std::vector<int64_t> labels{0, 0, 1, 0, 1, 0};
    for (const LinearModel& model : {fit_logistic(rows, labels, 2, 1), fit_discriminant(rows, labels, 2)})
      DOCTEST_CHECK(predict_classes(model, rows)[0][1] == doctest::Approx(1.0 / 3));
    DOCTEST_CHECK(predict_quantity(fit_ridge(rows, std::vector<double>{1, 2, 3, 4, 5, 6}, 1), rows)[0] ==
                  3.5);
  }

  DOCTEST_TEST_CASE("of rows that are equal the weights of classes alone tell; only their ratio counts") {
    const Rows rows(6, {1, 2});
    const std::vector<int64_t> labels{0, 0, 0, 0, 0, 1};
    for (const auto& [weights, second] : std::vector<std::pair<std::vector<double>, double>>{
             {{1, 1}, 1. / 6}, {{7, 7}, 1. / 6}, {{.6, 3}, .5}, {{1, 0}, 0}})
      for (const LinearModel& model :
           {fit_logistic(rows, labels, 2, 1, weights), fit_discriminant(rows, labels, 2, {}, weights)})
        DOCTEST_CHECK(std::abs(predict_classes(model, rows)[0][1] - second) < (second > 0 ? 1e-9 : .1));
    const std::vector<double> three{1, 1, 1}, negative{1, -1}, nothing{0, 0};
    DOCTEST_CHECK_THROWS_WITH_AS(row_weights(labels, 2, three), doctest::Contains("3 weights"), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(row_weights(labels, 2, negative), doctest::Contains("at least 0"), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(row_weights(labels, 2, nothing), doctest::Contains("above 0"), Error);
  }

  DOCTEST_TEST_CASE("what cannot be fitted is told") {
    const Rows rows{{1, 2}, {3, 5}};
    const std::vector<double> targets{1, 2};
    const std::vector<int64_t> labels{0, 1};
    DOCTEST_CHECK_THROWS_WITH_AS(fit_ridge(rows, targets, 0), doctest::Contains("above 0"), Error);
    DOCTEST_CHECK_THROWS_AS(fit_ridge(Rows{}, {}, 1), Error);
    DOCTEST_CHECK_THROWS_AS(fit_ridge(Rows{{1}, {1, 2}}, targets, 1), Error);
    DOCTEST_CHECK_THROWS_AS(fit_ridge(Rows{{1}, {std::nan("")}}, targets, 1), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(fit_ridge(rows, std::vector<double>{1}, 1), doctest::Contains("1 targets"),
                                 Error);
    DOCTEST_CHECK_THROWS_AS(fit_logistic(rows, labels, 1, 1), Error);
    DOCTEST_CHECK_THROWS_AS(fit_discriminant(rows, labels, 2, 1.5), Error);
    const LinearModel quantity = fit_ridge(rows, targets, 1);
    DOCTEST_CHECK_THROWS_AS(predict_classes(quantity, rows), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(predict_quantity(quantity, Rows{{1}}), doctest::Contains("a row of 1"),
                                 Error);
  }

  DOCTEST_TEST_CASE("answers are scikit-learn's, with more rows than features and with fewer") {
    const ScratchFolder folder;
    if (!run_python("tables/golden/linear.py", {folder.path() / "cases.json"})) return;
    const auto cases = nlohmann::json::parse(read_text(folder.path() / "cases.json"));
    DOCTEST_CHECK(cases.size() == 5);
    for (const auto& one : cases) {
      const Rows rows = one["rows"], asked = one["new"];
      const std::vector<int64_t> labels = one["labels"];
      const std::vector<double> targets = one["targets"];
      const double strength = one["strength"];
      const int64_t classes = one["classes"];
      DOCTEST_CAPTURE(rows.size());
      DOCTEST_CAPTURE(strength);
      const LinearModel ridge = fit_ridge(rows, targets, strength);
      check_close({predict_quantity(ridge, asked)}, {one["ridge"].get<std::vector<double>>()}, 1e-7);
      check_close(ridge.weights, {one["ridge_weights"].get<std::vector<double>>()}, 1e-7);
      check_close(predict_classes(fit_logistic(rows, labels, classes, strength), asked), one["logistic"],
                  2e-4);
      const LinearModel shrunken = fit_discriminant(rows, labels, classes);
      DOCTEST_CHECK(shrunken.strength == doctest::Approx(one["shrinkage"].get<double>()).epsilon(1e-8));
      check_close(predict_classes(fit_discriminant(rows, labels, classes, 0.3), asked),
                  one["discriminant"][0], 1e-6);
      check_close(predict_classes(shrunken, asked), one["discriminant"][1], 1e-6);
      check_balanced(rows, asked, classes, strength, one["balanced"]);
    }
  }
}

}  // namespace
}  // namespace tazuna
