// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "data/loader.hpp"
#include "train/trainer.hpp"

namespace tazuna {

/// How many finished steps may wait for their use: one a worker, and two so that a step that takes longer to
/// prepare than usual starves nobody.
inline int steps_ahead(int workers) {
  return workers + 2;
}

/// The batches of steps first..end-1 (each item is a Step), prepared ahead by the run's workers; whole views
/// for subject tasks are asked for from step `first_subject` on. For a GPU they are made on streams of their
/// own or go through page-locked memory, and are handed out with their tensors on it (device_steps.hpp).
std::unique_ptr<Loader> batches(const RunParts& parts, int64_t first, int64_t end, int64_t first_subject);

}  // namespace tazuna
