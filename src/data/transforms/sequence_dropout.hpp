// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// Sequences that are not there: a channel becomes zero and is marked absent, as where a case lacks it, so
/// that the network learns to do without (ModDrop; Neverova et al. 2016). One present sequence always stays.
struct SequenceDropoutOptions {
  static constexpr std::string_view kind = "sequence_dropout";
  double probability = 0.2;  ///< of each present channel on its own
};
void describe(Fields& fields, SequenceDropoutOptions& options);
struct SequenceDropoutDraw {
  std::vector<int64_t> channels;
};
SequenceDropoutDraw draw(const SequenceDropoutOptions& options, Random& random, const Sample& sample);
void apply(const SequenceDropoutOptions& options, const SequenceDropoutDraw& drawn, Sample& sample);
/// These are tensor operations, wherever the sample is.
inline void apply_on_device(const SequenceDropoutOptions& options, const SequenceDropoutDraw& drawn,
                            Sample& sample) {
  apply(options, drawn, sample);
}

}  // namespace tazuna
