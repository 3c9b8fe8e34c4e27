// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <string>
#include <vector>

#include "data/sample.hpp"
#include "data/whole_view.hpp"
#include "infer/sliding_window.hpp"
#include "tasks/task.hpp"

namespace tazuna {

class Model;  // tasks/model.hpp

/// The answers of one prepared case, by task: of a voxel task its LabelMap, with shares and uncertainty if
/// asked; of a subject task its ClassShares or Quantity.
/// * Voxel tasks: the case is padded evenly with zeros to the tile where it is smaller; windows advance in
///   slabs along axis 0 and a finished slab goes to each task's Readout, so memory is classes x slab. Members
///   of an ensemble are averaged in their logits before the readout.
/// * Subject tasks: the network sees the whole view. Where memory does not suffice for it, the logits are the
///   mean over windows of the patch's size instead and `remark` says so; without `remark` that is an Error.
///   Logits are averaged over `options.mirror_axes`' flips; what the tasks make of them (probabilities,
///   quantities in their units) is averaged over members.
/// * A series (frame_seconds > 0) is answered window of frames by window of frames (`view.frames`), and both
///   kinds of logits are averaged over the windows.
/// Columns that a task reads come from the sample's subject, standardised by each member's own constants.
/// Runs without autograd, in eval mode; a member that was training goes on training afterwards. The members
/// must lie on `device`. Weights are packed for each case anew unless a PackedWeights of the members lives
/// (networks/packed_convolution.hpp).
std::vector<std::vector<Prediction>> predict_case(const std::vector<Model*>& members, const Sample& sample,
                                                  const WindowOptions& options, const SubjectView& view,
                                                  at::Device device, std::string* remark = nullptr);

}  // namespace tazuna
