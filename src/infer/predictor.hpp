// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <vector>

#include "data/sample.hpp"
#include "infer/sliding_window.hpp"
#include "tasks/task.hpp"

namespace tazuna {

class Model;  // tasks/model.hpp

/// The answers of one prepared case: for each task its predictions (a voxel task: LabelMap, and VoxelField if
/// asked). Members of an ensemble are averaged in their logits before the readout. The case is padded to the
/// tile evenly with zeros where it is smaller; windows advance in slabs along axis 0 and a finished slab goes
/// to each task's Readout, so memory is classes x slab. Runs without autograd, in eval mode; a member that
/// was training goes on training afterwards. The members must lie on `device`.
std::vector<std::vector<Prediction>> predict_case(const std::vector<Model*>& members, const Sample& sample,
                                                  const WindowOptions& options, at::Device device);

}  // namespace tazuna
