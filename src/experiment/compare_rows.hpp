// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "experiment/compare_questions.hpp"
#include "tables/table.hpp"

namespace tazuna {

/// Which repetition of which arm a row comes from.
struct RunOf {
  std::string arm;
  int64_t seed = 0, fold = 0;
};
struct RunScore : RunOf {
  std::string person;
  CaseScore score;
};
struct RunAnswer : RunOf {
  AnsweredCase answered;
};

/// What all arms say about held-out people, one entry a repetition.
struct Outcomes {
  std::vector<RunScore> scores;
  std::map<std::string, std::vector<RunAnswer>> answers;  ///< by subject task
};

/// Adds a finished run's scores and answers of the held-out people (RUN/PART/cases.tsv, subjects.tsv) or of
/// those held aside; beside volume_error_mm3 its size, abs_volume_error_mm3. `persons`: by case.
void add_run(Outcomes& outcomes, const RunOf& run, const std::filesystem::path& folder,
             const std::map<std::string, std::string>& persons, const std::string& part = "validation");

/// `arm seed fold case person task structure`, then a column a metric.
Table score_rows(const std::vector<RunScore>& scores);
/// `arm seed fold case person truth answer`, then `p_<class>` for each class or level.
Table answer_rows(const std::vector<RunAnswer>& answers, const AskedTask& question);

std::set<int64_t> seeds_of(const std::vector<RunScore>& scores, const std::string& arm);
std::set<int64_t> seeds_of(const std::vector<RunAnswer>& answers, const std::string& arm);
std::vector<RunScore> of_seed(const std::vector<RunScore>& scores, const std::string& arm, int64_t seed);
std::vector<RunAnswer> of_seed(const std::vector<RunAnswer>& answers, const std::string& arm, int64_t seed);

/// One row a case of an arm: the mean of each metric over the seeds in which it is defined (infinite in one,
/// infinite on the mean).
std::vector<RunScore> mean_over_seeds(const std::vector<RunScore>& scores, const std::string& arm);
/// One answer a case of an arm: the mean of its probabilities with the answer that follows, or of its
/// quantities.
std::vector<RunAnswer> mean_over_seeds(const std::vector<RunAnswer>& answers, const std::string& arm,
                                       const AskedTask& question);
/// Of people who are held out in no fold but answered by every fold's network: one row a case, arm and seed,
/// averaged over the folds as above; its fold is 0.
Outcomes mean_over_folds(const Outcomes& outcomes, const std::vector<AskedTask>& questions);
/// One answer for several: the mean of their probabilities with the answer that follows, or of their
/// quantities.
Prediction mean_answer(const std::vector<const AnsweredCase*>& answers, const AskedTask& question);
/// Without whose they are.
std::vector<AnsweredCase> answered_cases(const std::vector<RunAnswer>& answers);

}  // namespace tazuna
