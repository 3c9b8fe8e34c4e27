// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/log.hpp"

namespace tazuna {

/// "train: 120/1000 steps (12%), 3.4 steps/s, 4:18 left"; rate and remaining time are left out until `fresh`
/// of the `done` have been counted in `seconds`, the percentage where the total is 0.
std::string progress_line(const std::string& what, const std::string& unit, int64_t total, int64_t done,
                          int64_t fresh, double seconds);

/// A count towards a total with rate and remaining time. On a terminal one line that is redrawn at most ten
/// times a second; otherwise a plain line at the start, at most one every 30 s, and one at the end. Silent
/// when the log is quiet. The line is cleared when the object dies. Safe to call advance() from several
/// threads.
class Progress {
 public:
  /// `unit` in the plural: "cases", "steps".
  Progress(Log& log, std::string what, std::string unit, int64_t total, int64_t done = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// `note` is asked for only when a line is shown, e.g. "loss 0.31".
  void advance(int64_t by = 1, const std::function<std::string()>& note = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tazuna
