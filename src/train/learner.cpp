// SPDX-License-Identifier: Apache-2.0
#include "train/learner.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <mutex>

#include "core/random.hpp"
#include "core/text.hpp"
#include "kernels/precision.hpp"
#include "kernels/span.hpp"
#include "tasks/model.hpp"
#include "train/conflict.hpp"
#include "train/fine_tuning.hpp"
#include "train/starts.hpp"
#include "train/step_parts.hpp"
#include "train/task_gradients.hpp"

namespace tazuna {

namespace {

using Tasks = std::vector<std::shared_ptr<Task>>;

NamedTensors parameters_of(Model& model) {
  NamedTensors parameters;
  for (const auto& item : model.named_parameters()) parameters[item.key()] = item.value();
  return parameters;
}

bool below_a_subject_head(const std::string& name, const Tasks& tasks) {
  return std::ranges::any_of(tasks, [&name](const auto& task) {
    return task->scope() == Scope::subject && name.starts_with(cat("heads.", task->name(), "."));
  });
}

/// The parameters of subject heads, or all others.
NamedTensors part_of(const NamedTensors& parameters, const Tasks& tasks, bool subject_heads) {
  NamedTensors part;
  for (const auto& [name, parameter] : parameters)
    if (below_a_subject_head(name, tasks) == subject_heads) part[name] = parameter;
  return part;
}

Tensor moved(const Tensor& tensor, at::Device device) {
  return tensor.defined() ? tensor.to(tensor.options().device(device), /*non_blocking=*/true) : tensor;
}

Target moved(const Target& target, at::Device device) {
  const Span span(step_part::moving);
  return {moved(target.value, device), moved(target.present, device)};
}

ModelInput moved_input(const Batch& batch, at::Device device) {
  const Span span(step_part::moving);
  return input_of(batch, device);
}

std::vector<Tensor> gradients_of(const NamedTensors& parameters) {
  std::vector<Tensor> gradients;
  for (const auto& [name, parameter] : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

void clear_gradients(NamedTensors& parameters) {
  for (auto& [name, parameter] : parameters) parameter.mutable_grad().reset();
}

// What heads drop is a function of the seed, the step, the process and the micro-batch, so that no generator
// is part of a checkpoint and a second look at a micro-batch drops the same.
void begin_dropout(at::Device device, int64_t seed, int64_t k, int rank, size_t place) {
  const int64_t batch = (int64_t{rank} << 32) + static_cast<int64_t>(place);
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(Random({"dropout", seed, k, batch}).bits());
}

Tensor sum_of(const Tensor& sum, const Tensor& term) {
  return sum.defined() ? sum + term : term;
}

}  // namespace

Tensor clip_gradients(const std::vector<Tensor>& gradients, double most, at::Device device) {
  const at::NoGradGuard no_grad;
  if (gradients.empty()) return at::zeros({}, at::TensorOptions(device).dtype(at::kFloat));
  const Tensor norm = at::stack(at::_foreach_norm(gradients)).norm();
  if (most > 0) at::_foreach_mul_(gradients, (most / (norm + 1e-6)).clamp_max(1));
  return norm;
}

Learner::Learner(Model& model, const TrainOptions& options, at::Device device, const Processes& processes)
    : model_(model),
      options_(options),
      device_(device),
      processes_(processes),
      parameters_(parameters_of(model)),
      frozen_(parameters_below(parameters_, options.freeze)),
      first_steps_(first_steps(model.tasks(), options.steps.get())),
      optimiser_(make_optimiser(options.optimiser, part_of(parameters_, model.tasks(), false),
                                layer_rates(parameters_, options.layer_decay))),
      subject_optimiser_(make_optimiser(AdamWOptions{.learning_rate = options.subject_learning_rate},
                                        part_of(parameters_, model.tasks(), true))),
      weighting_(make_weighting(options.weighting, model.tasks(), device)) {
  if (frozen_.size() == parameters_.size()) throw refused("train.freeze names the whole network");
  if (options.ema) ema_ = std::make_unique<Ema>(parameters_);
  if (processes.count() > 1 && !weighting_->separates())
    gradient_sum_ = std::make_unique<GradientSum>(processes, model.parameters(), device);
}

double Learner::learning_rate(int64_t k) const {
  return learning_rate_of(options_.optimiser) * schedule_factor(options_.schedule, k, options_.steps.get());
}

void Learner::freeze_or_thaw(int64_t k) {
  const bool learns = options_.freeze_steps > 0 && k >= options_.freeze_steps;
  for (const std::string& name : frozen_) parameters_.at(name).set_requires_grad(learns);
}

// Rows are counted on the CPU before anything moves to the device.
Learner::Turn Learner::turn_of(const Step& step, int64_t k) const {
  const Tasks& tasks = model_.tasks();
  Turn turn;
  turn.k = k;
  turn.all_rows.assign(tasks.size(), 0);
  turn.losses.resize(tasks.size());
  turn.first.resize(tasks.size());
  for (const Batch& batch : step) {
    if (batch.targets.size() != tasks.size()) {
      throw Error(cat("a batch has ", batch.targets.size(), " targets, but the network has ", tasks.size(),
                      " tasks"));
    }
    std::vector<int64_t>& rows = turn.rows.emplace_back(tasks.size(), 0);
    for (size_t t = 0; t < tasks.size(); ++t) {
      const Tensor& present = batch.targets[t].present;
      const bool asked = k >= first_steps_[t] && answers(tasks[t]->scope(), batch.view);
      if (asked && present.defined()) rows[t] = present.sum().item<int64_t>();
      turn.all_rows[t] += rows[t];
    }
  }
  const Span span(step_part::exchange);
  turn.all_rows = processes_.sums(turn.all_rows);
  return turn;
}

/// What micro-batch `place` adds to each task's loss; undefined for a task without an answer in it.
std::vector<Tensor> Learner::shares_of(const Step& step, size_t place, const Turn& turn) {
  const Tasks& tasks = model_.tasks();
  const Batch& batch = step[place];
  std::vector<bool> asked;
  for (const int64_t rows : turn.rows[place]) asked.push_back(rows > 0);
  std::vector<Tensor> shares(tasks.size());
  if (std::ranges::none_of(asked, [](bool one) { return one; })) return shares;
  std::vector<TaskOutput> outputs;
  {
    begin_dropout(device_, options_.seed, turn.k, processes_.rank(), place);
    const ModelInput input = moved_input(batch, device_);
    const Span span(step_part::forward);
    const Autocast autocast(device_, options_.precision.get() == "bf16");
    outputs = model_.forward(input, batch.view, /*all_levels=*/true, asked);
  }
  for (size_t t = 0; t < tasks.size(); ++t) {
    if (!asked[t]) continue;
    const Target target = moved(batch.targets[t], device_);
    const Span span(step_part::loss);
    const Tensor prices = tasks[t]->loss(outputs[t], target);
    expect_axes(prices, "loss", 1, "N");
    shares[t] = prices.sum() / static_cast<double>(turn.all_rows[t]);
  }
  return shares;
}

bool Learner::looks(const Turn& turn) const {
  if (std::ranges::count_if(turn.all_rows, [](int64_t rows) { return rows > 0; }) < 2) return false;
  return weighting_->projects() || (options_.conflict_every > 0 && turn.k % options_.conflict_every == 0);
}

// One backward pass a micro-batch. A look at conflicts takes further ones before, through the same graph.
void Learner::learn_together(const Step& step, Turn& turn, StepReport& report) {
  const size_t tasks = turn.losses.size();
  const std::vector<Tensor> factors = weighting_->factors({}).unbind();
  const bool look = looks(turn);
  TaskGradients apart(look ? parameters_ : NamedTensors{}, tasks);
  for (size_t place = 0; place < step.size(); ++place) {
    const std::vector<Tensor> shares = shares_of(step, place, turn);
    Tensor total;
    for (size_t t = 0; t < tasks; ++t) {
      if (!shares[t].defined()) continue;
      if (look) apart.add(t, shares[t], /*keep_graph=*/true);
      turn.losses[t] = sum_of(turn.losses[t], shares[t].detach());
      total = sum_of(total, shares[t] * factors[t]);
    }
    // Where a frozen part alone answers there is nothing to learn from.
    const Span span(step_part::backward);
    if (gradient_sum_ && place + 1 == step.size()) gradient_sum_->begin_last_pass();
    if (total.defined() && total.requires_grad()) total.backward();
  }
  const Span span(step_part::exchange);
  if (gradient_sum_) gradient_sum_->finish();
  share_losses(turn.losses, turn);
  if (!look) return;
  apart.sum_over(processes_, device_);
  report.cosines = cosines_of(apart.products());
}

// One backward pass a micro-batch and task; their sum is made when the losses of the whole step are known.
void Learner::learn_apart(const Step& step, Turn& turn, StepReport& report) {
  const size_t tasks = turn.losses.size();
  TaskGradients apart(parameters_, tasks);
  for (size_t place = 0; place < step.size(); ++place) {
    const std::vector<Tensor> shares = shares_of(step, place, turn);
    size_t left = static_cast<size_t>(
        std::ranges::count_if(shares, [](const Tensor& share) { return share.defined(); }));
    for (size_t t = 0; t < tasks; ++t) {
      if (!shares[t].defined()) continue;
      apart.add(t, shares[t], /*keep_graph=*/--left > 0);
      turn.losses[t] = sum_of(turn.losses[t], shares[t].detach());
      if (!turn.first[t].defined()) turn.first[t] = shares[t].detach();
    }
  }
  {
    const Span span(step_part::exchange);
    apart.sum_over(processes_, device_);
    share_losses(turn.losses, turn);
  }
  const Tensor factors = weighting_->factors(stacked(turn.losses));
  Tensor trunk = factors;
  if (looks(turn)) {
    const Tensor products = apart.products();
    report.cosines = cosines_of(products);
    if (weighting_->projects()) {
      const Tensor weighted = products * factors.unsqueeze(0) * factors.unsqueeze(1);
      trunk = factors * projected_shares(weighted, options_.seed, turn.k);
    }
  }
  apart.put(trunk, factors);
}

/// [tasks]; NaN where nothing was added.
Tensor Learner::stacked(const std::vector<Tensor>& losses) const {
  const at::TensorOptions scalar = at::TensorOptions(device_).dtype(at::kFloat);
  std::vector<Tensor> defined;
  for (const Tensor& loss : losses)
    defined.push_back(loss.defined() ? loss : at::full({}, std::numeric_limits<float>::quiet_NaN(), scalar));
  return at::stack(defined);
}

/// From this process' part of each task's loss the whole; a task without an answer in any process has none.
void Learner::share_losses(std::vector<Tensor>& losses, const Turn& turn) const {
  if (processes_.count() == 1) return;
  const at::NoGradGuard no_grad;
  const Tensor sums =
      at::zeros({static_cast<int64_t>(losses.size())}, at::TensorOptions(device_).dtype(at::kFloat));
  for (size_t t = 0; t < losses.size(); ++t)
    if (losses[t].defined()) sums[static_cast<int64_t>(t)].copy_(losses[t]);
  Collective& collective = processes_.collective(device_);
  collective.begin_sum(sums);
  collective.finish();
  for (size_t t = 0; t < losses.size(); ++t)
    losses[t] = turn.all_rows[t] > 0 ? sums[static_cast<int64_t>(t)] : Tensor();
}

/// What the network counts while it trains becomes the mean over the processes, each of which has counted its
/// own rows.
void Learner::share_counts() const {
  if (processes_.count() == 1) return;
  const at::NoGradGuard no_grad;
  std::vector<Tensor> counts, pieces;
  for (const Tensor& buffer : model_.buffers()) {
    if (!buffer.is_floating_point()) continue;
    counts.push_back(buffer);
    pieces.push_back(buffer.flatten().to(at::kFloat));
  }
  if (counts.empty()) return;
  const Tensor flat = at::cat(pieces);
  Collective& collective = processes_.collective(device_);
  collective.begin_sum(flat);
  collective.finish();
  flat.div_(processes_.count());
  int64_t first = 0;
  for (Tensor& count : counts) {
    count.copy_(flat.narrow(0, first, count.numel()).view(count.sizes()));
    first += count.numel();
  }
}

/// What the first micro-batch that asks a task adds to its loss now, [tasks].
Tensor Learner::first_losses_again(const Step& step, const Turn& turn) {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> again(turn.losses.size());
  for (size_t place = 0; place < step.size(); ++place) {
    std::vector<size_t> met;
    for (size_t t = 0; t < again.size(); ++t)
      if (turn.rows[place][t] > 0 && !again[t].defined()) met.push_back(t);
    if (met.empty()) continue;
    const std::vector<Tensor> shares = shares_of(step, place, turn);
    for (const size_t t : met) again[t] = shares[t];
  }
  share_losses(again, turn);
  return stacked(again);
}

void Learner::update(const Step& step, const Turn& turn, StepReport& report) {
  report.losses = stacked(turn.losses);
  report.gradient_norm = clip_gradients(gradients_of(parameters_), options_.clip, device_);
  report.skipped = at::isfinite(report.gradient_norm).logical_not().to(at::kFloat);
  const double factor = schedule_factor(options_.schedule, turn.k, options_.steps.get());
  optimiser_->step(learning_rate(turn.k), report.skipped);
  subject_optimiser_->step(options_.subject_learning_rate * factor, report.skipped);
  WeightedStep seen{.losses = report.losses, .skipped = report.skipped};
  if (weighting_->looks_back()) {
    std::vector<Tensor> first = turn.first;
    share_losses(first, turn);
    seen.before = stacked(first);
    seen.after = first_losses_again(step, turn);
  }
  weighting_->update(seen);
}

StepReport Learner::step(const Step& step, int64_t k) {
  Turn turn = turn_of(step, k);
  StepReport report;
  report.cosines = no_cosines(static_cast<int64_t>(turn.losses.size()), device_);
  model_.train();
  clear_gradients(parameters_);
  freeze_or_thaw(k);
  if (weighting_->separates()) {
    learn_apart(step, turn, report);
  } else {
    learn_together(step, turn, report);
  }
  const Span span(step_part::update);
  update(step, turn, report);
  share_counts();
  clear_gradients(parameters_);
  if (ema_) ema_->update(k);
  return report;
}

NamedTensors Learner::state() const {
  NamedTensors state;
  const auto add = [&state](const std::string& part, const NamedTensors& tensors) {
    for (const auto& [name, tensor] : tensors) state[part + name] = tensor;
  };
  for (const auto& item : model_.named_parameters()) state["weights." + item.key()] = item.value().detach();
  for (const auto& item : model_.named_buffers()) state["weights." + item.key()] = item.value();
  add("optimiser.", optimiser_->state());
  add("optimiser.", subject_optimiser_->state());
  add("weighting.", weighting_->state());
  if (ema_) add("ema.", ema_->averages());
  return state;
}

}  // namespace tazuna
