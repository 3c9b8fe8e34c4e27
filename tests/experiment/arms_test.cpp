// SPDX-License-Identifier: Apache-2.0
#include "experiment/arms.hpp"

#include "config/writer.hpp"
#include "core/files.hpp"
#include "experiment/compare_questions.hpp"
#include "tests/experiment/small_bids.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Two voxel tasks and two subject tasks on two persons.
Experiment four_tasks() {
  SegmentationOptions lesion, ventricle;
  lesion.name = "lesion";
  lesion.target.labels = {{"core", 1}};
  ventricle.name = "ventricle";
  ventricle.target.labels = {{"left", 1}};
  ClassificationOptions grade;
  grade.name = "grade";
  grade.target = {"grade", {"II", "III"}};
  RegressionOptions age;
  age.name = "age";
  age.target.column = "age";
  Experiment all;
  all.config.tasks = {{lesion}, {ventricle}, {grade}, {age}};
  std::get<NnunetOptions>(all.config.data.cohort).root = "cohort";
  all.config.train.steps = 20;
  for (const char* id : {"a", "b"}) {
    all.cohort.subjects.push_back({.id = id, .person = id, .values = {{"age", "40"}}});
    all.fingerprint.cases.push_back({.id = id, .image_sha256 = {{"T1w", "12"}}});
  }
  return all;
}

std::vector<Arm> arms_of(const Experiment& all, const std::vector<std::filesystem::path>& files = {}) {
  Log log(Verbosity::quiet);
  return make_arms(all, all.config.train, files, at::kCPU, log);
}

double weight_of(const TaskOptions& task) {
  return std::visit([](const auto& options) { return options.weight; }, task.task);
}

DOCTEST_TEST_SUITE("experiment/arms") {
  DOCTEST_TEST_CASE("the arms are all tasks together, then each alone") {
    const auto arms = arms_of(four_tasks());
    std::vector<std::string> names;
    for (const Arm& arm : arms) names.push_back(arm.name);
    DOCTEST_CHECK(names == std::vector<std::string>{"joint", "lesion", "ventricle", "grade", "age"});
    DOCTEST_CHECK(arms[0].experiment.config.tasks.size() == 4);
    for (size_t i = 1; i < arms.size(); ++i) {
      const auto& config = arms[i].experiment.config;
      DOCTEST_REQUIRE(config.tasks.size() == 1);
      DOCTEST_CHECK(name_of(config.tasks[0]) == arms[i].name);
      DOCTEST_CHECK(weight_of(config.tasks[0]) == 1);
      DOCTEST_CHECK(make_task(config.tasks[0])->start() == 0);
      DOCTEST_CHECK(kind_of(config.train.weighting) == FixedOptions::kind);
    }
  }

  DOCTEST_TEST_CASE("a single task has no joint arm") {
    Experiment all = four_tasks();
    all.config = alone(all.config, "grade");
    const auto arms = arms_of(all);
    DOCTEST_REQUIRE(arms.size() == 1);
    DOCTEST_CHECK(arms[0].name == "grade");
  }

  DOCTEST_TEST_CASE(
      "the hash follows the arm's own options and the data, not the budget's outcome or the cache") {
    const Experiment all = four_tasks();
    const auto before = arms_of(all);
    DOCTEST_CHECK(before[0].hash.size() == 10);
    Experiment other = all;
    std::get<ClassificationOptions>(other.config.tasks[2].task).label_smoothing = 0.2;
    auto after = arms_of(other);
    DOCTEST_CHECK(after[0].hash != before[0].hash);
    DOCTEST_CHECK(after[1].hash == before[1].hash);  // lesion alone
    DOCTEST_CHECK(after[3].hash != before[3].hash);  // grade alone
    other = all;
    other.config.data.cache = "elsewhere";
    DOCTEST_CHECK(arms_of(other)[0].hash == before[0].hash);
    other.cohort.subjects[1].values["age"] = "41";
    DOCTEST_CHECK(arms_of(other)[1].hash != before[1].hash);
    other = all;
    other.fingerprint.cases[0].image_sha256["T1w"] = "13";
    DOCTEST_CHECK(arms_of(other)[1].hash != before[1].hash);
    other = all;
    other.folds = {{{"a"}, {"b"}}};
    DOCTEST_CHECK(arms_of(other)[1].hash == before[1].hash);  // the file and the data say who is where
    other.config.data.split = FileSplitOptions{.file = "folds.json"};
    const std::string of_file = arms_of(other)[1].hash;
    other.folds = {{{"b"}, {"a"}}};
    DOCTEST_CHECK(arms_of(other)[1].hash != of_file);
  }

  DOCTEST_TEST_CASE("steps that a budget measured are no part of the hash") {
    Experiment all = four_tasks();
    all.config.train.steps.reset();
    all.config.train.budget = 60;
    const TrainOptions asked = all.config.train;
    Log log(Verbosity::quiet);
    const auto open = make_arms(all, asked, {}, at::kCPU, log);
    all.config.train.steps = 77;
    all.config.train.budget = 0;
    const auto measured = make_arms(all, asked, {}, at::kCPU, log);
    for (size_t i = 0; i < open.size(); ++i) DOCTEST_CHECK(open[i].hash == measured[i].hash);
  }

  DOCTEST_TEST_CASE("a repetition differs in its seed and its folder") {
    const auto arms = arms_of(four_tasks());
    const Experiment second = arms[1].with_seed(7);
    DOCTEST_CHECK(second.config.train.seed == 7);
    DOCTEST_CHECK(second.digest != arms[1].with_seed(8).digest);
    DOCTEST_CHECK(arms[1].run("out", 7, 2) ==
                  std::filesystem::path("out/arms") / ("lesion-" + arms[1].hash) / "seed_7" / "fold_2");
  }

  DOCTEST_TEST_CASE("two arms of one name are refused") {
    for (const char* taken : {"volumes", "joint"}) {
      Experiment all = four_tasks();
      std::get<RegressionOptions>(all.config.tasks[3].task).name = taken;
      DOCTEST_CHECK(says(refusal_of([&] { arms_of(all); }), taken));
    }
  }

  DOCTEST_TEST_CASE("parts to freeze that an arm lacks are left out of it; a part of no network is refused") {
    const testing::SmallBids dataset(8);
    const auto frozen = [&](const std::string& parts) {
      return arms_of(dataset.resolved(
          {"tasks=[{name: thing, kind: segmentation, target: {map: dseg}}, {name: grade, kind: "
           "classification, target: {column: grade}}]",
           "data.split.stratify=[grade]", "train.freeze=[" + parts + "]", "train.freeze_steps=2"}));
    };
    using Parts = std::vector<std::string>;
    const auto arms = frozen("encoder, decoder");
    DOCTEST_REQUIRE(arms.size() == 3);
    for (const size_t i : {0, 1})
      DOCTEST_CHECK(arms[i].experiment.config.train.freeze == Parts{"encoder", "decoder"});
    DOCTEST_CHECK(arms[2].experiment.config.train.freeze == Parts{"encoder"});
    DOCTEST_CHECK(arms[2].note ==
                  "this task alone, weight 1; train.freeze without decoder, which its network lacks");
    const TrainOptions grade = frozen("decoder")[2].experiment.config.train;
    DOCTEST_CHECK(grade.freeze.empty());
    DOCTEST_CHECK(grade.freeze_steps == 0);  // of nothing, which a run would refuse
    DOCTEST_CHECK(
        says(refusal_of([&] { frozen("encodr"); }),
             "arm joint: train.freeze: 'encodr' is no part of the network; did you mean 'encoder'?"));
    DOCTEST_CHECK(says(refusal_of([&] { frozen("encoder, decoder, heads.thing"); }),
                       "arm thing: train.freeze names the whole network"));
  }

  DOCTEST_TEST_CASE("a file that asks for other people, other steps or another task is refused by its name") {
    const ScratchFolder folder;
    const auto file = folder.path() / "other.yaml";
    const struct {
      void (*change)(ExperimentConfig&);
      const char* says;
    } rows[] = {
        {[](ExperimentConfig& config) { std::get<NnunetOptions>(config.data.cohort).root = "others"; },
         "data.cohort"},
        {[](ExperimentConfig& config) { config.data.split = KFoldOptions{.folds = 2}; }, "data.split"},
        {[](ExperimentConfig& config) { config.train.steps = 30; }, "train.steps is 30"},
        {[](ExperimentConfig& config) { std::get<RegressionOptions>(config.tasks[3].task).name = "years"; },
         "task 'years'"},
        {[](ExperimentConfig& config) { config.input = SliceOptions{}; }, "input.kind is slice"},
    };
    for (const auto& row : rows) {
      DOCTEST_CAPTURE(row.says);
      const Experiment all = four_tasks();
      ExperimentConfig config = all.config;
      row.change(config);
      write_atomically(file, to_yaml(config));
      const std::string refusal = refusal_of([&] { arms_of(all, {file}); });
      DOCTEST_CAPTURE(refusal);
      DOCTEST_CHECK(says(refusal, row.says));
      DOCTEST_CHECK(says(refusal, "other.yaml"));
    }
  }
}

}  // namespace
}  // namespace tazuna
