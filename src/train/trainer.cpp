// SPDX-License-Identifier: Apache-2.0
#include "train/trainer.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/progress.hpp"
#include "core/text.hpp"
#include "kernels/span.hpp"
#include "tasks/model.hpp"
#include "train/batches.hpp"
#include "train/budget.hpp"
#include "train/collapse.hpp"
#include "train/journal.hpp"
#include "train/learner.hpp"
#include "train/profile.hpp"
#include "train/selection.hpp"
#include "train/setting.hpp"
#include "train/starts.hpp"
#include "train/state.hpp"
#include "train/step_parts.hpp"

namespace tazuna {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t skipped_steps_allowed = 20;
constexpr const char* inner_column = "inner_score";  // of the journal

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::vector<std::string> task_names(const Model& model) {
  std::vector<std::string> names;
  for (const auto& task : model.tasks()) names.push_back(task->name());
  return names;
}

std::vector<std::string> score_columns(const Model& model) {
  std::vector<std::string> columns;
  for (const auto& task : model.tasks())
    columns.push_back(task->name() + "_" + task->make_score()->value_name());
  return columns;
}

std::string cases_of(const Step& step) {
  std::vector<std::string> cases;
  for (const Batch& batch : step) cases.insert(cases.end(), batch.cases.begin(), batch.cases.end());
  return join(cases, ", ");
}

// LibTorch's switches are global; they go back to what they were when the run ends.
class Determinism {
 public:
  Determinism(bool wanted, bool one_shape) {
    auto& context = at::globalContext();
    context.setDeterministicAlgorithms(wanted, /*warn_only=*/false);
    context.setDeterministicCuDNN(wanted);
    // cuDNN searches for the fastest algorithm once a shape, which pays where there is one.
    context.setBenchmarkCuDNN(!wanted && one_shape);
  }
  ~Determinism() {
    auto& context = at::globalContext();
    context.setDeterministicAlgorithms(algorithms_, warn_only_);
    context.setDeterministicCuDNN(cudnn_);
    context.setBenchmarkCuDNN(benchmark_);
  }
  Determinism(const Determinism&) = delete;
  Determinism& operator=(const Determinism&) = delete;

 private:
  bool algorithms_ = at::globalContext().deterministicAlgorithms();
  bool warn_only_ = at::globalContext().deterministicAlgorithmsWarnOnly();
  bool cudnn_ = at::globalContext().deterministicCuDNN();
  bool benchmark_ = at::globalContext().benchmarkCuDNN();
};

// All that a network ends with: parameters, and buffers that it filled while it learnt.
NamedTensors with_buffers(NamedTensors parameters, const Model& model) {
  for (const auto& item : model.named_buffers()) parameters[item.key()] = item.value();
  return parameters;
}

class Run {
 public:
  Run(RunParts& parts, TrainOptions options, std::string fingerprint)
      : parts_(parts),
        options_(std::move(options)),
        fingerprint_(std::move(fingerprint)),
        steps_(options_.steps.get()),
        learner_(parts.model, options_, parts.device, parts.processes),
        interval_(static_cast<int64_t>(parts.model.tasks().size()), parts.device),
        state_(parts.folder / "state") {
    if (parts.profile_steps > 0 && writes())
      profile_ = std::make_unique<Profile>(parts.profile_steps, parts.device);
  }

  Ended go(bool resume) {
    if (parts_.choose)
      selection_ = std::make_unique<Selection>(with_buffers(learner_.final_weights(), parts_.model));
    if (resume) take_up();
    if (writes()) journal_.emplace(parts_.folder, task_names(parts_.model), validation_columns(), done_);
    Ended ended = take_up_row();
    if (parts_.processes.first_says(ended == Ended::interrupted)) {
      asked();  // so that all leave with the exit code of the signal
      ended = Ended::interrupted;
    }
    look_for_gain(ended == Ended::interrupted);
    if (ended == Ended::finished && !over()) ended = loop();
    if (profile_) profile_->write(parts_.folder, parts_.log);
    if (ended == Ended::interrupted) return ended;
    if (done_ < steps_)
      parts_.log.info(cat("stopped after step ", done_, " of ", steps_, ": the score on the inner part has ",
                          "not risen in the last ", options_.patience,
                          options_.patience == 1 ? " validation" : " validations", " (train.patience)"));
    save();
    if (writes()) state_.drop_older();
    restore(learner_.parameters(), learner_.final_weights());
    if (selection_ && writes()) take_selected();
    return ended;
  }

 private:
  bool writes() const { return parts_.processes.writes(); }

  std::vector<std::string> validation_columns() const {
    std::vector<std::string> columns;
    if (parts_.validate) columns = score_columns(parts_.model);
    if (parts_.choose) columns.emplace_back(inner_column);
    return columns;
  }

  void take_selected() {
    if (selection_->step() == 0) {
      parts_.log.warn(
          "no validation on the inner part gave a score, so the weights of the last step are kept");
      return;
    }
    restore(with_buffers(learner_.parameters(), parts_.model), selection_->best());
    parts_.log.info(cat("the weights after step ", selection_->step(), " of ", steps_,
                        " are kept: their score on the inner part is the highest, ",
                        cell_text(std::round(selection_->score() * 1e4) / 1e4)));
  }

  void take_up() {
    const auto state = state_.load(fingerprint_, parts_.log);
    parts_.processes.expect_same(cat("step ", state ? state->step : 0), "checkpoint");
    if (!state) {
      parts_.log.info("no checkpoint yet; beginning at step 0");
      return;
    }
    within(cat("resuming at step ", state->step), [&] { restore(live(), state->tensors); });
    done_ = state->step;
    parts_.log.info(cat("resumed at step ", done_, " of ", steps_));
    if (state->threads != at::get_num_threads()) {
      parts_.log.warn(cat("the run had ", state->threads, " compute threads before and has ",
                          at::get_num_threads(), " now: results may differ in their last digits"));
    }
  }

  bool over() const { return stopped_ || done_ >= steps_; }

  // Whether the run ends early; what rank 0, who alone validates, says to all. It follows from the checkpoint
  // alone, so that a resumed run ends where it would have. A validation that was left tells nothing yet.
  void look_for_gain(bool left) {
    if (options_.patience == 0 || !selection_) return;
    const int64_t every = options_.validate_every.get(), gained = selection_->gained();
    stopped_ = parts_.processes.first_says(!left && gained > 0 &&
                                           done_ / every - gained / every >= options_.patience);
  }

  // The row of a step whose validation was left by a stop: its sums stand in the checkpoint.
  Ended take_up_row() {
    const bool left =
        writes() && done_ > 0 && row_due(done_, steps_, options_.validate_every.get()) && !interval_.empty();
    row_at_ = Clock::now();
    row_taken_up_ = left && row_written(0);
    return left && !row_taken_up_ ? Ended::interrupted : Ended::finished;
  }

  // False where a stop left the validation and the row with it.
  bool row_written(double waited) {
    try {
      write_row(waited);
    } catch (const Interrupted&) {
      return false;
    }
    return true;
  }

  Ended loop() {
    parts_.log.info(setting_text(options_, parts_.device, parts_.channels_last));
    const auto loader = batches(parts_, done_, steps_, first_subject_step(parts_.model.tasks(), steps_));
    Progress progress(parts_.log, "training", "steps", steps_, done_);
    saved_at_ = row_at_ = Clock::now();
    while (!over()) {
      const Profile::InStep in_step(profile_.get());
      const Step step = next_of(*loader);
      interval_.add(learner_.step(step, done_));
      ++done_;
      refuse_endless_skipping(step);
      const bool row_left =
          writes() && row_due(done_, steps_, options_.validate_every.get()) && !row_written(loader->waited());
      if (validation_due(done_, steps_, options_.validate_every.get())) look_for_gain(row_left);
      progress.advance(1, [this] { return note_; });
      const Request request = asked();
      const bool time_is_up = options_.checkpoint > 0 && seconds_since(saved_at_) >= options_.checkpoint;
      if (request != Request::none || time_is_up || row_left) save();
      if (row_left || (request == Request::stop && !over())) {
        parts_.log.info(cat("interrupted after step ", done_, " of ", steps_, "; a checkpoint is kept"));
        return Ended::interrupted;
      }
    }
    return Ended::finished;
  }

  // What any process was asked for, so that all do it after the same step.
  Request asked() const {
    if (!parts_.interrupts) return parts_.processes.agree(Request::none, 0);
    const Request own = parts_.interrupts->pending();
    return parts_.processes.agree(own, parts_.interrupts->exit_code());
  }

  static Step next_of(Loader& loader) {
    const Span span(step_part::waiting);
    return std::any_cast<Step>(loader.next());
  }

  // On a GPU each look would make the host wait for the device, so it is taken rarely.
  void refuse_endless_skipping(const Step& step) const {
    const int64_t look_every = parts_.device.is_cpu() ? 1 : 16;
    if (done_ % look_every != 0 || interval_.skipped_in_a_row() < skipped_steps_allowed) return;
    throw Error(
        cat("step ", done_, " (cases ", cases_of(step), "): the gradient was not finite for ",
            interval_.skipped_in_a_row(), " steps in a row; look for broken voxels in these cases, or try a ",
            "lower train.optimiser.learning_rate or train.precision: fp32. The last checkpoint is kept"));
  }

  void write_row(double waited) {
    Journal::Row row;
    row.step = done_;
    row.learning_rate = learner_.learning_rate(done_ - 1);
    // First, since a stop may leave it.
    const bool scored = parts_.validate || parts_.choose;
    if (scored && validation_due(done_, steps_, options_.validate_every.get())) {
      const auto begin = Clock::now();
      row.scores = validated();
      row.clocks.validating = seconds_since(begin);
    }
    row.means = interval_.take();
    if (row.means.skipped > 0) {
      parts_.log.warn(cat("step ", done_, ": ", row.means.skipped,
                          " updates since the last row were skipped, their gradient was not finite"));
    }
    row.clocks.seconds = seconds_since(row_at_);
    row.clocks.waiting = waited - waited_;
    waited_ = waited;
    row_at_ = Clock::now();
    journal_->add(row);
    note_ = loss_note(row.means.losses);
  }

  std::string loss_note(const std::vector<double>& losses) const {
    std::vector<std::string> parts;
    for (size_t t = 0; t < losses.size(); ++t) {
      parts.push_back(
          cat(parts_.model.tasks()[t]->name(), " loss ", cell_text(std::round(losses[t] * 1e4) / 1e4)));
    }
    return join(parts, ", ");
  }

  std::map<std::string, double> validated() {
    const Span span(step_part::validation);
    const Swapped averaged(learner_.parameters(), learner_.final_weights());
    std::map<std::string, double> scores;
    parts_.model.eval();
    if (parts_.choose) choose(scores);
    if (parts_.validate) show(scores);
    parts_.model.train();
    return scores;
  }

  // Before every task has taken part a network is not what the run is to end with.
  void choose(std::map<std::string, double>& scores) {
    const std::vector<int64_t> first = first_steps(parts_.model.tasks(), steps_);
    if (done_ <= *std::max_element(first.begin(), first.end())) return;
    const double score = scores[inner_column] = parts_.choose(parts_.model);
    const bool best = selection_->look(score, done_);
    parts_.log.info(cat("inner part after step ", done_, ": score ", cell_text(std::round(score * 1e4) / 1e4),
                        best ? ", the best so far" : ""));
  }

  // What the held-out people show; it chooses nothing.
  void show(std::map<std::string, double>& scores) {
    const bool last = done_ == steps_ && parts_.validate_last;
    const Validation validation = (last ? parts_.validate_last : parts_.validate)(parts_.model);
    std::vector<std::string> texts;
    for (const auto& [task, name, value] : validation.values) {
      scores[cat(task, "_", name)] = value;
      texts.push_back(cat(task, " ", name, " ", cell_text(std::round(value * 1e4) / 1e4)));
    }
    parts_.log.info(cat("validation after step ", done_, ": ", join(texts, ", "), lowest(validation.rows)));
    warn_of_collapse(validation);
  }

  // Before a task takes part its head answers by chance, and rightly so.
  void warn_of_collapse(const Validation& validation) {
    const auto& tasks = parts_.model.tasks();
    const std::vector<int64_t> first = first_steps(tasks, steps_);
    for (size_t t = 0; t < tasks.size(); ++t) {
      for (const auto& [name, cases] : validation.answered) {
        if (name != tasks[t]->name() || done_ <= first[t]) continue;
        if (const auto warning = collapse_.add(name, cases)) parts_.log.warn(*warning);
      }
    }
  }

  // " (lowest: sub-07 oedema dice 0.31)" by the first metric of the rows; nothing without rows.
  static std::string lowest(const std::vector<CaseScore>& rows) {
    const CaseScore* worst = nullptr;
    for (const CaseScore& row : rows) {
      if (row.metrics.empty() || !std::isfinite(row.metrics.front().second)) continue;
      if (!worst || row.metrics.front().second < worst->metrics.front().second) worst = &row;
    }
    if (!worst) return "";
    const auto& [metric, value] = worst->metrics.front();
    return cat(" (lowest: ", worst->case_id, " ", worst->structure, " ", metric, " ",
               cell_text(std::round(value * 1e4) / 1e4), ")");
  }

  NamedTensors live() const {
    NamedTensors tensors = learner_.state();
    tensors.merge(interval_.state());
    if (selection_) tensors.merge(selection_->state());
    return tensors;
  }

  void save() {
    if (!writes()) return;
    journal_->sync();
    state_.save({done_, fingerprint_, at::get_num_threads(), live()}, row_taken_up_);
    saved_at_ = Clock::now();
  }

  RunParts& parts_;
  const TrainOptions options_;
  const std::string fingerprint_;
  const int64_t steps_;
  Learner learner_;
  Interval interval_;
  StateFolder state_;
  CollapseWatch collapse_;
  std::unique_ptr<Selection> selection_;  // where there are people who choose
  std::unique_ptr<Profile> profile_;
  std::optional<Journal> journal_;  // of the process that writes
  int64_t done_ = 0;
  bool stopped_ = false;       // before the last step, by `patience`
  bool row_taken_up_ = false;  // and with it the sums that the last checkpoint still holds
  Clock::time_point saved_at_, row_at_;
  double waited_ = 0;
  std::string note_ = "no loss yet";
};

}  // namespace

Ended train(RunParts& parts, bool resume) {
  const Determinism determinism(parts.options.deterministic, parts.one_shape);
  TrainOptions options = parts.options;
  std::string fingerprint = parts.fingerprint_of_config;
  if (options.budget > 0) {
    options.steps = steps_in_budget(parts);
    options.budget = 0;
    fill_autos(options, parts.device);
    fingerprint = parts.budget_resolved(options);
  }
  return Run(parts, std::move(options), std::move(fingerprint)).go(resume);
}

}  // namespace tazuna
