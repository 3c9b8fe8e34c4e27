// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "experiment/compare_plan.hpp"
#include "experiment/compare_rows.hpp"

namespace tazuna {

/// A held-out case whose answer is looked into.
struct SalientCase {
  std::string task, role;  ///< "worst of 40", "median of 40", "best of 40"; "the only case"
  std::string case_id, person, truth;
  int64_t fold = 0;  ///< in which it was held out
};
/// Of each task the worst, median and best case of one repetition of an arm: by the share that the true class
/// was given, the distance of the mean level or of the number from the truth. Of an even number the median is
/// the worse of the middle two; of equals the first by name is the worse.
std::vector<SalientCase> salient_cases(const Outcomes& outcomes, const std::string& arm, int64_t seed,
                                       const std::vector<AskedTask>& questions);

/// The number whose changes are mapped: of classes the log-odds of class `chosen`, of levels the mean level,
/// of quantities the answer. `answer`: [K] shares, or [1].
double answer_value(const std::vector<double>& answer, const AskedTask& question, size_t chosen);
/// What it is called: "log-odds of III", "mean level", "answer (years)".
std::string answer_measure(const AskedTask& question, size_t chosen);

/// Into how many boxes a case is divided at most: as many as let the maps of all tasks together ask for no
/// more than half of `views`, those that one fold's training showed the network; 27 to 216.
int64_t salient_boxes(int64_t views, size_t tasks);

/// Which part of the image moves the answers of the first arm (first seed): the cases of salient_cases() are
/// divided into boxes, and answered again with each box in turn filled in with its surroundings. Boxes
/// without contrast are not asked; of a series the middle window of frames alone is looked at. Leaves
/// OUT/saliency.tsv: `task role case person arm seed fold truth measure answer value value_filled change`,
/// then `x_low x_high y_low y_high z_low z_high`, the box in voxels of the file that the first sequence is
/// read from (low inclusive, high exclusive). What was measured is kept in OUT/saliency. Nothing happens
/// without a subject task.
Ended map_saliency(const ComparisonPlan& plan, const Outcomes& outcomes, Log& log, Interrupts& interrupts);

}  // namespace tazuna
