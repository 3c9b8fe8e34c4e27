// SPDX-License-Identifier: Apache-2.0
#include "tasks/batch.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/task.hpp"

namespace tazuna {

namespace {

void expect_alike(const Sample& sample, const Sample& first) {
  const Tensor &image = sample.image.voxels, &other = first.image.voxels;
  if (image.sizes() != other.sizes()) {
    throw Error(cat(sample.subject->id, ": its view is ", shape_text(image.sizes()), " but the batch has ",
                    shape_text(other.sizes())));
  }
  if ((sample.frame_seconds > 0) != (first.frame_seconds > 0))
    throw Error(cat(sample.subject->id, " and ", first.subject->id, ": one is a series, the other is not"));
}

}  // namespace

Batch make_batch(std::span<const Sample> samples, View view,
                 const std::vector<std::shared_ptr<Task>>& tasks) {
  if (samples.empty()) throw Error("a batch needs at least one sample");
  const bool series = samples.front().frame_seconds > 0;
  Batch batch;
  batch.view = view;
  std::vector<Tensor> images, present, times;
  for (const Sample& sample : samples) {
    expect_alike(sample, samples.front());
    const Tensor& image = sample.image.voxels;
    images.push_back(series ? image.unsqueeze(1) : image);
    present.push_back(sample.present);
    if (series) times.push_back(at::arange(image.size(0), at::kFloat) * sample.frame_seconds);
    batch.cases.push_back(sample.subject->id);
  }
  batch.image = at::stack(images);
  batch.present = at::stack(present);
  if (series) batch.times = at::stack(times);
  for (const auto& task : tasks) {
    const bool asked = answers(task->scope(), view);
    batch.targets.push_back(asked ? task->target_of(samples) : Target{});
    batch.covariates.push_back(asked ? task->covariates_of(samples) : Tensor{});
  }
  return batch;
}

}  // namespace tazuna
