// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/log.hpp"

namespace tazuna {

/// How many trainings go on side by side: `asked` if given (0: not), else one a GPU where the device is
/// `auto` and several are visible, else 1.
int64_t jobs_of(int64_t asked, const std::string& device);

/// Runs this program `jobs` times with the same command line, `words`, and --batch I/jobs: on one GPU each
/// where there are any, else with its share of the cores. Passes signals on. Returns the greatest exit code,
/// after a signal that signal's. Where the others wait for what the first one measures (`first_leads`) and it
/// fails, they are ended, and its exit code is returned.
int run_jobs(const std::vector<std::string>& words, int64_t jobs, const std::string& device, Log& log,
             bool first_leads = false);

}  // namespace tazuna
