// SPDX-License-Identifier: Apache-2.0
#include "train/collapse.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// `cases` cases of the classes I and II in turn; `share` is that of class II, plus `lead` where it is the
/// truth.
std::vector<AnsweredCase> answers(size_t cases, double share, double lead = 0) {
  std::vector<AnsweredCase> result;
  for (size_t i = 0; i < cases; ++i) {
    const bool second = i % 2 == 1;
    const double p = share + (second ? lead : -lead);
    result.push_back({"case", "person", second ? "II" : "I",
                      ClassShares{{"I", "II"}, {1 - p, p}, p > 0.5 ? size_t{1} : size_t{0}}});
  }
  return result;
}

}  // namespace

DOCTEST_TEST_SUITE("train/collapse") {
  DOCTEST_TEST_CASE(
      "three validations with one answer for everybody are told once, by name and with remedies") {
    CollapseWatch watch;
    for (int i = 0; i < 2; ++i) DOCTEST_CHECK_FALSE(watch.add("grade", answers(8, 0.1 + 0.1 * i)));
    const auto warning = watch.add("grade", answers(8, 0.4));
    DOCTEST_REQUIRE(warning);
    for (const char* part : {"'grade'", "every case with 'I'", "class_weights", "start", "weight"})
      DOCTEST_CHECK_MESSAGE(warning->find(part) != std::string::npos, *warning);
    DOCTEST_CHECK_FALSE(watch.add("grade", answers(8, 0.4)));
  }

  DOCTEST_TEST_CASE(
      "answers that move from one class to the other are no collapse, nor are those that are better") {
    CollapseWatch watch;
    for (const double share : {0.1, 0.9, 0.1, 0.9})
      DOCTEST_CHECK_FALSE(watch.add("grade", answers(8, share)));
    for (int i = 0; i < 5; ++i) DOCTEST_CHECK_FALSE(watch.add("better", answers(8, 0.5, 0.2)));
  }

  DOCTEST_TEST_CASE("a cross-entropy that stays at chance is told, one on its way down is not") {
    CollapseWatch watch;
    const auto near_chance = [](int i) {
      auto cases = answers(8, 0.5, 0.005 * i);
      std::get<ClassShares>(cases[0].answer).chosen = 1;
      return cases;
    };
    DOCTEST_CHECK_FALSE(watch.add("grade", near_chance(0)));
    DOCTEST_CHECK_FALSE(watch.add("grade", near_chance(1)));
    const auto warning = watch.add("grade", near_chance(0));
    DOCTEST_REQUIRE(warning);
    DOCTEST_CHECK(warning->find("no better than chance (mean cross-entropy 0.693, by chance 0.693)") !=
                  std::string::npos);
    for (const double lead : {0.0, 0.05, 0.1, 0.15})
      DOCTEST_CHECK_FALSE(watch.add("falling", answers(8, 0.5, lead)));
  }

  DOCTEST_TEST_CASE("few cases, one true class and quantities say nothing") {
    CollapseWatch watch;
    std::vector<AnsweredCase> alike = answers(8, 0.1);
    for (auto& one : alike) one.truth = "I";
    std::vector<AnsweredCase> numbers = answers(8, 0.1);
    for (auto& one : numbers) one.answer = Quantity{.value = 1};
    for (int i = 0; i < 5; ++i) {
      DOCTEST_CHECK_FALSE(watch.add("few", answers(4, 0.1)));
      DOCTEST_CHECK_FALSE(watch.add("alike", alike));
      DOCTEST_CHECK_FALSE(watch.add("number", numbers));
    }
  }
}
