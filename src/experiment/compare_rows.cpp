// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_rows.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>

#include "core/text.hpp"
#include "core/undefined.hpp"
#include "infer/scores.hpp"
#include "infer/subject_table.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

std::vector<Table::Cell> place(const RunOf& run, const std::string& case_id, const std::string& person) {
  return {run.arm, run.seed, run.fold, case_id, person};
}

// A metric of a case averaged over the seeds in which it is defined.
struct Mean {
  double sum = 0;
  int64_t n = 0;
  void add(double value) {
    if (std::isnan(value)) return;
    sum += value;
    ++n;
  }
  double value() const { return n > 0 ? sum / static_cast<double>(n) : undefined; }
};

template <class Row>
std::set<int64_t> seeds(const std::vector<Row>& rows, const std::string& arm) {
  std::set<int64_t> found;
  for (const Row& row : rows)
    if (row.arm == arm) found.insert(row.seed);
  return found;
}

template <class Row>
std::vector<Row> selected(const std::vector<Row>& rows, const std::string& arm, int64_t seed) {
  std::vector<Row> found;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(found),
               [&](const Row& row) { return row.arm == arm && row.seed == seed; });
  return found;
}

// The rows of an arm that belong together, in the order in which they first come.
template <class Row, class Key>
std::vector<std::vector<const Row*>> grouped(const std::vector<Row>& rows, const std::string& arm,
                                             const Key& key) {
  std::vector<std::vector<const Row*>> groups;
  std::map<decltype(key(rows.front())), size_t> places;
  for (const Row& row : rows) {
    if (row.arm != arm) continue;
    const auto [found, added] = places.try_emplace(key(row), groups.size());
    if (added) groups.emplace_back();
    groups[found->second].push_back(&row);
  }
  return groups;
}

// One row for several of a case: each metric over those in which it is defined.
RunScore mean_score(const std::vector<const RunScore*>& members) {
  RunScore mean = *members.front();
  for (auto& [name, value] : mean.score.metrics) {
    Mean over;
    for (const RunScore* one : members)
      for (const auto& [other, own] : one->score.metrics)
        if (other == name) over.add(own);
    value = over.value();
  }
  return mean;
}

RunAnswer mean_row(const std::vector<const RunAnswer*>& members, const AskedTask& question) {
  RunAnswer mean = *members.front();
  if (members.size() == 1) return mean;
  std::vector<const AnsweredCase*> answers;
  for (const RunAnswer* one : members) answers.push_back(&one->answered);
  mean.answered.answer = mean_answer(answers, question);
  return mean;
}

// A case's scores with the size of the volume's error, whose mean tells more than that of the error: errors
// of several networks cancel.
CaseScore with_size(CaseScore score) {
  for (const auto& [name, value] : score.metrics) {
    if (name != "volume_error_mm3") continue;
    score.metrics.emplace_back("abs_volume_error_mm3", std::abs(value));
    break;
  }
  return score;
}

template <class Row>
std::set<std::string> arms_of(const std::vector<Row>& rows) {
  std::set<std::string> arms;
  for (const Row& row : rows) arms.insert(row.arm);
  return arms;
}

}  // namespace

void add_run(Outcomes& outcomes, const RunOf& run, const fs::path& folder,
             const std::map<std::string, std::string>& persons, const std::string& part) {
  const fs::path cases = folder / part / "cases.tsv", subjects = folder / part / "subjects.tsv";
  if (fs::exists(cases)) {
    for (const CaseScore& score : read_scores(cases)) {
      const auto person = persons.find(score.case_id);
      outcomes.scores.push_back(
          {run, person == persons.end() ? score.case_id : person->second, with_size(score)});
    }
  }
  if (!fs::exists(subjects)) return;
  for (const auto& [task, answers] : read_answers(subjects))
    for (const AnsweredCase& one : answers) outcomes.answers[task].push_back({run, one});
}

Table score_rows(const std::vector<RunScore>& scores) {
  std::vector<std::string> columns{"arm", "seed", "fold", "case", "person", "task", "structure"};
  const size_t before = columns.size();
  for (const RunScore& row : scores)
    for (const auto& [name, value] : row.score.metrics)
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  Table table(columns);
  for (const RunScore& row : scores) {
    auto cells = place(row, row.score.case_id, row.person);
    cells.emplace_back(row.score.task);
    cells.emplace_back(row.score.structure);
    const std::map<std::string, double> metrics(row.score.metrics.begin(), row.score.metrics.end());
    for (size_t i = before; i < columns.size(); ++i) {
      const auto found = metrics.find(columns[i]);
      cells.emplace_back(std::in_place_type<double>, found == metrics.end() ? undefined : found->second);
    }
    table.add(std::move(cells));
  }
  return table;
}

Table answer_rows(const std::vector<RunAnswer>& answers, const AskedTask& question) {
  std::vector<std::string> columns{"arm", "seed", "fold", "case", "person", "truth", "answer"};
  for (const std::string& name : question.names) columns.push_back("p_" + name);
  Table table(columns);
  for (const RunAnswer& row : answers) {
    const AnsweredCase& one = row.answered;
    auto cells = place(row, one.case_id, one.person);
    cells.emplace_back(one.truth.empty() ? "n/a" : one.truth);
    if (const auto* shares = std::get_if<ClassShares>(&one.answer)) {
      cells.emplace_back(shares->names.at(shares->chosen));
      for (const double share : shares->shares) cells.emplace_back(share);
    } else {
      cells.emplace_back(std::get<Quantity>(one.answer).value);
    }
    table.add(std::move(cells));
  }
  return table;
}

std::set<int64_t> seeds_of(const std::vector<RunScore>& scores, const std::string& arm) {
  return seeds(scores, arm);
}
std::set<int64_t> seeds_of(const std::vector<RunAnswer>& answers, const std::string& arm) {
  return seeds(answers, arm);
}
std::vector<RunScore> of_seed(const std::vector<RunScore>& scores, const std::string& arm, int64_t seed) {
  return selected(scores, arm, seed);
}
std::vector<RunAnswer> of_seed(const std::vector<RunAnswer>& answers, const std::string& arm, int64_t seed) {
  return selected(answers, arm, seed);
}

std::vector<RunScore> mean_over_seeds(const std::vector<RunScore>& scores, const std::string& arm) {
  const auto key = [](const RunScore& row) {
    return std::make_tuple(row.fold, row.score.case_id, row.score.task, row.score.structure);
  };
  std::vector<RunScore> means;
  for (const auto& members : grouped(scores, arm, key)) means.push_back(mean_score(members));
  return means;
}

std::vector<RunAnswer> mean_over_seeds(const std::vector<RunAnswer>& answers, const std::string& arm,
                                       const AskedTask& question) {
  const auto key = [](const RunAnswer& row) { return std::make_pair(row.fold, row.answered.case_id); };
  std::vector<RunAnswer> means;
  for (const auto& members : grouped(answers, arm, key)) means.push_back(mean_row(members, question));
  return means;
}

Outcomes mean_over_folds(const Outcomes& outcomes, const std::vector<AskedTask>& questions) {
  Outcomes means;
  const auto score_key = [](const RunScore& row) {
    return std::make_tuple(row.seed, row.score.case_id, row.score.task, row.score.structure);
  };
  for (const std::string& arm : arms_of(outcomes.scores)) {
    for (const auto& members : grouped(outcomes.scores, arm, score_key)) {
      means.scores.push_back(mean_score(members));
      means.scores.back().fold = 0;
    }
  }
  const auto answer_key = [](const RunAnswer& row) { return std::make_pair(row.seed, row.answered.case_id); };
  for (const AskedTask& question : questions) {
    const auto answers = outcomes.answers.find(question.task);
    if (answers == outcomes.answers.end()) continue;
    std::vector<RunAnswer>& own = means.answers[question.task];
    for (const std::string& arm : arms_of(answers->second)) {
      for (const auto& members : grouped(answers->second, arm, answer_key)) {
        own.push_back(mean_row(members, question));
        own.back().fold = 0;
      }
    }
  }
  return means;
}

Prediction mean_answer(const std::vector<const AnsweredCase*>& answers, const AskedTask& question) {
  const auto n = static_cast<double>(answers.size());
  if (question.names.empty()) {
    double sum = 0;
    for (const AnsweredCase* one : answers) sum += std::get<Quantity>(one->answer).value;
    return Quantity{.value = sum / n, .unit = question.unit};
  }
  std::vector<double> shares(question.names.size());
  for (const AnsweredCase* one : answers) {
    const auto& own = std::get<ClassShares>(one->answer).shares;
    for (size_t k = 0; k < shares.size(); ++k) shares[k] += own.at(k) / n;
  }
  return with_answer(std::move(shares), question);
}

std::vector<AnsweredCase> answered_cases(const std::vector<RunAnswer>& answers) {
  std::vector<AnsweredCase> cases;
  for (const RunAnswer& one : answers) cases.push_back(one.answered);
  return cases;
}

}  // namespace tazuna
