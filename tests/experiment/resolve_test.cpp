// SPDX-License-Identifier: Apache-2.0
#include "experiment/resolve.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "config/yaml.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "image/volume.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// A BIDS dataset of small images on disk: T1w, FLAIR and a map of labels 1 and 2 a person.
class Dataset {
 public:
  explicit Dataset(int persons = 6) {
    std::string participants = "participant_id\tsite\tgrade\n";
    for (int i = 0; i < persons; ++i) {
      participants += cat("sub-", i, "\t", i < 2 ? "A" : "B", "\t", i % 2, "\n");
      image(i, "T1w", 1 + static_cast<double>(i));
      image(i, "FLAIR", 100 + static_cast<double>(i));
      map(i, 2);
    }
    write("participants.tsv", participants);
    write("dataset_description.json", R"({"Name": "Made up", "BIDSVersion": "1.9.0"})");
    write("derivatives/seg/dseg.tsv", "index\tname\n1\tLeft-Thing\n2\tRight-Thing\n");
  }
  std::filesystem::path operator/(const std::string& name) const { return folder_.path() / name; }
  void write(const std::string& name, std::string_view text) const { write_atomically(*this / name, text); }

  void image(int person, const std::string& sequence, double phase, int64_t depth = 12) const {
    Geometry geometry;
    geometry.size = {depth, 12, 12};
    const Tensor voxels = (at::arange(depth * 144, at::kFloat) * 0.01 + phase).sin() + 2;
    write_image(file(person, sequence), voxels.view({1, depth, 12, 12}), geometry, {});
  }
  void map(int person, int64_t greatest, int64_t depth = 12) const {
    Geometry geometry;
    geometry.size = {depth, 12, 12};
    Tensor labels = at::zeros({depth, 12, 12}, at::kInt);
    labels.slice(0, 3, 6).slice(1, 3, 6).fill_(1);
    labels.slice(0, 7, 9).slice(1, 7, 9).fill_(greatest);
    write_labels(*this / cat("derivatives/seg/sub-", person, "/anat/sub-", person, "_dseg.nii.gz"), labels,
                 geometry, {});
  }
  std::filesystem::path file(int person, const std::string& sequence) const {
    return *this / cat("sub-", person, "/anat/sub-", person, "_", sequence, ".nii.gz");
  }

  ExperimentConfig config(const std::vector<std::string>& assignments = {}) const {
    write("experiment.yaml", cat("data:\n  cohort: {kind: bids, root: \"", folder_.path().string(),
                                 "\", derivatives: seg}\n  split: {kind: kfold, folds: 2}\n"
                                 "input: {kind: structural, sequences: [T1w, FLAIR]}\n"
                                 "network: {kind: residual, stages: 2, widths: [4, 8]}\n"
                                 "tasks:\n  - {name: thing, kind: segmentation, target: {map: dseg}}\n"
                                 "train: {steps: 5, batch: 2, patch: [8, 8, 8], precision: fp32}\n"));
    return read_config<ExperimentConfig>(*this / "experiment.yaml", assignments);
  }
  Experiment resolved(const std::vector<std::string>& assignments = {}) const {
    Log log(Verbosity::quiet);
    return resolve(config(assignments), at::kCPU, log);
  }
  std::string message(const std::vector<std::string>& assignments = {}) const {
    return refusal_of([&] { resolved(assignments); });
  }

 private:
  ScratchFolder folder_;
};

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

  DOCTEST_TEST_CASE("a cohort that does not name its sequences must be told them") {
    const Dataset dataset;
    expect_parts(refusal_of([&] { dataset.config({"input.sequences=[]"}); }),
                 {"input.sequences: a bids cohort does not say"});
    expect_parts(dataset.message({"tasks.0.target.map=label"}),
                 {"label: no case has this label map in ", "dseg"});
  }
}
