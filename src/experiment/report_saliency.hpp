// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/log.hpp"
#include "experiment/report_run.hpp"
#include "report/saliency_section.hpp"
#include "tables/table.hpp"

namespace tazuna {

/// A map for each task and case of a saliency.tsv, drawn on the first sequence of the case that the run has
/// (of a series the mean over time). Why one cannot be drawn is said in its place and in the log.
std::vector<SaliencyMap> saliency_maps(const RunOnDisk& run, const Table& rows, Log& log);

}  // namespace tazuna
