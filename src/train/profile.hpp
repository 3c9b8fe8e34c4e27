// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/log.hpp"

namespace tazuna {

/// Where the time of some steps of a run goes: the parts of a step (step_parts.hpp), what loader threads do
/// meanwhile, and LibTorch's operators. It listens to spans (kernels/span.hpp), so that a run computes the
/// same with and without it. One at a time; it is made before the loader's threads begin and goes after they
/// have ended.
class Profile {
 public:
  /// So many steps pass before the measured ones. LibTorch's operators are recorded in the last two of them,
  /// where they slow no measured step down.
  static constexpr int64_t warmup = 5;

  /// Records `steps` (at least 1) steps that the calling thread takes on `device`.
  Profile(int64_t steps, at::Device device);
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  /// A step while it lives; without a profile nothing. It never waits for the device.
  class InStep {
   public:
    explicit InStep(Profile* profile);
    ~InStep();
    InStep(const InStep&) = delete;
    InStep& operator=(const InStep&) = delete;

   private:
    Profile* profile_;
  };

  /// Writes FOLDER/profile.tsv (time_table.hpp; by the host's clock, on a GPU by the device's events too) and
  /// FOLDER/trace.json (chrome_trace.hpp), and tells `log` the table. Says so where the run was too short for
  /// a measured step. To be called on the thread that took the steps.
  void write(const std::filesystem::path& folder, Log& log) const;

 private:
  class Recorder;
  std::unique_ptr<Recorder> recorder_;
};

}  // namespace tazuna
