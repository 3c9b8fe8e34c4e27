// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "infer/evaluation.hpp"
#include "infer/score_text.hpp"
#include "kernels/machine.hpp"

namespace tazuna {

int evaluate_command(const EvaluateFlags& flags, Log& log) {
  EvaluateOptions options;
  options.predictions = flags.predictions;
  options.reference = flags.reference;
  options.out = flags.out;
  options.persons = flags.persons;
  options.tolerance_mm = flags.tolerance_mm;
  options.lesions = flags.lesions;
  options.columns = parsed_pairs("--column", flags.columns, "TASK=COLUMN, for example grade=who_grade");
  options.map = flags.map;
  options.task = flags.task;
  options.threads = usable_cores();
  const EvaluateCounts counts = evaluate(options, log);
  std::cout << score_text(flags.out);
  return counts.failed + counts.unanswered > 0 ? static_cast<int>(Fault::cases) : 0;
}

}  // namespace tazuna
