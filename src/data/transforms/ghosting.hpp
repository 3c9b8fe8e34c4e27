// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// Faint shifted copies, as breathing and pulsation leave them: every n-th line of k-space along one axis
/// loses part of its signal, which makes n - 1 copies at n-ths of the field of view (the model of TorchIO's
/// RandomGhosting). Mean and standard deviation are put back. The patch is the field of view.
struct GhostingOptions {
  static constexpr std::string_view kind = "ghosting";
  double probability = 0.1;  ///< of each channel on its own
  int64_t ghosts_least = 4, ghosts_most = 10;
  double least = 0.5, most = 1;  ///< share of a line's signal that is lost, uniform
  double kept = 0.02;            ///< share of the lines, around the centre of k-space, that lose nothing
};
void describe(Fields& fields, GhostingOptions& options);
struct GhostingDraw {
  struct Channel {
    int64_t channel = 0;
    int axis = 0;  ///< along which the lines are counted
    int64_t ghosts = 1;
    double loss = 0;
  };
  std::vector<Channel> channels;
};
GhostingDraw draw(const GhostingOptions& options, Random& random, const Sample& sample);
void apply(const GhostingOptions& options, const GhostingDraw& drawn, Sample& sample);

}  // namespace tazuna
