// SPDX-License-Identifier: Apache-2.0
#include "experiment/map_labels.hpp"

#include "tests/experiment/small_bids.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

TaskOptions drawing(const std::string& name, NamedIntegers labels, int64_t ignore = 0) {
  SegmentationOptions options;
  options.name = name;
  options.target = {.map = "aseg", .labels = std::move(labels), .ignore = ignore};
  return {options};
}

std::vector<CasePrint> prints(const std::vector<std::set<int64_t>>& labels) {
  std::vector<CasePrint> all;
  for (const auto& met : labels) {
    CasePrint& print = all.emplace_back();
    print.map_sha256["aseg"] = "x";
    if (!met.empty()) print.labels["aseg"] = met;
  }
  return all;
}

struct Told {
  std::string log, refusal;
};

Told told(const std::vector<CasePrint>& cases, const std::vector<TaskOptions>& tasks,
          const Cohort& cohort = {}) {
  const ScratchFolder folder;
  Problems problems;
  {
    Log log(Verbosity::quiet);
    log.attach(folder.path() / "log.txt");
    compare_labels(cases, tasks, cohort, log, problems);
  }
  return {read_text(folder.path() / "log.txt"), refusal_of([&] { problems.throw_if_any(); })};
}

DOCTEST_TEST_SUITE("experiment/map_labels") {
  DOCTEST_TEST_CASE("labels of no task are one warning a map, with the cases that hold one") {
    const auto cases = prints({{1, 3, 11, 17}, {3, 11, 17}, {3, 11}, {}});
    const Told both = told(cases, {drawing("a", {{"x", 3}}), drawing("b", {{"y", 11}})});
    DOCTEST_CHECK_MESSAGE(says(both.log,
                               "aseg: the labels 1 and 17 (in 2 cases) belong to no task and "
                               "count as background\n"),
                          both.log);
    DOCTEST_CHECK(both.log.find("background") == both.log.rfind("background"));
    DOCTEST_CHECK(both.refusal == "");
    DOCTEST_CHECK(says(told(cases, {drawing("a", {{"x", 3}, {"y", 11}, {"z", 17}})}).log,
                       "the label 1 (in 1 case) belongs to no task and counts as background"));
    DOCTEST_CHECK(told(cases, {drawing("a", {{"x", 3}, {"y", 11}, {"z", 17}}, 1)}).log == "");
  }

  DOCTEST_TEST_CASE("a task none of whose structures is met beside other labels has the wrong ones") {
    const Told wrong = told(prints({{255}, {255}}), {drawing("lesion", {{"lesion", 1}})});
    DOCTEST_CHECK_MESSAGE(says(wrong.refusal,
                               "lesion: target.labels: no case shows any of them in its map "
                               "'aseg', which holds 255;"),
                          wrong.refusal);
    const Told some = told(prints({{3, 5}, {3}}), {drawing("a", {{"x", 3}, {"y", 4}})});
    DOCTEST_CHECK(some.refusal == "");
    DOCTEST_CHECK(says(some.log, "no case shows a: 'y' (label 4) in its map 'aseg'"));
    DOCTEST_CHECK(told(prints({{}, {}}), {drawing("a", {{"x", 3}})}).refusal == "");
    DOCTEST_CHECK(told({CasePrint{}}, {drawing("a", {{"x", 3}})}).log == "");  // its map is told of elsewhere
  }

  DOCTEST_TEST_CASE("only maps whose labels the cohort names are limited to these") {
    const std::vector<TaskOptions> tasks{drawing("a", {{"x", 3}}, 9)};
    DOCTEST_CHECK(labels_of_maps(tasks, {}).empty());
    Cohort named;
    named.labels_of_map["aseg"] = {{"x", 3}, {"y", 4}};
    DOCTEST_CHECK((labels_of_maps(tasks, named) == LabelsOfMaps{{"aseg", {0, 3, 4, 9}}}));
    DOCTEST_CHECK(told(prints({{3, 4}}), tasks, named).log == "");
  }

  DOCTEST_TEST_CASE("a map of many labels trains a task that names one of them, and is scored by it alone") {
    const testing::SmallBids dataset;
    const std::string one =
        "tasks=[{name: thing, kind: segmentation, target: {map: dseg, labels: {thing: 1}}}]";
    std::filesystem::remove(dataset / "derivatives/seg/dseg.tsv");
    const Experiment experiment = dataset.resolved({one});
    const auto task = experiment.make_tasks().front();
    DOCTEST_CHECK(task->outputs() == 2);
    DOCTEST_CHECK(task->foreground_labels() == std::vector<int64_t>{1});
    dataset.map(3, 77);
    const Experiment other = dataset.resolved({one});
    DOCTEST_CHECK(other.digest != experiment.digest);
    DOCTEST_CHECK((other.fingerprint.cases[3].labels.at("dseg") == std::set<int64_t>{1, 77}));
    DOCTEST_CHECK(says(dataset.message({"tasks.0.target.labels={thing: 5}"}),
                       "thing: target.labels: no case shows any of them"));
  }
}

}  // namespace
}  // namespace tazuna
