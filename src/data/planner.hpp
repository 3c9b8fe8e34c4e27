// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/auto.hpp"
#include "core/fields.hpp"
#include "data/fingerprint.hpp"

namespace tazuna {

/// What the planner is told; a value the user fixed is kept and the rest planned around it.
struct PlanRequest {
  Auto<std::vector<double>> spacing;  ///< mm, canonical z, y, x
  Auto<std::vector<int64_t>> patch;   ///< working axis order; an edge of 1 makes the network 2D
  Auto<int64_t> batch;
  Auto<int64_t> stages;
  Auto<std::vector<int64_t>> widths;                  ///< one a stage
  Auto<std::vector<Triple>> strides, kernels;         ///< one a stage, working axis order
  Auto<std::vector<int64_t>> blocks, decoder_blocks;  ///< one a stage; one fewer
  int64_t classes = 2;                                ///< with the background
  bool residual = true;                               ///< which reference of nnU-Net's memory model
  double memory_gb = 8;
  int64_t frames = 1;       ///< of a window of a series; 1: no series
  int64_t frame_chunk = 4;  ///< of them, how many are encoded at once
  /// Whether patches are cut. Without, the planned patch sizes the network and bounds the whole views'
  /// memory, and no decoder is counted.
  bool voxel_tasks = true;
};

/// Geometry and topology by nnU-Net's rules (ExperimentPlanner / ResEncUNetPlanner of nnU-Net 2.8, both with
/// the cap of 5 % of the cohort's voxels in a batch).
struct Plan {
  std::vector<double> spacing;   ///< mm, working axis order
  std::vector<int64_t> arrange;  ///< canonical (z, y, x) axis behind each working axis; worst axis first
  std::array<int64_t, 3> median_size;  ///< voxels at the working spacing, working axis order
  std::vector<int64_t> patch;          ///< z, y, x in working axis order
  int64_t batch = 2;
  int64_t stages = 1;
  std::vector<int64_t> widths;  ///< one a stage
  std::vector<int64_t> blocks,
      decoder_blocks;                    ///< residual blocks or convolutions a stage; decoder coarsest first
  std::vector<Triple> strides, kernels;  ///< one a stage
  std::string normalise;                 ///< zscore | zscore_inside
  std::vector<std::string> reasons;      ///< a sentence for each decision, for `tazuna plan`
};

/// Throws Error(refused) for an impossible request (a patch that is not a multiple of the strides' product,
/// more stages than a patch can be halved, lists of different length, ...) and names the nearest one that is
/// possible; and for a patch too small to be halved once.
Plan make_plan(const Fingerprint& fingerprint, const PlanRequest& request);

}  // namespace tazuna
