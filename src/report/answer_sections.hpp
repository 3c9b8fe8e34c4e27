// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "report/contents.hpp"

namespace tazuna {

/// The scores of a subject task: a row a metric, a column an arm.
std::string answers_table(const AnsweredTask& task);
/// "" unless there is a subject task: a table for each.
std::string answers_tables_section(const std::vector<AnsweredTask>& tasks);
/// How the answers lie: ROC curves with bands, confusion matrices and reliability of classes, confusion
/// matrices and ROC curves at the cuts of levels, answers against truths of quantities; "" without subject
/// tasks. Every figure names the columns it was drawn from.
std::string answers_figures_section(const std::vector<AnsweredTask>& tasks);

}  // namespace tazuna
