// SPDX-License-Identifier: Apache-2.0
#include "infer/score_text.hpp"

#include <limits>

#include "core/text.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> lines_of(const std::vector<MeanScore>& means) {
  return split_text(score_text(means), '\n');
}

DOCTEST_TEST_SUITE("infer/score_text") {
  DOCTEST_TEST_CASE("a line a structure and metric says mean, interval and what they rest on") {
    const std::vector<MeanScore> means{
        {"t",
         "lesion",
         "dice",
         {.mean = 0.75, .low = 0.51234, .high = 1, .n = 12, .persons = 4, .undefined = 3}},
        {"t", "lesion", "tp", {.mean = 17, .low = 1, .high = 20, .n = 15, .persons = 4}},
        {"t",
         "lesion",
         "hd95_mm",
         {.mean = 1.5, .low = nan, .high = nan, .n = 1, .persons = 1, .infinite = 2}},
        {"t", "Läsion", "dice", {.mean = 0.25, .low = 0.2, .high = 0.3, .n = 2, .persons = 2}}};
    const auto lines = lines_of(means);
    DOCTEST_REQUIRE(lines.size() == 6);
    DOCTEST_CHECK(lines[0] ==
                  "structure  metric     mean     95 % interval   n  persons  undefined  infinite");
    DOCTEST_CHECK(lines[1] ==
                  "lesion     dice     0.7500  0.5123 to 1.0000  12        4          3         0");
    DOCTEST_CHECK(lines[2] ==
                  "lesion     hd95_mm    1.50               n/a   1        1          0         2");
    DOCTEST_CHECK(lines[3] ==
                  "Läsion     dice     0.2500  0.2000 to 0.3000   2        2          0         0");
    DOCTEST_CHECK(lines[4] == "mean Dice of the structures 0.5");
  }

  DOCTEST_TEST_CASE("several tasks have their names in front") {
    const MeanInterval some{.mean = 0.5, .low = 0.25, .high = 0.75, .n = 3, .persons = 3};
    const auto lines = lines_of({{"one", "x", "dice", some}, {"two", "x", "dice", some}});
    DOCTEST_CHECK(lines[0].starts_with("task  structure  metric"));
    DOCTEST_CHECK(lines[1].starts_with("one   x          dice"));
    DOCTEST_CHECK(lines[2].starts_with("two   x          dice"));
  }

  DOCTEST_TEST_CASE("without any case there is no mean, and without any score no text") {
    DOCTEST_CHECK(score_text(std::vector<MeanScore>{}).empty());
    const auto undefined =
        lines_of({{"t", "x", "dice", {.mean = nan, .low = nan, .high = nan, .undefined = 2}}});
    DOCTEST_CHECK(undefined[1] == "x          dice     n/a            n/a  0        0          2         0");
    DOCTEST_CHECK(undefined[2] == "mean Dice of the structures n/a");
  }

  DOCTEST_TEST_CASE("subject tasks have a line a metric, below the structures of the same folder") {
    const ScratchFolder folder;
    DOCTEST_CHECK(score_text(folder.path()).empty());
    write_task_scores(folder.path(),
                      {{"grade", {{"auc", 0.75, 0.5, 1, 12, 11}, {"ppv", nan, nan, nan, 12, 11}}}});
    write_scores(folder.path(), {{"a", "t", "x", {{"dice", 0.5}}}});
    const auto lines = split_text(score_text(folder.path()), '\n');
    DOCTEST_REQUIRE(lines.size() == 7);
    DOCTEST_CHECK(lines[2] == "mean Dice of the structures 0.5");
    DOCTEST_CHECK(lines[3] == "task   metric  value   95 % interval   n  persons");
    DOCTEST_CHECK(lines[4] == "grade  auc     0.750  0.500 to 1.000  12       11");
    DOCTEST_CHECK(lines[5] == "grade  ppv       n/a             n/a  12       11");
  }
}

}  // namespace
}  // namespace tazuna
