// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/log.hpp"
#include "core/problems.hpp"
#include "data/case_print.hpp"
#include "data/subject.hpp"
#include "tasks/catalog.hpp"

namespace tazuna {

/// Every label that a map may hold, for maps whose labels the cohort itself names, since it claims to name
/// all: those and the tasks' own. Where the configuration alone gives names, a map may hold any label, and
/// what no task names is background.
LabelsOfMaps labels_of_maps(const std::vector<TaskOptions>& tasks, const Cohort& cohort);

/// Compares the labels met in the cases' maps with those that the tasks name. Warns once of every map that
/// holds labels of no task, where the cohort names none, and of every structure that no case shows. A task
/// none of whose structures is met in such a map is a problem: its labels are wrong. Maps of no case are
/// passed over.
void compare_labels(const std::vector<CasePrint>& cases, const std::vector<TaskOptions>& tasks,
                    const Cohort& cohort, Log& log, Problems& problems);

}  // namespace tazuna
