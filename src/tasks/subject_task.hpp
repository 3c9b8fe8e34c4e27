// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tasks/covariates.hpp"
#include "tasks/subject_head.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// What every question about a whole case has.
struct SubjectQuestion {
  std::string name;
  double weight = 0.1, start = 0.3;
  std::string column;  ///< of the true answer
  SubjectHeadOptions head;
  std::vector<std::string> covariates;
  bool sided = false;
};

/// The part of a Task that classes, quantities and levels share.
class SubjectTask : public Task {
 public:
  /// Refuses a name that cannot stand in names of weights, no column, and a covariate that is the target.
  explicit SubjectTask(SubjectQuestion question);
  const std::string& name() const override { return question_.name; }
  double weight() const override { return question_.weight; }
  double start() const override { return question_.start; }
  Scope scope() const override { return Scope::subject; }
  Wants wants() const override;
  Needs needs() const override;
  std::vector<int64_t> allowed_labels() const override { return {}; }
  bool sided() const override { return question_.sided; }
  void fit(std::span<const Subject> training, Problems& problems) override;
  void constants(Fields& fields) override;
  std::shared_ptr<HeadImpl> make_head(const HeadWidths& widths) const override;
  Tensor covariates_of(std::span<const Sample> samples) const override { return covariates_.of(samples); }
  std::unique_ptr<Readout> readout(const Placement& placement, const VoxelWish& wish) const override;

 protected:
  const SubjectQuestion& question() const { return question_; }
  /// "tasks: NAME", for problems.
  std::string where() const { return "tasks: " + question_.name; }
  virtual void fit_target(std::span<const Subject> training, Problems& problems) = 0;
  virtual void target_constants(Fields& fields) = 0;
  virtual AnswerLayer answer_layer() const = 0;

 private:
  SubjectQuestion question_;
  Covariates covariates_;
};

/// The shared part of a kind's options.
template <class Options>
SubjectQuestion question_of(const Options& options, bool names_side) {
  return {options.name,
          options.weight,
          options.start,
          options.target.column,
          options.head,
          options.covariates,
          options.sided || names_side};
}

/// Names the members that all kinds share.
template <class Options>
void describe_question(Fields& fields, Options& options) {
  fields.text("name", options.name, "name of the task in files and tables", /*required=*/true);
  fields.number("weight", options.weight, {0}, "factor of the task's loss under fixed weighting");
  fields.number("start", options.start, {0, 1},
                "share of the steps after which the task takes part; without voxel tasks all begin at once");
  fields.group("target", options.target, "where the true answer stands");
  fields.group("head", options.head, "what the task reads of the trunk, and how it decides");
  fields.values(
      "covariates", options.covariates, {},
      "columns the head reads too, scaled on the training part: numbers standardised, words one-hot");
  fields.flag(
      "sided", options.sided,
      "left and right differ: never mirror left-right (a column or class that says a side implies it)");
}

/// `prices` [N] where the target is present, else 0 without a gradient.
Tensor where_present(const Tensor& prices, const Target& target);
/// The head's answer [N, outputs] in fp32; an Error for any other number of columns.
Tensor answer_of(const TaskOutput& output, int64_t outputs);

}  // namespace tazuna
