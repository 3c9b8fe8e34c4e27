// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/sequence_dropout.hpp"

#include <ATen/ATen.h>

namespace tazuna {

void describe(Fields& fields, SequenceDropoutOptions& options) {
  fields.number("probability", options.probability, {0, 1},
                "how often each sequence is left out; one always stays");
}

SequenceDropoutDraw draw(const SequenceDropoutOptions& options, Random& random, const Sample& sample) {
  SequenceDropoutDraw drawn;
  int64_t present = 0;
  for (int64_t c = 0; c < sample.present.size(0); ++c) {
    if (!sample.present[c].item<bool>()) continue;
    ++present;
    if (random.chance(options.probability)) drawn.channels.push_back(c);
  }
  const auto dropped = static_cast<int64_t>(drawn.channels.size());
  if (dropped > 0 && dropped == present) drawn.channels.erase(drawn.channels.begin() + random.below(dropped));
  return drawn;
}

void apply(const SequenceDropoutOptions&, const SequenceDropoutDraw& drawn, Sample& sample) {
  if (drawn.channels.empty()) return;
  sample.present = sample.present.clone();  // shared with the case it was cut from
  for (const int64_t c : drawn.channels) {
    sample.present[c].fill_(false);
    sample.image.voxels[c].zero_();
  }
}

}  // namespace tazuna
