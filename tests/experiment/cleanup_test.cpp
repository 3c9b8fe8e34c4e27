// SPDX-License-Identifier: Apache-2.0
#include "experiment/cleanup.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/files.hpp"
#include "image/volume.hpp"
#include "infer/case_outputs.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

const double nan = std::nan("");

/// Three folds of two persons each, before and after.
std::vector<CleanedDice> six(const std::array<std::array<double, 2>, 6>& dice) {
  std::vector<CleanedDice> cases;
  for (size_t i = 0; i < 6; ++i)
    cases.push_back({i / 2, "person " + std::to_string(i), dice[i][0], dice[i][1]});
  return cases;
}

struct Row {
  const char* what;
  std::array<std::array<double, 2>, 6> dice;
  bool keep;
  std::vector<bool> folds;
};

DOCTEST_TEST_SUITE("experiment/cleanup") {
  DOCTEST_TEST_CASE("the largest component is kept alone where the mean rises and most who change improve") {
    const Row rows[] = {
        {"all improve",
         {{{.5, .6}, {.5, .6}, {.5, .6}, {.5, .6}, {.5, .6}, {.5, .6}}},
         true,
         {true, true, true}},
        {"nothing changes",
         {{{.5, .5}, {.5, .5}, {.5, .5}, {.5, .5}, {.5, .5}, {.5, .5}}},
         false,
         {false, false, false}},
        {"one gains much, two lose a little",
         {{{.1, .9}, {.5, .49}, {.5, .49}, {.5, .5}, {.5, .5}, {.5, .5}}},
         false,
         {false, false, false}},
        {"two gain a little, one loses much",
         {{{.5, .51}, {.5, .51}, {.9, .1}, {.5, .5}, {.5, .5}, {.5, .5}}},
         false,
         {false, true, false}},
        {"an undefined case takes no part",
         {{{nan, nan}, {.5, .6}, {.5, .6}, {.5, .5}, {.5, .5}, {nan, nan}}},
         true,
         {true, true, true}},
    };
    for (const Row& row : rows) {
      DOCTEST_CAPTURE(row.what);
      const LearntCleanup learnt = decide_cleanup(six(row.dice), 3);
      DOCTEST_CHECK(learnt.keep_largest == row.keep);
      DOCTEST_CHECK(learnt.folds == row.folds);
    }
  }

  DOCTEST_TEST_CASE("a fold's own cases do not decide for it, and the nested mean follows the decisions") {
    auto cases = six({{{.5, .51}, {.5, .51}, {.9, .1}, {.5, .4}, {.5, .5}, {.5, .5}}});
    const LearntCleanup learnt = decide_cleanup(cases, 3);
    DOCTEST_CHECK(learnt.folds == std::vector<bool>{false, true, false});
    DOCTEST_CHECK(learnt.dice_before == doctest::Approx(3.4 / 6));
    DOCTEST_CHECK(learnt.dice_after == doctest::Approx(2.52 / 6));
    DOCTEST_CHECK(learnt.dice_nested == doctest::Approx((.5 + .5 + .1 + .4 + .5 + .5) / 6));
    DOCTEST_CHECK(learnt.improved == 2);
    DOCTEST_CHECK(learnt.worsened == 2);
    for (CleanedDice& one : cases)
      if (one.fold == 1) one.after = 1;
    DOCTEST_CHECK(decide_cleanup(cases, 3).folds[1] == learnt.folds[1]);
  }

  DOCTEST_TEST_CASE("sessions of a person are one vote, and no case at all decides for nothing") {
    std::vector<CleanedDice> cases{
        {0, "a", .5, .6}, {0, "a", .5, .6}, {0, "a", .5, .6}, {1, "b", .5, .49}, {1, "c", .5, .49}};
    const LearntCleanup learnt = decide_cleanup(cases, 2);
    DOCTEST_CHECK(learnt.dice_after > learnt.dice_before);
    DOCTEST_CHECK(learnt.persons == 3);
    DOCTEST_CHECK(!learnt.keep_largest);
    const LearntCleanup none = decide_cleanup({}, 2);
    DOCTEST_CHECK(!none.keep_largest);
    DOCTEST_CHECK(std::isnan(none.dice_nested));
  }

  DOCTEST_TEST_CASE("the label maps of the held-out cases are what is judged, voxels nobody knows left out") {
    const ScratchFolder folder;
    Experiment experiment;
    SegmentationOptions options;
    options.name = "parts";
    options.target.labels = {{"front", 1}, {"back", 2}};
    options.target.ignore = 9;
    experiment.config.tasks.push_back({options});
    Geometry grid;
    grid.size = {1, 1, 8};
    const auto map = [&](const std::filesystem::path& file, std::vector<int64_t> labels) {
      write_labels(file, at::tensor(labels).to(at::kShort).reshape({1, 1, 8}), grid, {});
    };
    for (const size_t fold : {0, 1}) {
      const std::string id = "case" + std::to_string(fold);
      auto subject = std::make_shared<Subject>();
      subject->id = subject->person = id;
      subject->maps["label"] = {folder.path() / (id + "_truth.nii")};
      experiment.subjects.push_back(subject);
      experiment.folds.push_back({{}, {id}});
      // A stray voxel of `front` (wrong), one of `back` (right), and a stray one where nobody knows.
      map(subject->maps["label"].file, {1, 1, 0, 0, 0, 2, 0, 9});
      map(folder.path() / ("fold_" + std::to_string(fold)) / "validation" / label_file(id, "parts", 1),
          {1, 1, 0, 1, 2, 2, 0, 2});
    }
    Log log(Verbosity::quiet);
    learn_cleanup(experiment, {folder.path() / "fold_0", folder.path() / "fold_1"}, folder.path(), log);
    const auto learnt = read_cleanup(folder.path());
    DOCTEST_REQUIRE(learnt.size() == 2);
    DOCTEST_CHECK(learnt[0].structure == "front");
    DOCTEST_CHECK(learnt[0].keep_largest);
    DOCTEST_CHECK(learnt[0].dice_before == doctest::Approx(0.8));
    DOCTEST_CHECK(learnt[0].dice_after == doctest::Approx(1));
    DOCTEST_CHECK(learnt[0].dice_nested == 1);
    DOCTEST_CHECK(!learnt[1].keep_largest);
    DOCTEST_CHECK(learnt[1].label == 2);
    DOCTEST_CHECK(learnt[1].dice_before == doctest::Approx(2.0 / 3));
    DOCTEST_CHECK(learnt[1].dice_after == learnt[1].dice_before);
  }
}

}  // namespace
}  // namespace tazuna
