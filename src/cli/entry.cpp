// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

/// What main() finds in libtazuna_program.so.
extern "C" int tazuna_run_program(int argc, char** argv) {
  return tazuna::run_program(argc, argv);
}
