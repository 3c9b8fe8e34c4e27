// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "infer/evaluation.hpp"
#include "infer/subject_table.hpp"

namespace tazuna {

/// Answers of subject tasks beside the truth.
struct ScoredAnswers {
  std::vector<SubjectRow> rows;         ///< of the cases that the reference knows
  std::vector<SubjectColumns> columns;  ///< of the tasks whose truth the reference says
  TaskScores scores;
  int64_t answered = 0, unanswered = 0;  ///< cases with a truth
};

/// Scores the answers in a subjects.tsv (`predictions` itself, or the one in that folder) against the values
/// of a table or of a BIDS dataset (participants.tsv, sub-*_sessions.tsv; of a derivative those of its
/// dataset). The truth of task T stands in column T or in the one that `options.columns` names. A case's row
/// is the one of its name, else of its BIDS name (sub-01_ses-2), else of its person; where none has any and
/// all begin with sub-, ids count as if they did too. Classes are scored by
/// class_answer_scores(), those that are more than two ascending numbers by level_answer_scores() besides,
/// quantities by quantity_answer_scores(). Nothing is returned where there are no answers, or no truth and
/// label maps to score instead. A truth that is no class or no number is left out, with a warning. Refused: a
/// column that is not there, no case in common, a task all of whose truths are so. `persons`: by case; empty:
/// as subjects.tsv says.
std::optional<ScoredAnswers> score_answers(const EvaluateOptions& options,
                                           const std::map<std::string, std::string>& persons, Log& log);

/// Writes FOLDER/subjects.tsv and FOLDER/task_scores.tsv; without answers, removes those of an earlier call.
void write_scored(const std::filesystem::path& folder, const std::optional<ScoredAnswers>& answers);

}  // namespace tazuna
