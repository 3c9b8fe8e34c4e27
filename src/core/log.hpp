// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace tazuna {

enum class Verbosity { quiet, normal, verbose };

/// Messages for people: to stderr and, where attached, to a run's log.txt with the time in front. Warnings
/// and errors say so in front. Passed by reference, never global. Safe to call from several threads.
class Log {
 public:
  explicit Log(Verbosity verbosity = Verbosity::normal);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void info(std::string_view message);    ///< stderr unless quiet; file
  void detail(std::string_view message);  ///< stderr only if verbose; file
  void warn(std::string_view message);    ///< always
  void error(std::string_view message);   ///< always
  /// Appends all messages to this file from now on.
  void attach(const std::filesystem::path& file);
  Verbosity verbosity() const;

  /// Whether stderr is a terminal, where status() has one line to redraw.
  bool on_terminal() const;
  /// The transient line below all messages: redrawn on a terminal ("" clears it), a plain line elsewhere.
  /// Silent when quiet, never in the file.
  void status(std::string_view line);

 private:
  struct Sinks;
  std::unique_ptr<Sinks> sinks_;
};

}  // namespace tazuna
