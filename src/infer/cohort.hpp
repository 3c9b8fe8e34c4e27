// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "infer/cleanup.hpp"

namespace tazuna {

/// What `predict` is asked.
struct PredictOptions {
  std::vector<std::filesystem::path>
      models;  ///< run folders; one with fold_0, fold_1, … inside means all of these
  std::vector<std::filesystem::path> inputs;  ///< files, folders, tables: see find_inputs()
  std::filesystem::path out;
  bool mirror = false;                              ///< average over the flips the model allows
  bool probabilities = false;                       ///< class probabilities besides the label map
  bool uncertainty = false;                         ///< their normalised entropy besides it
  CleanupRequest cleanup;                           ///< which components of a label map stay
  bool bids = false;                                ///< a BIDS derivatives dataset
  std::vector<std::string> participants, sessions;  ///< only these BIDS labels; empty: all
  std::vector<std::string> filter = {};             ///< "entity-value": which of several BIDS files is meant
  std::map<std::string, std::string> sequences = {};  ///< by channel: its BIDS selector or column of a table
  bool overwrite = false;                             ///< redo what is done
  int64_t shard = 0, shards = 1;                      ///< every shards-th case from the shard-th on
  double step = 0.5;                                  ///< share of the tile between neighbouring tiles
  int64_t tiles = 0;                                  ///< tiles run as one batch; 0: tiles_at_once()
  at::Device device = at::kCPU;
};

struct PredictCounts {
  int64_t done = 0, skipped = 0, failed = 0;
  bool interrupted = false;  ///< stopped between two cases; what is done is kept
};

/// Predicts every case with the mean of the models' logits and writes NAME.nii.gz per case and voxel task
/// (NAME_TASK.nii.gz where there are several; .png for a picture), NAME_probabilities.nii.gz (float32, 4D, a
/// volume a class; NAME_probabilities.json names them) and NAME_uncertainty.nii.gz (float32, see LabelMap) if
/// asked, or the names of a BIDS derivatives dataset, and the tables volumes.tsv, subjects.tsv, status.tsv.
/// Answers to subject tasks stand in subjects.tsv, the mean of the members' probabilities or quantities; the
/// columns that their heads read come from the input's own tables. Clean-up changes label maps and volumes,
/// not probabilities or uncertainty. A case that fails becomes a row with its reason and the others go on; a
/// case that is done with the same model, input and options is skipped, so the same command continues what
/// was interrupted. Several processes may work on shards of one cohort into one folder. Models are loaded
/// once; the next case is read and the last one written while the network runs. Throws if a model or the
/// output folder is unusable.
PredictCounts predict_cohort(const PredictOptions& options, Log& log, Interrupts& interrupts);

}  // namespace tazuna
