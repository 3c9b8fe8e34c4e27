// SPDX-License-Identifier: Apache-2.0
#include "config/manual.hpp"

#include <iostream>

#include "cli/commands.hpp"
#include "experiment/config.hpp"

namespace tazuna {

int manual_command(const std::string& key) {
  ExperimentConfig config;
  std::cout << manual([&config](Fields& fields) { describe(fields, config); }, key);
  return 0;
}

}  // namespace tazuna
