// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <thread>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "infer/evaluation.hpp"
#include "infer/score_text.hpp"

namespace tazuna {

int evaluate_command(const EvaluateFlags& flags, Log& log) {
  EvaluateOptions options;
  options.predictions = flags.predictions;
  options.reference = flags.reference;
  options.out = flags.out;
  options.persons = flags.persons;
  options.tolerance_mm = flags.tolerance_mm;
  options.lesions = flags.lesions;
  options.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const EvaluateCounts counts = evaluate(options, log);
  std::cout << score_text(read_means(flags.out / "means.tsv"));
  return counts.failed > 0 ? static_cast<int>(Fault::cases) : 0;
}

}  // namespace tazuna
