// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "train/interval.hpp"
#include "train/row_file.hpp"
#include "train/tensorboard.hpp"

namespace tazuna {

/// Which of a run's steps leave a row: about 200 rows a run, at most 50 steps apart; every validation; the
/// last.
bool row_due(int64_t done, int64_t steps, int64_t validate_every);
/// Whether the whole volumes are scored after `done` steps (0: never).
bool validation_due(int64_t done, int64_t steps, int64_t validate_every);

/// Where the seconds between two rows went.
struct Clocks {
  double seconds = 0;     ///< all
  double waiting = 0;     ///< for the loader
  double validating = 0;  ///< scoring whole volumes
};

/// What a run writes down while it goes: FOLDER/journal.csv (the same bytes whenever the same run is
/// repeated; each task's unweighted loss, the cosines between the tasks' gradients, scores),
/// FOLDER/timing.csv (clock times) and FOLDER/events.out.tfevents.tazuna (TensorBoard).
class Journal {
 public:
  /// `tasks`: their names; `scores`: columns of validation. Everything after `step` is dropped.
  Journal(const std::filesystem::path& folder, const std::vector<std::string>& tasks,
          std::vector<std::string> scores, int64_t step);
  struct Row {
    int64_t step = 0;  ///< updates done
    double learning_rate = 0;
    Interval::Means means;
    std::map<std::string, double> scores;  ///< by column; those that are no column go to TensorBoard alone
    Clocks clocks;
  };
  void add(const Row& row);
  /// Waits until everything is on the disk.
  void sync();

 private:
  void add_timing(const Row& row);
  void add_events(const Row& row);
  std::vector<std::string> losses_, cosines_, scores_;
  int64_t last_;
  RowFile rows_, timing_;
  EventFile events_;
};

}  // namespace tazuna
