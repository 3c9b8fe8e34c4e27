// SPDX-License-Identifier: Apache-2.0
#include "experiment/measured_steps.hpp"

#include <chrono>
#include <random>
#include <thread>

#include "config/yaml.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/config.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

std::string text_in(const fs::path& file) {
  return fs::exists(file) ? read_text(file) : "";
}

}  // namespace

std::optional<TrainOptions> measured_training(const fs::path& run) {
  const fs::path file = run / "config.yaml";
  if (!fs::exists(file)) return std::nullopt;
  TrainOptions train = read_config<ExperimentConfig>(file).train;
  if (train.steps.is_auto()) return std::nullopt;
  return train;
}

MeasuredSteps::MeasuredSteps(const fs::path& out)
    : file_(out / ".tazuna" / "part_0_failed"), before_(text_in(file_)) {}

// The number tells the same failure of two calls apart.
void MeasuredSteps::tell_failure(const std::string& sentence) const {
  write_atomically(file_, cat(std::random_device{}(), std::random_device{}(), "\n", sentence));
}

std::optional<TrainOptions> MeasuredSteps::wait(const fs::path& run, double limit, Log& log,
                                                Interrupts& interrupts) const {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<int64_t>(limit * 1000));
  log.info(cat("waiting for part 0 to measure the budget's steps, for ", number_text(limit), " s at most"));
  for (;;) {
    if (auto measured = measured_training(run)) return measured;
    if (interrupts.pending() == Request::stop) return std::nullopt;
    if (const std::string text = text_in(file_); text != before_)
      throw Error(cat("part 0, which was to measure the steps of train.budget, has failed: ",
                      text.substr(text.find('\n') + 1)));
    if (std::chrono::steady_clock::now() >= deadline)
      throw Error(
          cat("part 0 has not measured the steps of train.budget within ", number_text(limit),
              " s; look at its messages, start it beside this one, give it longer by --join-timeout, or ",
              "set train.steps instead of a budget"));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace tazuna
