// SPDX-License-Identifier: Apache-2.0
#include "train/journal.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>

#include "core/text.hpp"
#include "train/conflict.hpp"

namespace tazuna {

namespace {

std::vector<std::string> loss_columns(const std::vector<std::string>& tasks) {
  std::vector<std::string> columns;
  for (const std::string& task : tasks) columns.push_back(task + "_loss");
  return columns;
}

std::vector<std::string> cosine_columns(const std::vector<std::string>& tasks) {
  std::vector<std::string> columns;
  for (const std::string& pair : pair_names(tasks)) columns.push_back("cos_" + pair);
  return columns;
}

std::vector<std::string> journal_columns(const std::vector<std::string>& losses,
                                         const std::vector<std::string>& cosines,
                                         const std::vector<std::string>& scores) {
  std::vector<std::string> columns{"step", "learning_rate"};
  columns.insert(columns.end(), losses.begin(), losses.end());
  columns.insert(columns.end(), cosines.begin(), cosines.end());
  columns.insert(columns.end(), {"grad_norm", "skipped_steps"});
  columns.insert(columns.end(), scores.begin(), scores.end());
  return columns;
}

// "2026-03-01T12:34:56Z"
std::string time_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// Clock times to the millisecond: more digits say nothing.
std::string seconds_text(double seconds) {
  return number_text(std::round(seconds * 1e3) / 1e3);
}

}  // namespace

bool validation_due(int64_t done, int64_t steps, int64_t validate_every) {
  return validate_every > 0 && (done % validate_every == 0 || done == steps);
}

bool row_due(int64_t done, int64_t steps, int64_t validate_every) {
  return done % std::clamp<int64_t>(steps / 200, 1, 50) == 0 || done == steps ||
         validation_due(done, steps, validate_every);
}

Journal::Journal(const std::filesystem::path& folder, const std::vector<std::string>& tasks,
                 std::vector<std::string> scores, int64_t step)
    : losses_(loss_columns(tasks)),
      cosines_(cosine_columns(tasks)),
      scores_(std::move(scores)),
      last_(step),
      rows_(folder / "journal.csv", journal_columns(losses_, cosines_, scores_), step),
      timing_(folder / "timing.csv",
              {"step", "time", "seconds", "steps_per_second", "waiting_seconds", "validation_seconds"}, step),
      events_(folder / "events.out.tfevents.tazuna", step) {}

void Journal::add(const Row& row) {
  std::vector<std::string> cells{std::to_string(row.step), cell_text(row.learning_rate)};
  for (const double loss : row.means.losses) cells.push_back(cell_text(loss));
  for (const double cosine : row.means.cosines) cells.push_back(cell_text(cosine));
  cells.push_back(cell_text(row.means.gradient_norm));
  cells.push_back(std::to_string(row.means.skipped));
  for (const std::string& column : scores_) {
    const auto score = row.scores.find(column);
    cells.push_back(
        cell_text(score == row.scores.end() ? std::numeric_limits<double>::quiet_NaN() : score->second));
  }
  rows_.add(cells);
  add_timing(row);
  add_events(row);
  last_ = row.step;
}

void Journal::add_timing(const Row& row) {
  const double training = row.clocks.seconds - row.clocks.validating;
  const double rate = training > 0 ? static_cast<double>(row.step - last_) / training : 0;
  timing_.add({std::to_string(row.step), time_text(), seconds_text(row.clocks.seconds), seconds_text(rate),
               seconds_text(row.clocks.waiting), seconds_text(row.clocks.validating)});
}

void Journal::add_events(const Row& row) {
  const auto add = [this, &row](const std::string& tag, double value) {
    if (std::isfinite(value)) events_.add(tag, row.step, value);
  };
  add("learning_rate", row.learning_rate);
  for (size_t t = 0; t < losses_.size(); ++t) add("train/" + losses_[t], row.means.losses[t]);
  for (size_t p = 0; p < cosines_.size(); ++p) add("train/" + cosines_[p], row.means.cosines[p]);
  add("train/grad_norm", row.means.gradient_norm);
  for (const auto& [name, score] : row.scores) add("validation/" + name, score);
  events_.flush();
}

void Journal::sync() {
  rows_.sync();
  timing_.sync();
}

}  // namespace tazuna
