// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "core/files.hpp"
#include "core/log.hpp"
#include "infer/weights.hpp"
#include "tests/scratch_folder.hpp"
#include "tests/train/tiny_run.hpp"
#include "train/trainer.hpp"

namespace tazuna {

/// A run of the tiny network in a folder of its own.
struct TinyRun {
  ScratchFolder scratch;
  std::filesystem::path folder = scratch.path() / "run";
  std::vector<std::shared_ptr<Task>> tasks;
  Model model;
  TrainOptions options;
  Log log{Verbosity::quiet};
  RunParts parts;

  explicit TinyRun(TrainOptions given, std::vector<std::shared_ptr<Task>> asked = {tiny_task()})
      : tasks(std::move(asked)),
        model(tiny_model(tasks)),
        options(std::move(given)),
        parts{.model = model, .options = options, .make_step = {}, .log = log} {
    std::filesystem::create_directories(folder);
    log.attach(scratch.path() / "log.txt");
    parts.make_step = [this](int64_t k, bool subjects) { return tiny_joint_step(k, tasks, subjects); };
    parts.folder = folder;
    parts.fingerprint_of_config = "of this configuration";
  }
  /// The same folder and parts with a network that knows nothing of what was trained.
  Ended resumed() {
    Model fresh = tiny_model(tasks);
    RunParts again{.model = fresh, .options = options, .make_step = parts.make_step, .log = log};
    again.validate = parts.validate;
    again.choose = parts.choose;
    again.folder = folder;
    again.fingerprint_of_config = parts.fingerprint_of_config;
    const Ended ended = train(again, true);
    for (const auto& item : model.named_parameters()) {
      const at::NoGradGuard no_grad;
      item.value().copy_(fresh.named_parameters()[item.key()]);
    }
    return ended;
  }
  std::string messages() const { return read_text(scratch.path() / "log.txt"); }
};

inline std::string weights_digest(Model& model) {
  NamedTensors weights;
  for (const auto& item : model.named_parameters()) weights[item.key()] = item.value().detach();
  return sha256(safetensors_bytes(weights));
}

/// Everything the byte promise covers: journal, state and weights.
inline std::map<std::string, std::string> promised_bytes(TinyRun& run) {
  std::map<std::string, std::string> digests{{"weights", weights_digest(run.model)},
                                             {"journal.csv", read_text(run.folder / "journal.csv")}};
  for (const auto& entry : std::filesystem::directory_iterator(run.folder / "state")) {
    digests[entry.path().filename()] = sha256_of_file(entry.path());
  }
  return digests;
}

/// Sends the signal while step k is prepared by `make`.
inline std::function<Step(int64_t, bool)> signalling(int64_t at, int number,
                                                     std::function<Step(int64_t, bool)> make) {
  return [at, number, make = std::move(make)](int64_t k, bool subjects) {
    if (k == at) raise(number);
    return make(k, subjects);
  };
}

}  // namespace tazuna
