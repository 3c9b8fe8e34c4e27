// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

#include "cli/commands.hpp"

namespace tazuna {

/// What a command line asks to be done; the exit code.
using Action = std::function<int(Log&)>;

/// The command line as it was given; `text` says by which version.
struct Line {
  std::vector<std::string> words;
  std::string text;
};

/// What several commands share.
void add_device(CLI::App& command, std::string& device);
void add_config(CLI::App& command, CommonFlags& flags);

/// The commands that train; each sets `action` when it is chosen.
void add_train(CLI::App& app, const Line& line, Action& action);
void add_compare(CLI::App& app, const Line& line, Action& action);

}  // namespace tazuna
