// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "data/loader.hpp"
#include "train/trainer.hpp"

namespace tazuna {

/// The batches of steps first..end-1 (each item is a Step), prepared ahead by the run's workers; whole views
/// for subject tasks are asked for from step `first_subject` on. For a GPU they lie in page-locked memory.
std::unique_ptr<Loader> batches(const RunParts& parts, int64_t first, int64_t end, int64_t first_subject);

}  // namespace tazuna
