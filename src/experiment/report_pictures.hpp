// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "experiment/report_run.hpp"
#include "report/contents.hpp"
#include "report/selection.hpp"

namespace tazuna {

/// What is drawn of a sequence, [1, D, H, W]: an image of one frame, of a series its mean over time. Refuses
/// a case without it.
Volume shown_image(const Subject& subject, const std::string& sequence);
/// The first of the run's sequences that a case has; "" without any.
std::string shown_sequence(const RunOnDisk& run, const Subject& subject);

/// Draws, and says why that was not possible, "" if it was: an Error, or memory that was not to be had (one
/// picture the less, and no report lost).
std::string why_not_drawn(const std::function<void()>& draw);

/// Draws the chosen cases of a run: the first sequence they have (of a series the mean over time), their
/// held-out label map and the reference. `cases`: their scores, which say what structures there are. Why one
/// cannot be drawn is said in its place and in the log.
std::vector<ShownCase> drawn_examples(const RunOnDisk& run, const Table& cases,
                                      const std::vector<ChosenCase>& chosen, Log& log);

}  // namespace tazuna
