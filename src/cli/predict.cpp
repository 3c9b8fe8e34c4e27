// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "infer/cohort.hpp"
#include "kernels/device.hpp"

namespace tazuna {

namespace {

struct Part {
  int64_t index = 0, parts = 1;
};

std::optional<int64_t> whole_number(const std::string& text) {
  if (text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string::npos) return {};
  return std::stol(text);
}

Part parsed_part(const std::string& text) {
  if (text.empty()) return {};
  const auto slash = text.find('/');
  const auto index = whole_number(text.substr(0, slash));
  const auto parts = slash == std::string::npos ? std::nullopt : whole_number(text.substr(slash + 1));
  if (!index || !parts || *parts < 1 || *index >= *parts) {
    throw Error(cat("--batch ", text, ": expected I/N with I from 0 to N-1, for example 0/4"), Fault::usage);
  }
  return {*index, *parts};
}

}  // namespace

int predict_command(const PredictFlags& flags, Log& log) {
  const Part part = parsed_part(flags.part);
  Interrupts interrupts;
  PredictOptions options{.models = flags.models, .inputs = flags.inputs, .out = flags.out};
  options.mirror = flags.mirror;
  options.probabilities = flags.probabilities;
  options.cleanup = {flags.keep_largest, flags.min_mm3, flags.min_voxels, !flags.no_cleanup};
  options.bids = flags.bids;
  options.participants = flags.participants;
  options.sessions = flags.sessions;
  options.overwrite = flags.overwrite;
  options.shard = part.index;
  options.shards = part.parts;
  options.device = open_device(flags.device, log);
  const PredictCounts counts = predict_cohort(options, log, interrupts);
  if (counts.interrupted) return interrupts.exit_code();
  return counts.failed > 0 ? static_cast<int>(Fault::cases) : 0;
}

}  // namespace tazuna
