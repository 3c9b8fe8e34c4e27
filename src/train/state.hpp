// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/log.hpp"
#include "infer/weights.hpp"

namespace tazuna {

/// Everything a run needs to go on as if it had never stopped. Random numbers need nothing: they are
/// functions of (seed, case, epoch, draw).
struct RunState {
  int64_t step = 0;         ///< optimiser updates done
  std::string fingerprint;  ///< SHA-256 of the resolved configuration
  int64_t threads = 0;      ///< of computation
  NamedTensors tensors;
};

/// The checkpoints of a run: FOLDER/step-N.safetensors and FOLDER/step-N.json (step, fingerprint, SHA-256 of
/// the tensors), written in this order, each atomically. The one before stays until the next is complete, so
/// that a crash or a damaged disk leaves one to load.
class StateFolder {
 public:
  explicit StateFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// The newest checkpoint that is whole; one that is not is named in a warning. Nothing if there is none at
  /// all; an Error if all are damaged or the newest whole one is of another configuration.
  std::optional<RunState> load(const std::string& fingerprint, Log& log);
  /// Nothing happens if the last one saved or loaded is of the same step, unless it is to be written `again`.
  void save(const RunState& state, bool again = false);
  /// Drops all but the last one saved or loaded.
  void drop_older();

 private:
  void drop_all_but(std::optional<int64_t> first, std::optional<int64_t> second) const;
  std::filesystem::path folder_;
  std::optional<int64_t> last_;
};

/// Copies `values` into the live tensors of the same names; an Error that names what is missing, unknown or
/// of another shape, before anything is changed.
void restore(const NamedTensors& live, const NamedTensors& values);

}  // namespace tazuna
