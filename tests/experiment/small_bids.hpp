// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "config/yaml.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/fold_check.hpp"
#include "image/volume.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

namespace tazuna::testing {

/// A BIDS dataset of small images on disk: T1w, FLAIR and a map of labels 1 and 2 a person.
class SmallBids {
 public:
  explicit SmallBids(int persons = 6) {
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
  /// A mask of label 5 for everybody beside the maps.
  void lesions(int persons = 6) const {
    Geometry geometry;
    geometry.size = {12, 12, 12};
    Tensor labels = at::zeros({12, 12, 12}, at::kInt);
    labels.slice(0, 2, 4).slice(1, 2, 4).fill_(5);
    for (int i = 0; i < persons; ++i)
      write_labels(*this / cat("derivatives/seg/sub-", i, "/anat/sub-", i, "_label-lesion_mask.nii.gz"),
                   labels, geometry, {});
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
    Experiment experiment = resolve(config(assignments), at::kCPU, log);
    check_folds(experiment);
    return experiment;
  }
  std::string message(const std::vector<std::string>& assignments = {}) const {
    return refusal_of([&] { resolved(assignments); });
  }

 private:
  ScratchFolder folder_;
};

}  // namespace tazuna::testing
