// SPDX-License-Identifier: Apache-2.0
#include "train/setting.hpp"

#include <ATen/Parallel.h>

#include <cstdlib>

#include "core/text.hpp"
#include "kernels/machine.hpp"
#include "kernels/precision.hpp"
#include "train/batches.hpp"

namespace tazuna {

namespace {

std::string precision_text(bool bf16, bool pays) {
  if (bf16) return pays ? "bf16, native and faster here" : "bf16 as configured, though no faster here";
  return pays ? "fp32 as configured, though bf16 would be faster here" : "fp32, since bf16 is no faster here";
}

std::string thread_text(const TrainOptions& options) {
  const int threads = at::get_num_threads();
  const char* reason = options.threads > 0              ? "as configured"
                       : std::getenv("OMP_NUM_THREADS") ? "by OMP_NUM_THREADS"
                       : threads == usable_cores()      ? "all usable cores"
                                                        : "one a physical core";
  return cat(threads, threads == 1 ? " thread computes (" : " threads compute (", reason, ")");
}

std::string loader_text(const TrainOptions& options) {
  const auto workers = static_cast<int>(options.workers.get());
  if (workers == 0) return "the same prepare each step";
  return cat(workers, workers == 1 ? " prepares" : " prepare", " up to ", steps_ahead(workers),
             " steps ahead");
}

}  // namespace

std::string setting_text(const TrainOptions& options, at::Device device, bool channels_last) {
  const bool bf16 = options.precision.get() == "bf16";
  return cat(device.str(), ": ", precision_text(bf16, bf16_pays(device)),
             channels_last ? "; channels-last, which convolutions need not reorder; "
                           : "; contiguous as configured; ",
             thread_text(options), ", ", loader_text(options));
}

}  // namespace tazuna
