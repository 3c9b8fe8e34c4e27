// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/random.hpp"
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

/// Resolved options of a short run in fp32.
inline TrainOptions tiny_options(int64_t steps) {
  TrainOptions options;
  options.steps = steps;
  options.batch = 2;
  options.patch = std::vector<int64_t>{8, 8, 8};
  options.precision = std::string("fp32");
  options.optimiser = SgdOptions{.momentum = 0.9};
  options.validate_every = 0;
  options.workers = 0;
  options.checkpoint = 0;
  return options;
}

}  // namespace tazuna
