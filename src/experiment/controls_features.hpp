// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "experiment/controls.hpp"
#include "infer/model_file.hpp"
#include "infer/sliding_window.hpp"

namespace tazuna {

/// Measures a case.
using Measure = std::function<std::vector<double>(const std::shared_ptr<const Subject>&)>;

/// The rows of `cases` in `file` (a TSV: case, then the columns): those that are missing there are measured
/// and kept, so that an interrupted comparison goes on. `make_measure` is called once if any is missing.
/// Nothing if a signal asked to stop; what was measured by then is kept, and so it is where a case cannot be
/// measured, which is an Error. Without `columns` they are called x0, x1, ….
std::optional<FeatureRows> measured(const std::filesystem::path& file,
                                    const std::vector<std::string>& columns, const Subjects& cases,
                                    const std::function<Measure()>& make_measure, const std::string& what,
                                    Log& log, Interrupts& interrupts);

/// How the network's windows slide.
WindowOptions window_options(const ModelRecipe& recipe);
/// The columns of predicted_volumes(): `TASK_STRUCTURE_ml` of each structure of the voxel tasks.
std::vector<std::string> volume_columns(const std::vector<TaskOptions>& tasks);
/// Sizes of the structures that the network draws, in ml.
std::vector<double> predicted_volumes(const LoadedModel& model, const Sample& sample, at::Device device);
/// Mean and maximum of each channel of each encoder stage over the whole view; of a series the mean over its
/// windows.
std::vector<double> pooled_features(const LoadedModel& model, const Sample& sample, at::Device device);
/// Connectivity of a series between the regions of an atlas: Fisher's z of each pair.
std::vector<double> connectivity_of(const Subject& subject, const std::string& sequence, int64_t skip,
                                    const std::filesystem::path& atlas);

}  // namespace tazuna
