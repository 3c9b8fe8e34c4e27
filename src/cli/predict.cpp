// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "core/error.hpp"
#include "experiment/parts.hpp"
#include "infer/cohort.hpp"
#include "kernels/device.hpp"

namespace tazuna {

int predict_command(const PredictFlags& flags, Log& log) {
  const Part part = parsed_part(flags.part);
  use_threads(0);
  Interrupts interrupts;
  PredictOptions options{.models = flags.models, .inputs = flags.inputs, .out = flags.out};
  options.mirror = flags.mirror;
  options.probabilities = flags.probabilities;
  options.uncertainty = flags.uncertainty;
  options.cleanup = {flags.keep_largest, flags.min_mm3, flags.min_voxels, !flags.no_cleanup};
  options.bids = flags.bids;
  options.participants = flags.participants;
  options.sessions = flags.sessions;
  options.filter = flags.filter;
  options.sequences =
      parsed_pairs("--sequence", flags.sequences, "NAME=SELECTOR, for example T1w=acq-mprage_T1w");
  options.overwrite = flags.overwrite;
  options.shard = part.index;
  options.shards = part.count;
  options.device = open_device(flags.device, log);
  const PredictCounts counts = predict_cohort(options, log, interrupts);
  if (counts.interrupted) return interrupts.exit_code();
  return counts.failed > 0 ? static_cast<int>(Fault::cases) : 0;
}

}  // namespace tazuna
