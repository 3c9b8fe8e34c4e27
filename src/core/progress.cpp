// SPDX-License-Identifier: Apache-2.0
#include "core/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <utility>

#include "core/text.hpp"

namespace tazuna {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// "3.4 steps/s"; slow work is counted by the minute or the hour.
std::string rate_text(double per_second, const std::string& unit) {
  struct Scale {
    double seconds;
    const char* name;
  };
  Scale scale{1, "s"};
  if (per_second < 0.5) scale = {60, "min"};
  if (per_second * 60 < 0.5) scale = {3600, "h"};
  char number[32];
  const double rate = per_second * scale.seconds;
  std::snprintf(number, sizeof number, rate < 99.5 ? "%.1f" : "%.0f", rate);
  return cat(number, " ", unit, "/", scale.name);
}

}  // namespace

std::string progress_line(const std::string& what, const std::string& unit, int64_t total, int64_t done,
                          int64_t fresh, double seconds) {
  std::string line = cat(what, ": ", done, "/", total, " ", unit);
  if (total > 0) line += cat(" (", 100 * done / total, "%)");
  if (fresh <= 0 || seconds <= 0) return line;
  const double rate = static_cast<double>(fresh) / seconds;
  line += cat(", ", rate_text(rate, unit));
  if (done < total) line += cat(", ", clock_text(static_cast<double>(total - done) / rate), " left");
  return line;
}

struct Progress::State {
  /// Shows where we are.
  void show(const std::function<std::string()>& note = {}) {
    shown = Clock::now();
    std::string line = progress_line(what, unit, total, done, done - first, seconds_since(start));
    if (note) line += cat(", ", note());
    log.status(line);
  }

  Log& log;
  const std::string what, unit;
  const int64_t total, first;
  int64_t done;
  const Clock::time_point start = Clock::now();
  Clock::time_point shown = start;
  std::mutex mutex = {};
};

Progress::Progress(Log& log, std::string what, std::string unit, int64_t total, int64_t done)
    : state_(new State{log, std::move(what), std::move(unit), total, done, done}) {
  state_->show();
}

Progress::~Progress() {
  if (state_->log.on_terminal()) {
    state_->log.status("");
  } else if (state_->done != state_->first) {
    state_->log.status(cat(state_->what, ": ", state_->done, "/", state_->total, " ", state_->unit, " in ",
                           clock_text(seconds_since(state_->start))));
  }
}

void Progress::advance(int64_t by, const std::function<std::string()>& note) {
  const std::lock_guard lock(state_->mutex);
  state_->done += by;
  if (state_->log.verbosity() == Verbosity::quiet) return;
  const double between = state_->log.on_terminal() ? 0.1 : 30;
  if (seconds_since(state_->shown) >= between) state_->show(note);
}

}  // namespace tazuna
