// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <map>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "infer/evaluation.hpp"
#include "infer/score_text.hpp"
#include "kernels/machine.hpp"

namespace tazuna {

namespace {

/// Columns by task.
std::map<std::string, std::string> parsed_columns(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> columns;
  for (const std::string& pair : pairs) {
    const size_t sign = pair.find('=');
    if (sign == 0 || sign == std::string::npos || sign + 1 == pair.size())
      throw Error(cat("--column ", pair, ": expected TASK=COLUMN, for example grade=who_grade"),
                  Fault::usage);
    columns[pair.substr(0, sign)] = pair.substr(sign + 1);
  }
  return columns;
}

}  // namespace

int evaluate_command(const EvaluateFlags& flags, Log& log) {
  EvaluateOptions options;
  options.predictions = flags.predictions;
  options.reference = flags.reference;
  options.out = flags.out;
  options.persons = flags.persons;
  options.tolerance_mm = flags.tolerance_mm;
  options.lesions = flags.lesions;
  options.columns = parsed_columns(flags.columns);
  options.map = flags.map;
  options.threads = usable_cores();
  const EvaluateCounts counts = evaluate(options, log);
  std::cout << score_text(flags.out);
  return counts.failed + counts.unanswered > 0 ? static_cast<int>(Fault::cases) : 0;
}

}  // namespace tazuna
