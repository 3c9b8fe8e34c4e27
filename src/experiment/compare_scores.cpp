// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "infer/scores.hpp"

namespace tazuna {

namespace {

using Key = std::tuple<std::string, std::string, std::string>;  // task, structure, metric

// Standard deviation of the seeds' own values; NaN for fewer than two.
double spread(const std::vector<double>& values) {
  std::vector<double> finite;
  for (const double value : values)
    if (std::isfinite(value)) finite.push_back(value);
  if (finite.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  double mean = 0, squares = 0;
  for (const double value : finite) mean += value / static_cast<double>(finite.size());
  for (const double value : finite) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(finite.size() - 1));
}

// What mean_scores() takes apart.
std::vector<MeanScore> means_of(const std::vector<RunScore>& rows) {
  std::vector<CaseScore> scores;
  ScoreNotes notes;
  for (const RunScore& row : rows) {
    scores.push_back(row.score);
    notes.persons[row.score.case_id] = row.person;
  }
  return mean_scores(scores, notes);
}

void add_structures(const Outcomes& outcomes, const std::string& arm, Table& table) {
  const auto means = means_of(mean_over_seeds(outcomes.scores, arm));
  std::map<Key, std::vector<double>> own;
  const auto seeds = seeds_of(outcomes.scores, arm);
  for (const int64_t seed : seeds.size() > 1 ? seeds : std::set<int64_t>())
    for (const MeanScore& score : means_of(of_seed(outcomes.scores, arm, seed)))
      own[{score.task, score.structure, score.metric}].push_back(score.over_cases.mean);
  for (const auto& [task, structure, metric, over] : means)
    table.add({arm, task, structure, metric, over.mean, over.low, over.high, over.n, over.persons,
               over.undefined, over.infinite, spread(own[{task, structure, metric}])});
}

// What was read from a table does not say its unit.
std::vector<AnsweredCase> in_unit(std::vector<AnsweredCase> cases, const std::string& unit) {
  for (AnsweredCase& one : cases)
    if (auto* quantity = std::get_if<Quantity>(&one.answer)) quantity->unit = unit;
  return cases;
}

void add_answers(const std::vector<RunAnswer>& answers, const std::string& arm, const AskedTask& question,
                 const Task& task, Table& table) {
  const auto pooled = in_unit(answered_cases(mean_over_seeds(answers, arm, question)), question.unit);
  if (pooled.empty()) return;
  std::map<std::string, std::vector<double>> own;
  const auto seeds = seeds_of(answers, arm);
  for (const int64_t seed : seeds.size() > 1 ? seeds : std::set<int64_t>())
    for (const TaskScore& score :
         task.scores(in_unit(answered_cases(of_seed(answers, arm, seed)), question.unit)))
      own[score.metric].push_back(score.value);
  const auto unknown = static_cast<int64_t>(
      std::count_if(pooled.begin(), pooled.end(), [](const AnsweredCase& one) { return one.truth.empty(); }));
  for (const TaskScore& score : task.scores(pooled))
    table.add({arm, question.task, "-", score.metric, score.value, score.low, score.high, score.n,
               score.persons, unknown, int64_t{0}, spread(own[score.metric])});
}

}  // namespace

Table score_table(const Outcomes& outcomes, const std::vector<std::string>& arms,
                  const std::vector<AskedTask>& questions, const std::vector<std::shared_ptr<Task>>& tasks) {
  Table table({"arm", "task", "structure", "metric", "value", "low", "high", "n", "persons", "undefined",
               "infinite", "seed_sd"});
  for (const std::string& arm : arms) {
    add_structures(outcomes, arm, table);
    for (const AskedTask& question : questions) {
      const auto answers = outcomes.answers.find(question.task);
      const auto task = std::find_if(tasks.begin(), tasks.end(),
                                     [&question](const auto& one) { return one->name() == question.task; });
      if (answers != outcomes.answers.end() && task != tasks.end())
        add_answers(answers->second, arm, question, **task, table);
    }
  }
  return table;
}

}  // namespace tazuna
