// SPDX-License-Identifier: Apache-2.0
#include "experiment/report.hpp"

#include <iostream>

#include "cli/commands.hpp"

namespace tazuna {

int report_command(const std::filesystem::path& run, Log& log) {
  std::cout << write_report(run, log).string() << "\n";
  return 0;
}

}  // namespace tazuna
