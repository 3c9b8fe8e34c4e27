// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/fields.hpp"
#include "core/log.hpp"
#include "infer/scores.hpp"

namespace tazuna {

/// What `evaluate` is asked.
struct EvaluateOptions {
  std::filesystem::path predictions;  ///< folder of label maps, named as the references
  std::filesystem::path reference;    ///< folder of label maps, or a dataset in MSD or nnU-Net layout
  std::filesystem::path out;
  NamedIntegers labels;  ///< structures to score; empty: the dataset's, else every label met, by its number
  double tolerance_mm = 1;  ///< of the normalised surface Dice
  int threads = 1;          ///< cases scored at once
};

struct EvaluateCounts {
  int64_t scored = 0, failed = 0;
};

/// Compares label maps with references on their native grids and writes cases.tsv and summary.json, see
/// write_scores(). A reference without a prediction, an unreadable file and two maps on different grids fail
/// alone: `n/a` in cases.tsv, the reason in summary.json. Of a dataset only the cases that were predicted, or
/// that a status.tsv beside the predictions says failed, are scored. Refused: no reference at all, no case in
/// common.
EvaluateCounts evaluate(const EvaluateOptions& options, Log& log);

}  // namespace tazuna
