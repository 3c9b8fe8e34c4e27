// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "tasks/batch.hpp"
#include "tasks/task.hpp"
#include "train/distributed/processes.hpp"
#include "train/options.hpp"

namespace tazuna {

class Model;  // tasks/model.hpp

/// How well whole held-out volumes are answered; display only, it chooses nothing.
struct Validation {
  /// (task, name of the score, value): the journal's column `<task>_<name>`. A task's own value_name() has a
  /// column; further ones are drawn in TensorBoard alone.
  std::vector<std::tuple<std::string, std::string, double>> values;
  std::vector<std::pair<std::string, std::vector<AnsweredCase>>> answered = {};  ///< by subject task
  std::vector<CaseScore> rows;  ///< the cases behind the values; the worst are named in the log
};

/// What a run is made of. Everything referred to outlives train().
struct RunParts {
  Model& model;                 ///< with its initial weights, on `device`
  const TrainOptions& options;  ///< resolved: no `auto` but steps and validate_every under a budget
  /// The batches of step k (from 0): a pure function of its arguments, called on loader threads. `subjects`:
  /// whether a subject task takes part in this step, so that whole views are needed.
  std::function<Step(int64_t k, bool subjects)> make_step;
  /// Scores the held-out cases; called with the final weights in place and the model in eval mode. Empty:
  /// never.
  std::function<Validation(Model&)> validate = {};
  /// The same after the last step, where the answers may be written as well; empty: `validate`.
  std::function<Validation(Model&)> validate_last = {};
  /// Scores people who neither learn nor are held out, as often as `validate` and like it, once every task
  /// has taken part; larger is better, NaN: undefined. The weights that it scores best become the final ones
  /// (of equals the later). Empty: the last weights are.
  std::function<double(Model&)> choose = {};
  bool one_shape = true;  ///< whether all batches have the same shape, as patches do and whole views do not
  /// Called once when a budget has become steps: writes the resolved configuration (its budget is 0 now) and
  /// returns its fingerprint. Needed where options.budget > 0.
  std::function<std::string(const TrainOptions& resolved)> budget_resolved = {};
  at::Device device = at::Device(at::kCPU);
  bool channels_last = true;     ///< how the network's features lie in memory, for the log
  std::filesystem::path folder;  ///< of the run
  Log& log;
  Interrupts* interrupts = nullptr;   ///< asked between steps
  std::string fingerprint_of_config;  ///< SHA-256 of the resolved configuration: resume refuses another
  /// That train this network together; make_step gives each its part of the rows. Only the first validates
  /// and writes.
  Processes processes = {};
  int64_t profile_steps = 0;  ///< so many are recorded (profile.hpp) into the folder; 0: none
};

enum class Ended { finished, interrupted };

/// Trains, writing FOLDER/journal.csv, timing.csv, TensorBoard events and FOLDER/state/ (checkpoints).
/// `resume` goes on from the newest whole checkpoint, or from the beginning if there is none; the final
/// weights and the journal then have the same bytes as without the interruption. Finished: the model holds
/// the final weights (the moving averages; without `ema` the last; where `choose` is given, those of the step
/// whose `inner_score` in the journal is the highest). With `patience` it finishes at the validation that is
/// the so-manieth in a row without gain of that score, which is then the journal's last row; all processes
/// stop there. Stops with an Error after 20 steps in a row whose gradient is not finite; the last checkpoint
/// stays.
Ended train(RunParts& parts, bool resume);

}  // namespace tazuna
