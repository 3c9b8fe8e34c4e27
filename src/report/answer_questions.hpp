// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/contents.hpp"

namespace tazuna {

/// A yes-or-no question that a task's answers hold: is it this class (or above this level), and how probable
/// was that.
struct Question {
  std::string words;           ///< "grade 3", "mrs above 2"
  std::vector<size_t> places;  ///< of the names that mean yes
  std::string metric = {};     ///< the score that is this question's area; "" for one of several classes
};
/// Of two classes the second; of more each against the rest; of levels those above the cuts that the task was
/// scored at.
std::vector<Question> questions_of(const AnsweredTask& task);

/// The answers to it, a case a place.
struct QuestionAnswers {
  std::vector<double> probability;
  std::vector<uint8_t> yes;
  std::vector<std::string> persons;
};
QuestionAnswers answers_to(const Question& question, const Answerer& answerer);

/// The file and the columns behind a figure: "Source: answers_grade.tsv (truth, p_3)".
std::string trace_of(const AnsweredTask& task, const Question& question);

}  // namespace tazuna
