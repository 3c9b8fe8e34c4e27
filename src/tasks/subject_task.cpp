// SPDX-License-Identifier: Apache-2.0
#include "tasks/subject_task.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/head.hpp"

namespace tazuna {

SubjectTask::SubjectTask(SubjectQuestion question)
    : question_(std::move(question)), covariates_(question_.covariates) {
  const std::string& name = question_.name;
  if (name.find_first_of(". /") != std::string::npos)
    throw refused(cat("tasks: the name '", name, "' may not hold dots, blanks or slashes"));
  if (question_.column.empty())
    throw refused(cat(where(), ": target.column is empty; name the column that holds the true answer"));
  const auto& columns = question_.covariates;
  if (std::find(columns.begin(), columns.end(), question_.column) != columns.end())
    throw refused(cat(where(), ": the column '", question_.column,
                      "' is the target and cannot be a covariate of its own task"));
}

Wants SubjectTask::wants() const {
  Wants wants{{}, question_.covariates};
  wants.columns.push_back(question_.column);
  return wants;
}

Needs SubjectTask::needs() const {
  return {.decoder = question_.head.mask, .voxel_shares = question_.head.mask};
}

void SubjectTask::fit(std::span<const Subject> training, Problems& problems) {
  covariates_.fit(training, where(), problems);
  fit_target(training, problems);
}

void SubjectTask::constants(Fields& fields) {
  target_constants(fields);
  covariates_.constants(fields);
}

std::shared_ptr<HeadImpl> SubjectTask::make_head(const HeadWidths& widths) const {
  return within(where(), [&] {
    return make_subject_head(question_.head, widths, covariates_.width(), answer_layer());
  });
}

std::unique_ptr<Readout> SubjectTask::readout(const Placement&, const VoxelWish&) const {
  throw Error(cat(where(), ": it answers once a case and draws nothing"));
}

Tensor where_present(const Tensor& prices, const Target& target) {
  return at::where(target.present, prices, at::zeros_like(prices));
}

Tensor answer_of(const TaskOutput& output, int64_t outputs) {
  if (output.logits.size() != 1)
    throw Error(cat("a subject task has one answer, not ", output.logits.size()));
  const Tensor& logits = output.logits.front();
  expect_axes(logits, "answer of a subject task", 2, "N, outputs");
  if (logits.size(1) != outputs)
    throw Error(cat("a subject task of ", outputs, " outputs got ", shape_text(logits.sizes())));
  return logits.to(at::kFloat);
}

}  // namespace tazuna
