// SPDX-License-Identifier: Apache-2.0
#include "report/answer_questions.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace tazuna {

std::vector<Question> questions_of(const AnsweredTask& task) {
  std::vector<Question> questions;
  const size_t count = task.names.size();
  if (task.ordered) {
    for (size_t cut = 0; cut + 1 < count; ++cut) {
      const std::string metric = cat("auc_above_", task.names[cut]);
      const auto is_scored = [&metric](const MeanRow& row) { return row.metric == metric; };
      if (std::none_of(task.scores.begin(), task.scores.end(), is_scored)) continue;
      Question question{cat(task.name, " above ", task.names[cut]), {}, metric};
      for (size_t place = cut + 1; place < count; ++place) question.places.push_back(place);
      questions.push_back(std::move(question));
    }
    return questions;
  }
  for (size_t place = count == 2 ? 1 : 0; place < count; ++place)
    questions.push_back({cat(task.name, " ", task.names[place], count == 2 ? "" : " against the rest"),
                         {place},
                         count == 2 ? "auc" : ""});
  return questions;
}

QuestionAnswers answers_to(const Question& question, const Answerer& answerer) {
  QuestionAnswers answers;
  for (const GivenAnswer& one : answerer.answers) {
    double probability = 0;
    bool yes = false;
    for (const size_t place : question.places) {
      probability += one.shares[place];
      yes = yes || one.truth == static_cast<double>(place);
    }
    answers.probability.push_back(probability);
    answers.yes.push_back(yes);
    answers.persons.push_back(one.person);
  }
  return answers;
}

std::string trace_of(const AnsweredTask& task, const Question& question) {
  std::vector<std::string> columns{task.truth_column};
  for (const size_t place : question.places) columns.push_back(task.share_prefix + task.names[place]);
  return cat("Source: ", task.answers_file, " (", join(columns, ", "), ")");
}

}  // namespace tazuna
