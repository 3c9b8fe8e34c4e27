// SPDX-License-Identifier: Apache-2.0
#include "experiment/resolve.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "experiment/compare_flow.hpp"
#include "tests/experiment/small_bids.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;
using Dataset = tazuna::testing::SmallBids;

namespace {

void expect_parts(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    DOCTEST_CHECK_MESSAGE(says(message, part), part << " not in: " << message);
}

}  // namespace

DOCTEST_TEST_SUITE("experiment/resolve") {
  DOCTEST_TEST_CASE("names of a dseg.tsv become the task's labels, and left and right are not mirrored") {
    const Experiment experiment = Dataset().resolved();
    const auto& task = std::get<SegmentationOptions>(experiment.config.tasks[0].task);
    DOCTEST_CHECK((task.target.labels == NamedIntegers{{"Left-Thing", 1}, {"Right-Thing", 2}}));
    DOCTEST_CHECK(experiment.recipe().mirror_axes.size() == 2);
    DOCTEST_CHECK(experiment.folds.size() == 2);
    DOCTEST_CHECK(experiment.subjects.size() == 6);
  }

  DOCTEST_TEST_CASE("prediction may mirror along the axes that training mirrored, and no others") {
    const auto axes_of = [](const std::string& setting) {
      return Dataset().resolved({setting}).recipe().mirror_axes;
    };
    DOCTEST_CHECK(axes_of("augment.transforms=[{kind: mirror, axes: [1]}]") == std::vector<int64_t>{1});
    DOCTEST_CHECK(axes_of("augment.transforms=[{kind: noise}]").empty());
    DOCTEST_CHECK(axes_of("augment.transforms=[{kind: mirror, probability: 0}]").empty());
    DOCTEST_CHECK(axes_of("augment.enabled=false").empty());
  }

  DOCTEST_TEST_CASE("axes to mirror are the image's, whichever axis the planner puts first") {
    const auto axes_of = [](const std::vector<std::string>& settings) {
      Experiment experiment = Dataset().resolved(settings);
      experiment.preparation.arrange = {2, 0, 1};  // of sagittal slices
      return experiment.recipe().mirror_axes;
    };
    DOCTEST_CHECK(axes_of({"augment.transforms=[{kind: mirror, axes: [0, 1]}]"}) ==
                  std::vector<int64_t>{1, 2});
    DOCTEST_CHECK(axes_of({"augment.transforms=[{kind: mirror, axes: [2]}]"}).empty());  // left from right
    DOCTEST_CHECK(axes_of({}) == std::vector<int64_t>{1, 2});
  }

  DOCTEST_TEST_CASE("folds of a file are part of the digest, by what they are") {
    const Dataset dataset;
    const std::string split =
        cat("data.split={kind: file, file: \"", (dataset / "folds.json").string(), "\"}");
    const auto digest = [&](const std::string& folds) {
      dataset.write("folds.json", folds);
      return dataset.resolved({split}).digest;
    };
    const std::string one = R"([{"train": ["sub-0", "sub-1", "sub-2"], "val": ["sub-3", "sub-4", "sub-5"]}])";
    const std::string other =
        R"([{"train": ["sub-3", "sub-4", "sub-5"], "val": ["sub-0", "sub-1", "sub-2"]}])";
    const std::string before = digest(one);
    DOCTEST_CHECK(digest(one + "\n") == before);
    DOCTEST_CHECK(digest(other) != before);
    DOCTEST_CHECK(given_folds(dataset.resolved()).empty());  // of other splits digests stay as they were
  }

  DOCTEST_TEST_CASE("labels that contradict the cohort's names are refused") {
    const Dataset dataset;
    expect_parts(dataset.message({"tasks.0.target.labels={Left-Thing: 2, Other: 7}"}),
                 {"tasks.0.target.labels: 'Left-Thing' is 2 here and 1 in the cohort",
                  "the cohort has no label 7 ('Other'); it has Left-Thing 1, Right-Thing 2"});
    DOCTEST_CHECK(dataset.resolved({"tasks.0.target.labels={l: 1}"}).make_tasks()[0]->outputs() == 2);
  }

  DOCTEST_TEST_CASE("every image, label map, person and value is part of the digest") {
    const Dataset dataset;
    const std::string before = dataset.resolved().digest;
    DOCTEST_CHECK(dataset.resolved().digest == before);
    std::set<std::string> digests{before};
    dataset.image(5, "FLAIR", 500);
    digests.insert(dataset.resolved().digest);
    dataset.map(4, 1);
    digests.insert(dataset.resolved().digest);
    std::string participants = read_text(dataset / "participants.tsv");
    participants.replace(participants.find("sub-3\tB\t1"), 9, "sub-3\tB\t7");
    dataset.write("participants.tsv", participants);
    digests.insert(dataset.resolved().digest);
    digests.insert(dataset.resolved({"train.steps=6"}).digest);
    DOCTEST_CHECK(digests.size() == 5);
  }

  DOCTEST_TEST_CASE("the repetition time of a series is part of the data's digest") {
    const Cohort cohort;
    Fingerprint fingerprint;
    fingerprint.cases.push_back(
        {.id = "a", .cropped_size = {1, 1, 1}, .spacing = {1, 1, 1}, .frame_seconds = 2});
    const std::string before = data_digest(cohort, fingerprint);
    fingerprint.cases[0].frame_seconds = 2.01;
    DOCTEST_CHECK(data_digest(cohort, fingerprint) != before);
  }

  DOCTEST_TEST_CASE("the split's column of persons says whom tables count and intervals draw") {
    const Experiment experiment = Dataset().resolved({"data.split.person=site"});
    for (const auto& subject : experiment.subjects)
      DOCTEST_CHECK(subject->person == subject->values.at("site"));
    const Table flow = flow_table(experiment, {0, 1});
    DOCTEST_CHECK(flow.number(0, "cases") == 6);
    DOCTEST_CHECK(flow.number(0, "persons") == 2);
    std::vector<CaseScore> scores;
    for (const auto& subject : experiment.subjects)
      scores.push_back({subject->id, "thing", "Left-Thing", {{"dice", 0.5}}});
    const MeanScore mean = mean_scores(scores, experiment.notes()).front();
    DOCTEST_CHECK(mean.over_cases.n == 6);
    DOCTEST_CHECK(mean.over_cases.persons == 2);
  }

  DOCTEST_TEST_CASE("people held aside are in no fold and no list of training cases") {
    const Dataset dataset;
    const Experiment experiment = dataset.resolved({"data.split.hold_out={column: site, value: A}"});
    DOCTEST_REQUIRE(experiment.held_aside.size() == 2);
    DOCTEST_CHECK(experiment.held_aside[0]->id == "sub-0");
    DOCTEST_CHECK(experiment.subjects.size() == 4);
    for (const Fold& fold : experiment.folds) DOCTEST_CHECK(fold.train.size() + fold.held_out.size() == 4);
    DOCTEST_CHECK(experiment.notes().persons.contains("sub-1"));
    DOCTEST_CHECK(experiment.fingerprint.cases.size() == 6);
    DOCTEST_CHECK(says(plan_text(experiment), "2 cases in no fold"));
    expect_parts(dataset.message({"data.split.hold_out={column: site}"}),
                 {"data.split.hold_out", "it needs both, a column and a value"});
  }

  DOCTEST_TEST_CASE("what is wrong with names and what is wrong with voxels comes in one error") {
    const Dataset dataset;
    std::filesystem::remove(dataset.file(0, "FLAIR"));
    dataset.image(1, "FLAIR", 3, 11);
    dataset.map(2, 2, 11);
    dataset.map(3, 9);
    write_atomically(dataset.file(4, "T1w"), std::string_view("no image"));
    expect_parts(dataset.message(),
                 {"sub-0: it has no FLAIR in ", "sub-1: T1w is 12x12x12 but FLAIR is 12x12x11",
                  "sub-2: T1w is 12x12x12 but dseg is 12x12x11", "sub-3: ", "the label 9", "sub-4: "});
  }

  DOCTEST_TEST_CASE("a wrong split and a wrong voxel come in one error") {
    const Dataset dataset;
    dataset.map(3, 9);
    expect_parts(dataset.message({"data.split.folds=7"}),
                 {"data.split.folds: 7 folds of 6 persons", "the label 9"});
    expect_parts(dataset.message({"data.split.stratify=[grad]"}),
                 {"data.split.stratify: there is no value in the column 'grad'", "did you mean 'grade'?"});
  }

  DOCTEST_TEST_CASE("a map may hold the labels of its own tasks and names, not those of other maps") {
    const Dataset dataset;
    dataset.lesions();
    const std::string two =
        "tasks=[{name: thing, kind: segmentation, target: {map: dseg}}, {name: lesion, kind: segmentation, "
        "target: {map: label-lesion_mask, labels: {lesion: 5}}}]";
    const Experiment experiment = dataset.resolved({two});
    for (const CasePrint& print : experiment.fingerprint.cases) {
      DOCTEST_CHECK((print.labels.at("dseg") == std::set<int64_t>{1, 2}));
      DOCTEST_CHECK((print.labels.at("label-lesion_mask") == std::set<int64_t>{5}));
    }
    dataset.map(3, 5);
    expect_parts(dataset.message({two}), {"sub-3: ", "_dseg.nii.gz: the label 5", "known are 0, 1, 2;"});
  }

  DOCTEST_TEST_CASE("where everybody is to learn no folds are needed, and people held aside stay aside") {
    const Dataset dataset(3);
    Log log(Verbosity::quiet);
    const auto everybody = [&](const std::vector<std::string>& settings) {
      return resolve(dataset.config(settings), at::kCPU, log, {.no_folds = true});
    };
    DOCTEST_CHECK(says(dataset.message({"data.split.folds=7"}), "7 folds of 3 persons"));
    const Experiment all = everybody({"data.split.folds=7"});
    DOCTEST_REQUIRE(all.folds.size() == 1);
    DOCTEST_CHECK(all.folds[0].train.size() == 3);
    DOCTEST_CHECK(all.folds[0].held_out.empty());
    const std::string aside = "data.split.hold_out={column: site, value: B}";
    DOCTEST_CHECK(everybody({"data.split.folds=7", aside}).folds[0].train.size() == 2);
    DOCTEST_CHECK(everybody({"data.split.folds=7", aside}).held_aside.size() == 1);
    dataset.image(0, "FLAIR", 102);  // as sub-2 has it
    DOCTEST_CHECK(everybody({}).folds[0].train.size() == 3);
    DOCTEST_CHECK(says(refusal_of([&] { everybody({aside}); }), "identical"));
    DOCTEST_CHECK(says(dataset.message(), "they are of two persons"));
  }

  DOCTEST_TEST_CASE("marks for unknown numbers are told of targets and covariates, not of classes") {
    const Dataset dataset;
    std::string table = "participant_id\tage\teducation\tgrade\n";
    for (int i = 0; i < 6; ++i)
      table += cat("sub-", i, "\t", i == 2 ? -999 : 30 + i, "\t", i == 3 ? 999 : 9 + i, "\t",
                   i % 2 == 0 ? 1 : -9, "\n");
    dataset.write("participants.tsv", table);
    Log log(Verbosity::quiet);
    log.attach(dataset / "log.txt");
    resolve(dataset.config({"tasks=[{name: age, kind: regression, target: {column: age}, covariates: "
                            "[education]}, {name: grade, kind: classification, target: {column: grade}}]"}),
            at::kCPU, log);
    const std::string told = read_text(dataset / "log.txt");
    DOCTEST_CHECK_MESSAGE(says(told, "age of sub-2 is -999, far from the others (median 33)"), told);
    DOCTEST_CHECK(says(told, "education of sub-3 is 999"));
    DOCTEST_CHECK_FALSE(says(told, "grade of"));
  }

  DOCTEST_TEST_CASE("the model tells by which column people were named, where the configuration does") {
    const Dataset dataset;
    DOCTEST_CHECK(dataset.resolved().recipe().person == "");
    DOCTEST_CHECK(dataset.resolved({"data.split.person=grade"}).recipe().person == "grade");
    std::string table = "id\tT1w\tFLAIR\tdseg\tblock\n";
    for (int i = 0; i < 6; ++i)
      table += cat("p", i, "\t", dataset.file(i, "T1w").string(), "\t", dataset.file(i, "FLAIR").string(),
                   "\t", (dataset / cat("derivatives/seg/sub-", i, "/anat/sub-", i, "_dseg.nii.gz")).string(),
                   "\tb", i / 2, "\n");
    dataset.write("cases.tsv", table);
    const std::string cohort =
        cat("data.cohort={kind: table, person: block, file: \"", (dataset / "cases.tsv").string(), "\"}");
    DOCTEST_CHECK(dataset.resolved({cohort, "tasks.0.target.labels={l: 1}"}).recipe().person == "block");
  }

  DOCTEST_TEST_CASE("with an inner part some of each fold's training people choose instead of learning") {
    const Dataset dataset(12);
    const Experiment experiment =
        dataset.resolved({"train.select=inner", "train.inner_share=0.3", "data.split.stratify=[grade]"});
    for (const Fold& fold : experiment.folds) {
      const Fold parts = experiment.training_parts(fold);
      DOCTEST_CHECK(parts.train.size() == 4);
      DOCTEST_CHECK(parts.held_out.size() == 2);
      std::set<std::string> all(parts.train.begin(), parts.train.end()), grades;
      all.insert(parts.held_out.begin(), parts.held_out.end());
      DOCTEST_CHECK((all == std::set<std::string>(fold.train.begin(), fold.train.end())));
      for (const auto& subject : experiment.cases(parts.held_out)) grades.insert(subject->values.at("grade"));
      DOCTEST_CHECK(grades.size() == 2);
    }
    const Experiment last = dataset.resolved();
    DOCTEST_CHECK(last.training_parts(last.folds[0]).train == last.folds[0].train);
    DOCTEST_CHECK(last.training_parts(last.folds[0]).held_out.empty());
    expect_parts(dataset.message({"train.select=inner", "train.validate_every=0"}),
                 {"train.validate_every", "none to choose from"});
    expect_parts(Dataset(2).message({"train.select=inner"}), {"1 person trains", "at least two are needed"});
  }

  DOCTEST_TEST_CASE("weights of classes want the classes named, whose order is theirs") {
    const std::string weights = "class_weights: given, given_weights: [1, 3]";
    const auto tasks = [](const std::string& more) {
      return "tasks=[{name: grade, kind: classification, " + more + "}]";
    };
    expect_parts(refusal_of([&] { Dataset().config({tasks(weights + ", target: {column: grade}")}); }),
                 {"tasks.0.given_weights: ", "name the classes"});
    const auto named = tasks(weights + ", target: {column: grade, classes: [\"0\", \"1\"]}");
    DOCTEST_CHECK(refusal_of([&] { Dataset().config({named}); }) == "");
  }

  DOCTEST_TEST_CASE("a cohort that does not name its sequences must be told them") {
    const Dataset dataset;
    expect_parts(refusal_of([&] { dataset.config({"input.sequences=[]"}); }),
                 {"input.sequences: a bids cohort does not say"});
    expect_parts(dataset.message({"tasks.0.target.map=label"}),
                 {"label: no case has this label map in ", "dseg"});
  }
}
