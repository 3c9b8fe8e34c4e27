// SPDX-License-Identifier: Apache-2.0
#include "cli/jobs.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "core/text.hpp"
#include "kernels/device.hpp"
#include "kernels/machine.hpp"

extern char** environ;

namespace tazuna {

namespace {

int64_t visible_gpus(const std::string& device) {
  return device == "cpu" ? 0 : ask_gpu_driver().gpus;
}

/// The name by which CUDA knows the GPU that is now number `index`.
std::string gpu_name(int64_t index) {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (!visible || *visible == '\0') return std::to_string(index);
  return trimmed(split_text(visible, ',').at(static_cast<size_t>(index)));
}

/// What is special to the environment of job `index`.
std::vector<std::string> own_settings(int64_t index, int64_t jobs, int64_t gpus) {
  if (gpus > 0) return {"CUDA_VISIBLE_DEVICES=" + gpu_name(index % gpus)};
  if (std::getenv("OMP_NUM_THREADS")) return {};
  return {cat("OMP_NUM_THREADS=", std::max<int64_t>(1, usable_cores() / jobs))};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The command line of one job.
std::vector<std::string> own_words(const std::vector<std::string>& words, int64_t index, int64_t jobs) {
  std::vector<std::string> own;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--jobs") {
      ++i;  // its number
    } else if (!words[i].starts_with("--jobs=")) {
      own.push_back(words[i]);
    }
  }
  own.insert(own.end(), {"--batch", cat(index, "/", jobs)});
  return own;
}

/// In a process group of its own, so that Ctrl-C reaches it only once, through us.
pid_t start(std::vector<std::string> words, std::vector<std::string> settings) {
  for (char** variable = environ; *variable; ++variable) {
    const std::string text = *variable, name = text.substr(0, text.find('=') + 1);
    const bool replaced =
        std::ranges::any_of(settings, [&name](const auto& one) { return one.starts_with(name); });
    if (!replaced) settings.push_back(text);
  }
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  pid_t process = -1;
  const int problem = ::posix_spawn(&process, "/proc/self/exe", nullptr, &attributes,
                                    pointers_to(words).data(), pointers_to(settings).data());
  ::posix_spawnattr_destroy(&attributes);
  if (problem != 0) throw Error(cat("a job cannot be started: ", std::strerror(problem)));
  return process;
}

/// Processes of ours that still run; those that are left when it dies are ended.
class Running {
 public:
  ~Running() { tell(SIGTERM); }
  void add(pid_t process) { processes_.push_back(process); }
  void tell(int number) const {
    for (const pid_t process : processes_) ::kill(process, number);
  }
  bool any() const { return !processes_.empty(); }
  /// Takes those that have ended out; their exit codes by process.
  std::map<pid_t, int> reap() {
    std::map<pid_t, int> codes;
    std::erase_if(processes_, [&codes](pid_t process) {
      int status = 0;
      if (::waitpid(process, &status, WNOHANG) != process) return false;
      codes[process] = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      return true;
    });
    return codes;
  }

 private:
  std::vector<pid_t> processes_;
};

}  // namespace

int64_t jobs_of(int64_t asked, const std::string& device) {
  if (asked > 0) return asked;
  return device == "auto" ? std::max<int64_t>(1, visible_gpus(device)) : 1;
}

int run_jobs(const std::vector<std::string>& words, int64_t jobs, const std::string& device, Log& log,
             bool first_leads) {
  const int64_t gpus = visible_gpus(device);
  Interrupts interrupts;
  Running running;
  log.info(cat(jobs, " jobs divide the trainings, ", gpus > 0 ? "on one GPU each" : "on the CPU",
               "; the first one shows its progress"));
  pid_t first = -1;
  for (int64_t i = 0; i < jobs; ++i) {
    std::vector<std::string> own = own_words(words, i, jobs);
    if (i > 0 && log.verbosity() == Verbosity::normal) own.push_back("--quiet");
    const pid_t process = start(std::move(own), own_settings(i, jobs, gpus));
    if (i == 0) first = process;
    running.add(process);
  }
  int code = 0, code_of_first = 0;
  for (bool stopped = false; running.any();) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (const auto& [process, one] : running.reap()) {
      code = std::max(code, one);
      if (first_leads && process == first) code_of_first = one;
    }
    const Request request = interrupts.pending();
    if (request == Request::checkpoint) running.tell(SIGUSR1);
    if (stopped) continue;
    if (request == Request::stop) {
      running.tell(interrupts.exit_code() - 128);
      stopped = true;
    } else if (code_of_first != 0 && running.any()) {
      log.warn(
          "the first job, which measures the budget's steps for all, has failed; the others are stopped");
      running.tell(SIGTERM);
      stopped = true;
    }
  }
  return code_of_first != 0 ? code_of_first : code;
}

}  // namespace tazuna
