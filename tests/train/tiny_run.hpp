// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "core/text.hpp"
#include "tasks/catalog.hpp"
#include "tasks/model.hpp"
#include "tests/networks/tiny_trunk.hpp"
#include "train/options.hpp"

namespace tazuna {

inline std::shared_ptr<Task> tiny_task(const std::string& name = "lesion", double weight = 1) {
  SegmentationOptions options;
  options.name = name;
  options.weight = weight;
  options.target.labels = {{"core", 1}};
  return make_task(TaskOptions{options});
}

/// A question about whole cases: a number, which the column `name` holds.
inline std::shared_ptr<Task> tiny_question(const std::string& name = "size", double start = 0) {
  RegressionOptions options;
  options.name = name;
  options.start = start;
  options.target.column = name;
  options.head.hidden = 4;
  std::shared_ptr<Task> task = make_task(TaskOptions{options});
  std::vector<Subject> people(4);
  for (size_t i = 0; i < people.size(); ++i) {
    people[i].id = people[i].person = cat("sub-", i);
    people[i].values[name] = cat(i + 1);
  }
  Problems problems;
  task->fit(people, problems);
  problems.throw_if_any();
  return task;
}

inline Model tiny_model(const std::vector<std::shared_ptr<Task>>& tasks = {tiny_task()}) {
  // A network this small gains nothing from threads and waits for them beside a busy process.
  at::set_num_threads(1);
  return Model(tiny_trunk(), 1, tasks, /*seed=*/7);
}

/// `rows` patches of step k: a bright ball in noise for each task to draw; the cases are called
/// sub-<k>-<row>.
inline Batch tiny_batch(int64_t k, int64_t rows = 2, size_t tasks = 1) {
  Batch batch;
  batch.image = at::empty({rows, 1, 8, 8, 8});
  batch.present = at::ones({rows, 1}, at::kBool);
  Tensor labels = at::zeros({rows, 1, 8, 8, 8}, at::kShort);
  auto voxel = batch.image.accessor<float, 5>();
  auto label = labels.accessor<int16_t, 5>();
  for (int64_t n = 0; n < rows; ++n) {
    Random random{"tiny batch", k, n};
    const double z = random.uniform(2, 6), y = random.uniform(2, 6), x = random.uniform(2, 6);
    for (int64_t i = 0; i < 512; ++i) {
      const int64_t d = i / 64, h = i / 8 % 8, w = i % 8;
      const double distance =
          std::hypot(static_cast<double>(d) - z, static_cast<double>(h) - y, static_cast<double>(w) - x);
      label[n][0][d][h][w] = distance < 2.2;
      voxel[n][0][d][h][w] = static_cast<float>((distance < 2.2 ? 1.5 : 0) + 0.5 * random.normal());
    }
    batch.cases.push_back("sub-" + std::to_string(k) + "-" + std::to_string(n));
  }
  batch.covariates.resize(tasks);
  for (size_t t = 0; t < tasks; ++t) batch.targets.push_back({labels, at::ones({rows}, at::kBool)});
  return batch;
}

/// Two whole views of step k as micro-batches of their own: the answer is how bright the view is.
inline Step tiny_views(int64_t k, const std::vector<std::shared_ptr<Task>>& tasks) {
  Step views;
  for (int64_t row = 0; row < 2; ++row) {
    Batch view = tiny_batch(2 * k + row + 1000, 1, tasks.size());
    view.view = View::whole;
    for (size_t t = 0; t < tasks.size(); ++t) {
      const bool asked = tasks[t]->scope() == Scope::subject;
      view.targets[t] =
          asked ? Target{view.image.mean({1, 2, 3, 4}) * 10, at::ones({1}, at::kBool)} : Target{};
    }
    views.push_back(view);
  }
  return views;
}

/// Two patches of step k for the voxel tasks and, where `subjects`, two whole views for the others.
inline Step tiny_joint_step(int64_t k, const std::vector<std::shared_ptr<Task>>& tasks,
                            bool subjects = true) {
  Batch patches = tiny_batch(k, 2, tasks.size());
  for (size_t t = 0; t < tasks.size(); ++t)
    if (tasks[t]->scope() == Scope::subject) patches.targets[t] = Target{};
  Step step{patches};
  if (!subjects) return step;
  for (Batch& view : tiny_views(k, tasks)) step.push_back(std::move(view));
  return step;
}

/// Resolved options of a short run in fp32.
inline TrainOptions tiny_options(int64_t steps) {
  TrainOptions options;
  options.steps = steps;
  options.batch = 2;
  options.subjects = 2;
  options.patch = std::vector<int64_t>{8, 8, 8};
  options.precision = std::string("fp32");
  options.optimiser = SgdOptions{.momentum = 0.9};
  options.validate_every = 0;
  options.workers = 0;
  options.checkpoint = 0;
  return options;
}

}  // namespace tazuna
