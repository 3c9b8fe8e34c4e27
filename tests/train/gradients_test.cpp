// SPDX-License-Identifier: Apache-2.0
// Several processes that share every step against one that takes all its rows.
#include "train/gradients.hpp"

#include <cmath>
#include <functional>

#include "core/files.hpp"
#include "core/text.hpp"
#include "tests/train/distributed/ranks.hpp"
#include "tests/train/tiny_run.hpp"
#include "train/learner.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Tasks = std::vector<std::shared_ptr<Task>>;

const at::Device cpu(at::kCPU);
constexpr int64_t steps = 10;

/// Of a batch with several rows a process has its part of them, of batches of one row every second.
Step share_of(const Step& step, const Processes& processes) {
  Step share;
  for (size_t b = 0; b < step.size(); ++b) {
    const Batch& whole = step[b];
    const int64_t rows = whole.image.size(0), rank = processes.rank(), count = processes.count();
    if (rows == 1 && static_cast<int64_t>(b) % count != rank) continue;
    const int64_t first = rows == 1 ? 0 : rows * rank / count,
                  last = rows == 1 ? 1 : rows * (rank + 1) / count;
    Batch part = whole;
    part.image = whole.image.slice(0, first, last);
    part.present = whole.present.slice(0, first, last);
    part.cases = {whole.cases.begin() + first, whole.cases.begin() + last};
    for (Target& target : part.targets) {
      if (!target.present.defined()) continue;
      target.value = target.value.slice(0, first, last);
      target.present = target.present.slice(0, first, last);
    }
    share.push_back(part);
  }
  return share;
}

/// The state of a network after the steps of these tasks, and the losses on the way.
struct Learnt {
  NamedTensors state;
  std::vector<Tensor> losses;
};

Learnt learnt(const std::function<Tasks()>& make_tasks, const TrainOptions& options,
              const std::function<Step(int64_t, const Tasks&)>& make_step, const Processes& processes = {}) {
  const Tasks tasks = make_tasks();
  Model model = tiny_model(tasks);
  Learner learner(model, options, cpu, processes);
  Learnt result;
  for (int64_t k = 0; k < steps; ++k)
    result.losses.push_back(learner.step(share_of(make_step(k, tasks), processes), k).losses);
  for (const auto& [name, tensor] : learner.state()) result.state[name] = tensor.detach().clone();
  return result;
}

double relative_difference(const NamedTensors& a, const NamedTensors& b, const std::string& part) {
  double difference = 0, size = 0;
  for (const auto& [name, tensor] : a) {
    if (!name.starts_with(part)) continue;
    difference += (tensor - b.at(name)).pow(2).sum().item<double>();
    size += tensor.pow(2).sum().item<double>();
  }
  return std::sqrt(difference / size);
}

/// Checks that two processes learn what one does, and both the same to the bit.
void expect_as_one(const std::function<Tasks()>& make_tasks, const TrainOptions& options,
                   const std::function<Step(int64_t, const Tasks&)>& make_step) {
  const Learnt alone = learnt(make_tasks, options, make_step);
  std::vector<Learnt> shared(2);
  const auto failures = as_processes(2, [&](const Processes& processes) {
    shared[static_cast<size_t>(processes.rank())] = learnt(make_tasks, options, make_step, processes);
  });
  for (const std::string& failure : failures) DOCTEST_REQUIRE(failure == "");
  DOCTEST_CHECK(sha256(safetensors_bytes(shared[0].state)) == sha256(safetensors_bytes(shared[1].state)));
  DOCTEST_CHECK(relative_difference(alone.state, shared[0].state, "weights.") < 1e-5);
  DOCTEST_CHECK(relative_difference(alone.state, shared[0].state, "ema.") < 1e-5);
  for (size_t k = 0; k < steps; ++k)
    DOCTEST_CHECK(at::allclose(alone.losses[k], shared[0].losses[k], 1e-4, 1e-6, /*equal_nan=*/true));
}

Tasks two_voxel_tasks() {
  return {tiny_task("lesion"), tiny_task("rest")};
}

/// A question without what differs between processes: what is dropped, and moments of what was drawn.
Tasks voxels_and_question() {
  RegressionOptions options;
  options.name = options.target.column = "size";
  options.head.hidden = 4;
  options.head.dropout = 0;
  options.head.mask = false;
  std::shared_ptr<Task> question = make_task(TaskOptions{options});
  std::vector<Subject> people(4);
  for (size_t i = 0; i < people.size(); ++i) {
    people[i].id = people[i].person = cat("sub-", i);
    people[i].values["size"] = cat(i + 1);
  }
  Problems problems;
  question->fit(people, problems);
  problems.throw_if_any();
  return {tiny_task(), question};
}

/// Four rows, of which the second task is not answered in the first two, so that one process has none of it;
/// in step 3 nobody answers it.
Step uneven_step(int64_t k, const Tasks& tasks) {
  Batch batch = tiny_batch(k, 4, tasks.size());
  batch.targets[1].value = 1 - batch.targets[0].value;
  batch.targets[1].present = k == 3 ? at::zeros({4}, at::kBool) : at::tensor({0, 0, 1, 1}).to(at::kBool);
  return {batch};
}

}  // namespace

DOCTEST_TEST_SUITE("train/gradients") {
  DOCTEST_TEST_CASE("two processes with half of each batch learn what one with all of it learns") {
    expect_as_one([] { return Tasks{tiny_task()}; }, tiny_options(steps),
                  [](int64_t k, const Tasks& tasks) { return Step{tiny_batch(k, 4, tasks.size())}; });
  }

  DOCTEST_TEST_CASE("so they do under every weighting, where one process has no answer and where none has") {
    for (const WeightingOptions& weighting :
         {WeightingOptions(FixedOptions{}), WeightingOptions(UncertaintyOptions{}),
          WeightingOptions(LogarithmOptions{}), WeightingOptions(FamoOptions{}),
          WeightingOptions(PcgradOptions{})}) {
      DOCTEST_CAPTURE(weighting.index());
      TrainOptions options = tiny_options(steps);
      options.weighting = weighting;
      options.conflict_every = 2;
      expect_as_one(two_voxel_tasks, options, uneven_step);
    }
  }

  DOCTEST_TEST_CASE("so they do with whole views in micro-batches of their own, and a part frozen at first") {
    TrainOptions options = tiny_options(steps);
    options.freeze = {"encoder"};
    options.freeze_steps = 4;
    expect_as_one(voxels_and_question, options,
                  [](int64_t k, const Tasks& tasks) { return tiny_joint_step(k, tasks); });
  }

  DOCTEST_TEST_CASE("heads with dropout and moments of their own stay equal between processes") {
    std::vector<std::string> digests(3);
    const auto make = [] { return Tasks{tiny_task(), tiny_question()}; };
    const auto step = [](int64_t k, const Tasks& tasks) { return tiny_joint_step(k, tasks); };
    const auto failures = as_processes(3, [&](const Processes& processes) {
      const Learnt result = learnt(make, tiny_options(steps), step, processes);
      digests[static_cast<size_t>(processes.rank())] = sha256(safetensors_bytes(result.state));
    });
    for (size_t r = 0; r < 3; ++r) {
      DOCTEST_CHECK(failures[r] == "");
      DOCTEST_CHECK(digests[r] == digests[0]);
    }
  }

  DOCTEST_TEST_CASE("gradients that no process has stay absent, layouts stay the parameters'") {
    const auto failures = as_processes(2, [](const Processes& processes) {
      const Tensor plain = at::zeros({2, 3}), turned = at::zeros({3, 2}).t(), nobodys = at::zeros({4});
      std::vector<Tensor> gradients{processes.rank() == 0 ? at::ones({2, 3}) : Tensor(),
                                    at::arange(6, at::kFloat).view({2, 3}), Tensor()};
      sum_gradients(processes, cpu, gradients, {plain, turned, nobodys});
      const bool right = at::equal(gradients[0], at::ones({2, 3})) &&
                         at::equal(gradients[1], 2 * at::arange(6, at::kFloat).view({2, 3})) &&
                         gradients[1].strides() == turned.strides() && !gradients[2].defined();
      if (!right) throw Error("the sums are wrong");
    });
    for (const std::string& failure : failures) DOCTEST_CHECK(failure == "");
  }
}
