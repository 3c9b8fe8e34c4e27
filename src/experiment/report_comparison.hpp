// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/log.hpp"

namespace tazuna {

/// Whether a folder holds what `tazuna compare` leaves.
bool is_comparison(const std::filesystem::path& folder);

/// Draws DIR/report.html from the tables of a comparison, the journals and label maps of its runs and the
/// dataset, and returns its path. What is missing is left out; pictures and curves that cannot be drawn are
/// warnings. Refuses tables that cannot be read.
std::filesystem::path write_comparison_report(const std::filesystem::path& dir, Log& log);

/// The same at the end of a comparison, where a report that cannot be drawn is a warning: the tables are
/// there.
void report_comparison(const std::filesystem::path& dir, Log& log);

}  // namespace tazuna
