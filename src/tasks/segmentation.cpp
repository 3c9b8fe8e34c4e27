// SPDX-License-Identifier: Apache-2.0
#include "tasks/segmentation.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/label_codes.hpp"
#include "tasks/sides.hpp"
#include "tasks/structure_score.hpp"
#include "tasks/voxel_head.hpp"
#include "tasks/voxel_readout.hpp"

namespace tazuna {

void describe(Fields& fields, MapTarget& target) {
  fields.text("map", target.map, "which label map of a case; nnU-Net and MSD folders have one, 'label'");
  fields.named_integers(
      "labels", target.labels, {1, 32767},
      "structures and their labels in the map, {Anterior: 1}; empty: as the cohort names them");
  fields.integer(
      "ignore", target.ignore, {0, 32767},
      "label of voxels whose answer nobody knows (255, say): no part of losses and scores; 0: none");
}

void describe(Fields& fields, SegmentationOptions& options) {
  fields.text("name", options.name, "name of the task in files and tables", /*required=*/true);
  fields.number("weight", options.weight, {0}, "factor of the task's loss under fixed weighting");
  fields.group("target", options.target, "where the true answer stands");
  fields.one_of("loss", options.loss, "price of the drawn structures");
  fields.choice("decoder", options.decoder, {"shared", "own"},
                "one decoder with the other tasks, or one of the task's own");
  fields.flag("deep_supervision", options.deep_supervision,
              "price every decoder level, weights 1, 1/2, … and 0 for the coarsest");
  fields.flag("sided", options.sided,
              "left and right differ: never mirror left-right (label names that say left or right imply it)");
  fields.number("nsd_tolerance", options.nsd_tolerance_mm, {0},
                "tolerance of the normalised surface Dice in mm");
  fields.flag(
      "lesions", options.lesions,
      "score single lesions too: precision, recall and F1 over connected components, and their counts");
}

namespace {

// The labels of a coarser level by the centres of its voxels ("nearest-exact"), as nnU-Net downsamples them.
Tensor labels_at(const Tensor& labels, at::IntArrayRef sizes) {
  Tensor result = labels;
  for (int64_t axis = 2; axis < 5; ++axis) {
    const int64_t from = labels.size(axis), to = sizes[axis];
    if (from == to) continue;
    const Tensor centres =
        (at::arange(to, at::kDouble) + 0.5) * (static_cast<double>(from) / static_cast<double>(to));
    const Tensor index = centres.floor().clamp(0, from - 1).to(at::kLong).to(labels.device());
    result = result.index_select(axis, index);
  }
  return result;
}

// nnU-Net's weights of the decoder levels: halved level by level, none for the coarsest, sum one.
std::vector<double> level_weights(size_t levels) {
  std::vector<double> weights(levels);
  double sum = 0;
  for (size_t i = 0; i < levels; ++i) {
    weights[i] = levels > 1 && i + 1 == levels ? 0 : std::pow(0.5, static_cast<double>(i));
    sum += weights[i];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

bool tell_sides(const NamedIntegers& labels) {
  std::vector<std::string> names;
  for (const auto& [name, label] : labels) names.push_back(name);
  return tell_sides_apart(names);
}

SegmentationOptions with_ignore_apart(SegmentationOptions options) {
  auto& [map, labels, ignore] = options.target;
  const auto named =
      std::find_if(labels.begin(), labels.end(), [](const auto& one) { return one.first == "ignore"; });
  if (named == labels.end()) return options;
  if (ignore != 0 && ignore != named->second)
    throw refused(cat("tasks: ", options.name, ": target.ignore is ", ignore, ", but the label 'ignore' is ",
                      named->second, "; say one of them"));
  ignore = named->second;
  labels.erase(named);
  return options;
}

class SegmentationTask : public Task {
 public:
  explicit SegmentationTask(SegmentationOptions options)
      : options_(with_ignore_apart(std::move(options))),
        codes_(options_.target.labels, options_.target.ignore),
        loss_(make_loss(options_.loss)) {
    if (options_.target.labels.empty()) {
      throw refused(cat("tasks: ", options_.name, ": target.labels is empty and the cohort names no labels"));
    }
    if (options_.name.find_first_of(". /") != std::string::npos) {
      throw refused(cat("tasks: the name '", options_.name, "' may not hold dots, blanks or slashes"));
    }
  }

  const std::string& name() const override { return options_.name; }
  double weight() const override { return options_.weight; }
  Scope scope() const override { return Scope::voxel; }
  Wants wants() const override { return {{options_.target.map}, {}}; }
  Needs needs() const override { return {.decoder = true, .own_decoder = options_.decoder == "own"}; }
  int64_t outputs() const override { return codes_.classes(); }
  std::vector<int64_t> allowed_labels() const override { return codes_.labels(); }
  std::vector<int64_t> foreground_labels() const override {
    std::vector<int64_t> foreground;
    for (const auto& [name, label] : codes_.names()) foreground.push_back(label);
    return foreground;
  }
  bool sided() const override { return options_.sided || tell_sides(options_.target.labels); }
  void fit(std::span<const Subject>, Problems&) override {
  }  // softmax over named labels: nothing to learn here
  void constants(Fields&) override {}

  std::shared_ptr<HeadImpl> make_head(const HeadWidths& widths) const override {
    return make_voxel_head(widths.trunk, codes_.classes());
  }

  Target target_of(std::span<const Sample> samples) const override {
    const auto& shape = samples.front().image.voxels;
    const Tensor absent =
        at::zeros({1, shape.size(1), shape.size(2), shape.size(3)}, shape.options().dtype(at::kShort));
    std::vector<Tensor> rows;
    Tensor present = at::zeros({static_cast<int64_t>(samples.size())}, at::kBool);
    for (size_t i = 0; i < samples.size(); ++i) {
      const auto found = samples[i].maps.find(options_.target.map);
      const bool there = found != samples[i].maps.end();
      rows.push_back(there ? codes_.to_classes(found->second.voxels) : absent);
      // A patch where nobody knows anything is no answer.
      const bool answered = there && (!codes_.has_ignore() || rows.back().ge(0).any().item<bool>());
      present[static_cast<int64_t>(i)] = answered;
    }
    return {at::stack(rows), present};
  }

  Tensor loss(const TaskOutput& output, const Target& target) const override {
    const size_t levels = options_.deep_supervision ? output.logits.size() : 1;
    const std::vector<double> weights = level_weights(levels);
    Tensor sum;
    for (size_t level = 0; level < levels; ++level) {
      if (weights[level] == 0) continue;
      const Tensor& logits = output.logits[level];
      const Tensor price = loss_(logits, labels_at(target.value, logits.sizes())) * weights[level];
      sum = sum.defined() ? sum + price : price;
    }
    return at::where(target.present, sum, at::zeros_like(sum));
  }

  Tensor shares(const TaskOutput& output) const override {
    return at::softmax(output.logits.at(0), 1, at::kFloat);
  }

  std::unique_ptr<Readout> readout(const Placement& placement, const VoxelWish& wish) const override {
    return make_voxel_readout(placement, codes_, wish);
  }

  std::unique_ptr<Score> make_score() const override {
    return make_structure_score(options_.name, options_.target.map, codes_, options_.nsd_tolerance_mm,
                                options_.lesions);
  }

 private:
  SegmentationOptions options_;
  LabelCodes codes_;
  VoxelLoss loss_;
};

}  // namespace

std::unique_ptr<Task> make_task(const SegmentationOptions& options) {
  return std::make_unique<SegmentationTask>(options);
}

}  // namespace tazuna
