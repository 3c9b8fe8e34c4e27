// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "experiment/report_run.hpp"
#include "report/contents.hpp"

namespace tazuna {

/// "1 case", "3 cases".
std::string counted(size_t count, const std::string& one, const std::string& many);
/// The dataset's name, else the folder's.
std::string report_title(const RunOnDisk& run);
/// One or two sentences: what was asked of whom, and whether the run is finished.
std::string report_lead(const RunOnDisk& run);
/// Who trained what: people, images, network, steps, time.
std::vector<Fact> report_facts(const RunOnDisk& run);
/// Program, command line, files.
std::vector<Fact> report_environment(const RunOnDisk& run);
/// What these figures do not say, as far as this run is concerned.
std::vector<std::string> report_limits(const RunOnDisk& run, const Report& report);

}  // namespace tazuna
