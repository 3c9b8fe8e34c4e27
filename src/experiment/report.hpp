// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/log.hpp"

namespace tazuna {

/// Draws RUN/report.html from what a run of one fold, or of all folds (RUN/fold_K), or a comparison has left
/// there, and returns its path. What is missing (no scores yet, images that were moved away) is said in the
/// report and in the log. Refuses a folder that is neither.
std::filesystem::path write_report(const std::filesystem::path& run, Log& log);

/// The same at the end of training, where a report that cannot be drawn is a warning: the run is finished.
void report_training(const std::filesystem::path& run, Log& log);

}  // namespace tazuna
