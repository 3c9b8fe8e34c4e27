// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <thread>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "infer/evaluation.hpp"

namespace tazuna {

int evaluate_command(const EvaluateFlags& flags, Log& log) {
  EvaluateOptions options;
  options.predictions = flags.predictions;
  options.reference = flags.reference;
  options.out = flags.out;
  options.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return evaluate(options, log).failed > 0 ? static_cast<int>(Fault::cases) : 0;
}

}  // namespace tazuna
