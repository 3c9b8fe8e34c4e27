// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>

#include <iostream>

#include "cli/commands.hpp"
#include "core/interrupt.hpp"
#include "core/text.hpp"
#include "phantom/cohort.hpp"

namespace tazuna {

int phantom_command(const PhantomFlags& flags, Log& log) {
  Interrupts interrupts;
  at::set_num_threads(1);  // subjects are made side by side instead
  if (!write_phantom(flags.cohort, flags.out, log, interrupts)) {
    log.warn(cat("interrupted; ", flags.out.string(),
                 " is unfinished (its tables are missing): remove it before running again"));
    return interrupts.exit_code();
  }
  std::cout << flags.out.string() << "\n";
  return 0;
}

}  // namespace tazuna
