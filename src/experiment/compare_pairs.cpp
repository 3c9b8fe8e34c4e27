// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "core/text.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

using Row = PairedRows::Row;
using Test = PairedRows::Test;

// What is compared of a structure.
struct VoxelMetric {
  const char *name, *unit;
  bool higher_is_better;
};
constexpr VoxelMetric voxel_metrics[] = {
    {"dice", "", true}, {"hd95_mm", "mm", false}, {"abs_volume_error_mm3", "mm3", false}};

double value_of(const CaseScore& score, const VoxelMetric& metric) {
  for (const auto& [name, value] : score.metrics)
    if (name == metric.name) return value;
  return std::nan("");
}

void add_structures(const Outcomes& outcomes, const ArmPair& pair, const std::string& task,
                    std::vector<PairedRows>& all) {
  const auto first = mean_over_seeds(outcomes.scores, pair.arm);
  std::map<std::tuple<int64_t, std::string, std::string>, const RunScore*> others;
  const auto second = mean_over_seeds(outcomes.scores, pair.reference);
  for (const RunScore& row : second)
    if (row.score.task == task) others[{row.fold, row.score.case_id, row.score.structure}] = &row;
  for (const VoxelMetric& metric : voxel_metrics) {
    const size_t begin = all.size();
    for (const RunScore& row : first) {
      const auto other = others.find({row.fold, row.score.case_id, row.score.structure});
      if (row.score.task != task || other == others.end()) continue;
      auto place =
          std::find_if(all.begin() + static_cast<std::ptrdiff_t>(begin), all.end(),
                       [&row](const PairedRows& one) { return one.structure == row.score.structure; });
      if (place == all.end()) {
        all.push_back({pair,
                       task,
                       row.score.structure,
                       metric.name,
                       metric.unit,
                       metric.higher_is_better,
                       metric.name,
                       Test::wilcoxon,
                       {}});
        place = all.end() - 1;
      }
      place->rows.push_back({row.score.case_id, row.person, value_of(row.score, metric),
                             value_of(other->second->score, metric)});
    }
  }
}

// A case that both arms answered and whose truth is known; or several of a person as one.
struct BothAnswered {
  AnsweredCase arm, reference;
  size_t place = 0;   // of the true class or level
  double number = 0;  // the true quantity
  int64_t cases = 1;
};

std::vector<BothAnswered> both_answered(const std::vector<RunAnswer>& first,
                                        const std::vector<RunAnswer>& second, const AskedTask& question) {
  std::map<std::pair<int64_t, std::string>, const AnsweredCase*> others;
  for (const RunAnswer& row : second) others[{row.fold, row.answered.case_id}] = &row.answered;
  std::vector<BothAnswered> both;
  for (const RunAnswer& row : first) {
    const auto other = others.find({row.fold, row.answered.case_id});
    if (other == others.end()) continue;
    BothAnswered one{.arm = row.answered, .reference = *other->second};
    if (question.names.empty()) {
      const auto number = number_of(row.answered.truth);
      if (!number) continue;
      one.number = *number;
    } else {
      const auto place = place_of(row.answered.truth, question.names);
      if (!place) continue;
      one.place = *place;
    }
    both.push_back(one);
  }
  return both;
}

// The mean of one arm's answers, under the joined names of their cases.
AnsweredCase mean_case(const std::vector<const BothAnswered*>& members, AnsweredCase BothAnswered::*arm,
                       const AskedTask& question) {
  AnsweredCase mean = members.front()->*arm;
  std::vector<const AnsweredCase*> answers;
  std::vector<std::string> names;
  for (const BothAnswered* one : members) {
    answers.push_back(&(one->*arm));
    names.push_back(answers.back()->case_id);
  }
  mean.case_id = join(names, "+");
  mean.answer = mean_answer(answers, question);
  return mean;
}

// A person's cases with the same truth as one.
std::vector<BothAnswered> merged(const std::vector<BothAnswered>& both, const AskedTask& question) {
  std::vector<std::vector<const BothAnswered*>> groups;
  std::map<std::tuple<std::string, size_t, double>, size_t> places;
  for (const BothAnswered& one : both) {
    const auto [place, added] = places.try_emplace({one.arm.person, one.place, one.number}, groups.size());
    if (added) groups.emplace_back();
    groups[place->second].push_back(&one);
  }
  std::vector<BothAnswered> rows;
  for (const auto& members : groups) {
    rows.push_back(*members.front());
    if (members.size() == 1) continue;
    rows.back().arm = mean_case(members, &BothAnswered::arm, question);
    rows.back().reference = mean_case(members, &BothAnswered::reference, question);
    rows.back().cases = static_cast<int64_t>(members.size());
  }
  return rows;
}

const ClassShares& shares_of(const AnsweredCase& one) {
  return std::get<ClassShares>(one.answer);
}

// The rows of one metric from what `value` makes of an answer and the case's truth.
template <class Value>
std::vector<Row> rows_of(const std::vector<BothAnswered>& both, const Value& value) {
  std::vector<Row> rows;
  for (const BothAnswered& one : both)
    rows.push_back({.case_id = one.arm.case_id,
                    .person = one.arm.person,
                    .arm = value(one.arm, one),
                    .reference = value(one.reference, one),
                    .cases = one.cases});
  return rows;
}

double above(const ClassShares& answer, size_t level) {
  double sum = 0;
  for (size_t k = level + 1; k < answer.shares.size(); ++k) sum += answer.shares[k];
  return sum;
}

class AnswerPairs {
 public:
  AnswerPairs(const std::vector<BothAnswered>& both, const ArmPair& pair, const AskedTask& question,
              std::vector<PairedRows>& all)
      : both_(both), pair_(pair), question_(question), all_(all) {}

  void add() {
    if (question_.names.empty()) {
      const auto error = [](const AnsweredCase& one, const BothAnswered& truth) {
        return std::abs(std::get<Quantity>(one.answer).value - truth.number);
      };
      push(question_.unit.empty() ? "mae" : "mae_" + question_.unit, question_.unit, false, "mae",
           Test::wilcoxon, rows_of(both_, error));
      return;
    }
    push("accuracy", "", true, "accuracy", Test::mcnemar,
         rows_of(both_, [](const AnsweredCase& one, const BothAnswered& truth) {
           return shares_of(one).chosen == truth.place ? 1.0 : 0.0;
         }));
    if (question_.ordered) {
      add_levels();
    } else {
      add_classes();
    }
  }

 private:
  void push(std::string metric, std::string unit, bool higher, std::string family, Test test,
            std::vector<Row> rows) {
    all_.push_back({pair_, question_.task, "-", std::move(metric), std::move(unit), higher, std::move(family),
                    test, std::move(rows)});
  }

  // An area: the score of each case, and whether the truth is positive.
  template <class Score, class Positive>
  void push_area(const std::string& metric, const Score& score, const Positive& positive) {
    auto rows =
        rows_of(both_, [&](const AnsweredCase& one, const BothAnswered&) { return score(shares_of(one)); });
    for (size_t i = 0; i < rows.size(); ++i) rows[i].positive = positive(both_[i].place);
    push(metric, "", true, "auc", Test::delong, std::move(rows));
  }

  void add_classes() {
    const bool two = question_.names.size() == 2;
    for (size_t k = two ? 1 : 0; k < question_.names.size(); ++k)
      push_area(
          two ? "auc" : "auc_" + question_.names[k], [k](const ClassShares& one) { return one.shares.at(k); },
          [k](size_t place) { return place == k; });
  }

  void add_levels() {
    push("mae_levels", "levels", false, "mae_levels", Test::wilcoxon,
         rows_of(both_, [](const AnsweredCase& one, const BothAnswered& truth) {
           return std::abs(static_cast<double>(shares_of(one).chosen) - static_cast<double>(truth.place));
         }));
    for (const std::string& cut : question_.cuts) {
      const auto level = place_of(cut, question_.names);
      if (!level) continue;
      push_area(
          "auc_above_" + cut, [level](const ClassShares& one) { return above(one, *level); },
          [level](size_t place) { return place > *level; });
    }
  }

  const std::vector<BothAnswered>& both_;
  const ArmPair& pair_;
  const AskedTask& question_;
  std::vector<PairedRows>& all_;
};

}  // namespace

std::vector<PairedRows> paired_rows(const Outcomes& outcomes, const std::vector<ArmPair>& pairs,
                                    const std::vector<AskedTask>& questions) {
  std::vector<PairedRows> all;
  for (const ArmPair& pair : pairs) {
    for (const std::string& task : pair.tasks) {
      const auto question = std::find_if(questions.begin(), questions.end(),
                                         [&task](const AskedTask& one) { return one.task == task; });
      const auto answers = outcomes.answers.find(task);
      if (question == questions.end()) {
        add_structures(outcomes, pair, task, all);
      } else if (answers != outcomes.answers.end()) {
        const auto first = mean_over_seeds(answers->second, pair.arm, *question),
                   second = mean_over_seeds(answers->second, pair.reference, *question);
        const auto both = merged(both_answered(first, second, *question), *question);
        AnswerPairs(both, pair, *question, all).add();
      }
    }
  }
  for (PairedRows& one : all)
    one.left_out = static_cast<int64_t>(std::erase_if(
        one.rows, [](const Row& row) { return !std::isfinite(row.arm) || !std::isfinite(row.reference); }));
  std::erase_if(all, [](const PairedRows& one) { return one.rows.empty(); });
  return all;
}

Table difference_table(const std::vector<PairedRows>& all) {
  Table table({"task", "structure", "metric", "arm", "reference", "case", "person", "arm_value",
               "reference_value", "positive", "cases"});
  for (const PairedRows& one : all)
    for (const Row& row : one.rows)
      table.add({one.task, one.structure, one.metric, one.pair.arm, one.pair.reference, row.case_id,
                 row.person, row.arm, row.reference,
                 one.test == Test::delong ? static_cast<double>(row.positive) : std::nan(""), row.cases});
  return table;
}

}  // namespace tazuna
