// SPDX-License-Identifier: Apache-2.0
#include "tasks/answer_score.hpp"

#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

class AnswerScore : public Score {
 public:
  AnswerScore(std::string column, std::string value_name,
              std::function<double(std::span<const AnsweredCase>)> value)
      : column_(std::move(column)), value_name_(std::move(value_name)), value_(std::move(value)) {}

  void add(const Subject& subject, const Prediction& prediction,
           const std::map<std::string, Volume>&) override {
    const bool answers =
        std::holds_alternative<ClassShares>(prediction) || std::holds_alternative<Quantity>(prediction);
    if (!answers) return;
    answered_.push_back({subject.id, subject.person, value_in(subject, column_).value_or(""), prediction});
  }

  const std::vector<CaseScore>& rows() const override {
    static const std::vector<CaseScore> none;
    return none;
  }
  const std::vector<AnsweredCase>& answered() const override { return answered_; }
  double value() const override { return value_(answered_); }
  std::string value_name() const override { return value_name_; }

 private:
  std::string column_, value_name_;
  std::function<double(std::span<const AnsweredCase>)> value_;
  std::vector<AnsweredCase> answered_;
};

}  // namespace

std::unique_ptr<Score> make_answer_score(std::string column, std::string value_name,
                                         std::function<double(std::span<const AnsweredCase>)> value) {
  return std::make_unique<AnswerScore>(std::move(column), std::move(value_name), std::move(value));
}

}  // namespace tazuna
