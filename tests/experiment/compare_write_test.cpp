// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_write.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "experiment/compare_json.hpp"
#include "experiment/compare_scores.hpp"
#include "tests/experiment/comparison_rows.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Arm arm_of(const std::string& name, const std::vector<std::string>& tasks, bool further = false) {
  Arm arm{.name = name, .further = further};
  for (const std::string& task : tasks) {
    SegmentationOptions options;
    options.name = task;
    arm.experiment.config.tasks.push_back({options});
  }
  return arm;
}

DOCTEST_TEST_SUITE("experiment/compare_write") {
  DOCTEST_TEST_CASE("joint stands against each task alone and each control, a file's arm against joint") {
    const std::vector<Arm> arms{arm_of("joint", {"lesion", "grade"}), arm_of("lesion", {"lesion"}),
                                arm_of("grade", {"grade"}), arm_of("famo", {"grade"}, true)};
    const auto pairs = arm_pairs(arms, {{.name = "volumes", .note = "", .tasks = {"grade"}}});
    std::vector<std::string> texts;
    for (const ArmPair& pair : pairs) {
      texts.push_back(pair.arm + " " + pair.reference + ":");
      for (const std::string& task : pair.tasks) texts.back() += " " + task;
    }
    DOCTEST_CHECK(texts == std::vector<std::string>{"joint lesion: lesion", "joint grade: grade",
                                                    "famo joint: grade", "joint volumes: grade"});
  }

  DOCTEST_TEST_CASE("minutes count training, not validation") {
    const ScratchFolder folder;
    write_atomically(folder.path() / "timing.csv",
                     "step,time,seconds,steps_per_second,waiting_seconds,validation_seconds\n"
                     "1,2026-01-01T00:00:00Z,30,1,2,0\n2,2026-01-01T00:01:00Z,60,1,2,30\n");
    DOCTEST_CHECK(training_minutes(folder.path()) == 1);
  }

  DOCTEST_TEST_CASE("scores are of seeds averaged, with the spread of the seeds' own beside") {
    Outcomes outcomes;
    for (const int64_t seed : {1, 2})
      for (const char* id : {"a", "b"})
        outcomes.scores.push_back(dice_row("joint", seed, id, seed == 1 ? .6 : .8));
    outcomes.scores.push_back(dice_row("lesion", 1, "a", .5));
    outcomes.scores.push_back(dice_row("lesion", 1, "b", std::nan("")));
    const Table table = score_table(outcomes, {"joint", "lesion"}, {}, {});
    DOCTEST_CHECK(table.text(0, "metric") == "dice");
    DOCTEST_CHECK(table.number(0, "value") == doctest::Approx(.7));
    DOCTEST_CHECK(table.number(0, "seed_sd") == doctest::Approx(std::sqrt(.02)));
    DOCTEST_CHECK(table.number(3, "n") == 1);
    DOCTEST_CHECK(table.number(3, "undefined") == 1);
    DOCTEST_CHECK(std::isnan(table.number(3, "seed_sd")));
  }

  DOCTEST_TEST_CASE("a subject task's scores are the task's own") {
    ClassificationOptions options;
    options.name = "grade";
    options.target = {"grade", {"II", "III"}};
    std::vector<std::shared_ptr<Task>> tasks{make_task(TaskOptions{options})};
    Outcomes outcomes;
    for (int i = 0; i < 8; ++i)
      outcomes.answers["grade"].push_back(class_row("joint", 1, "case " + std::to_string(i),
                                                    i % 2 ? "III" : "II",
                                                    i % 2    ? .6
                                                    : i == 0 ? .7
                                                             : .4));
    outcomes.answers["grade"].push_back(class_row("joint", 1, "unknown", "", .4));
    const Table table = score_table(outcomes, {"joint"}, {grade_question()}, tasks);
    bool found = false;
    for (size_t i = 0; i < table.rows(); ++i) {
      DOCTEST_CHECK(table.text(i, "structure") == "-");
      DOCTEST_CHECK(table.number(i, "undefined") == 1);
      if (table.text(i, "metric") != "auc") continue;
      found = true;
      DOCTEST_CHECK(table.number(i, "value") == doctest::Approx(.75));
      DOCTEST_CHECK(table.number(i, "n") == 8);
    }
    DOCTEST_CHECK(found);
  }

  DOCTEST_TEST_CASE("comparison.json holds the tables' rows, with null for what is not finite") {
    ComparisonTables tables;
    tables.arms = Table({"arm", "steps", "minutes"});
    tables.arms.add({"joint", int64_t{20}, 1.5});
    tables.arms.add({"volumes", std::nan(""), std::nan("")});
    tables.limits = {"Research use only."};
    tables.threads = 2;
    const auto json = nlohmann::json::parse(comparison_json(tables));
    DOCTEST_CHECK(json["arms"][0]["arm"] == "joint");
    DOCTEST_CHECK(json["arms"][0]["steps"] == 20);
    DOCTEST_CHECK(json["arms"][1]["minutes"].is_null());
    DOCTEST_CHECK(json["limits"][0] == "Research use only.");
    DOCTEST_CHECK(json["threads"] == 2);
    DOCTEST_CHECK(json["scores"].empty());
  }
}

}  // namespace
}  // namespace tazuna
