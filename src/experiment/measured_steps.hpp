// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "train/options.hpp"

namespace tazuna {

/// How a run that began under a budget trains, with the steps that it measured as its own config.yaml keeps
/// them; nothing before it has measured them.
std::optional<TrainOptions> measured_training(const std::filesystem::path& run);

/// How the parts of one folder come to the same number of steps under a budget: part 0 measures them as its
/// first training begins, the others wait for that run's config.yaml.
class MeasuredSteps {
 public:
  /// Hears from now on of failures of part 0 in OUT.
  explicit MeasuredSteps(const std::filesystem::path& out);
  /// Says to those who wait why part 0 will not measure the steps.
  void tell_failure(const std::string& sentence) const;
  /// Waits for measured_training() of `run`; nothing where a stop is asked for. An Error where part 0 fails,
  /// with its sentence, and after `limit` seconds.
  std::optional<TrainOptions> wait(const std::filesystem::path& run, double limit, Log& log,
                                   Interrupts& interrupts) const;

 private:
  std::filesystem::path file_;
  std::string before_;  // what an earlier part 0 has said
};

}  // namespace tazuna
