// SPDX-License-Identifier: Apache-2.0
// No header of LibTorch may come in here: it carries another fmt than spdlog's.
#include "core/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <mutex>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

using Level = spdlog::level::level_enum;

void write_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

size_t terminal_columns() {
  winsize window{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col < 20) return 80;
  return window.ws_col;
}

/// At most `columns` letters: a line that wraps could not be redrawn. UTF-8 letters stay whole.
std::string fitting(std::string_view line, size_t columns) {
  std::string text;
  size_t letters = 0;
  for (const char byte : line) {
    const bool begins = (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
    if (begins && letters++ == columns) break;
    text += byte < ' ' && byte >= 0 ? ' ' : byte;
  }
  return text;
}

}  // namespace

struct Log::Sinks {
  explicit Sinks(Verbosity chosen)
      : verbosity(chosen), console("console", std::make_shared<spdlog::sinks::stderr_sink_st>()) {
    console.set_pattern("%v");
    console.set_level(Level::trace);
    console.flush_on(Level::trace);
  }

  /// One message to both places; `mark` stands in front on stderr.
  void say(Level level, bool shown, std::string_view mark, std::string_view message) {
    const std::lock_guard lock(mutex);
    if (shown) {
      const std::string kept = line;
      draw("");
      console.log(level, cat(mark, message));
      draw(kept);
    }
    if (file) file->log(level, spdlog::string_view_t(message.data(), message.size()));
  }

  /// Draws the status line of a terminal.
  void draw(std::string_view text) {
    if (text == line) return;
    write_stderr(cat("\r\033[K", text));
    line = text;
  }

  const Verbosity verbosity;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  std::mutex mutex;
  spdlog::logger console;
  std::unique_ptr<spdlog::logger> file;
  std::string line;
};

Log::Log(Verbosity verbosity) : sinks_(std::make_unique<Sinks>(verbosity)) {}
Log::~Log() = default;

void Log::info(std::string_view message) {
  sinks_->say(Level::info, sinks_->verbosity != Verbosity::quiet, "", message);
}
void Log::detail(std::string_view message) {
  sinks_->say(Level::debug, sinks_->verbosity == Verbosity::verbose, "", message);
}
void Log::warn(std::string_view message) {
  sinks_->say(Level::warn, true, "warning: ", message);
}
void Log::error(std::string_view message) {
  sinks_->say(Level::err, true, "error: ", message);
}

void Log::attach(const std::filesystem::path& file) {
  const std::lock_guard lock(sinks_->mutex);
  try {
    auto logger = std::make_unique<spdlog::logger>(
        "file", std::make_shared<spdlog::sinks::basic_file_sink_st>(file.string(), false));
    logger->set_pattern("%Y-%m-%dT%H:%M:%S%z %l: %v");
    logger->set_level(Level::trace);
    logger->flush_on(Level::trace);
    logger->set_error_handler([name = file.string(), told = false](const std::string& reason) mutable {
      if (!told) write_stderr(cat("warning: ", name, ": the log cannot be written: ", reason, "\n"));
      told = true;
    });
    sinks_->file = std::move(logger);
  } catch (const spdlog::spdlog_ex& error) {
    throw Error(cat(file.string(), ": the log file cannot be opened: ", error.what()));
  }
}

Verbosity Log::verbosity() const {
  return sinks_->verbosity;
}

bool Log::on_terminal() const {
  return sinks_->terminal;
}

void Log::status(std::string_view line) {
  if (sinks_->verbosity == Verbosity::quiet) return;
  const std::lock_guard lock(sinks_->mutex);
  if (sinks_->terminal) {
    sinks_->draw(fitting(line, terminal_columns() - 1));
  } else if (!line.empty()) {
    write_stderr(cat(line, "\n"));
  }
}

}  // namespace tazuna
