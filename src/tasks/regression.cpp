// SPDX-License-Identifier: Apache-2.0
#include "tasks/regression.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/answer_score.hpp"
#include "tasks/column_values.hpp"
#include "tasks/sides.hpp"
#include "tasks/subject_scores.hpp"
#include "tasks/subject_task.hpp"

namespace tazuna {

void describe(Fields& fields, QuantityTarget& target) {
  fields.text("column", target.column, "column of the cases' values that holds the number",
              /*required=*/true);
  fields.text("unit", target.unit, "its unit in tables: years, ml");
  fields.flag("log", target.log, "learn the logarithm; for positive, skewed quantities");
}

void describe(Fields& fields, RegressionOptions& options) {
  describe_question(fields, options);
}

namespace {

class RegressionTask : public SubjectTask {
 public:
  explicit RegressionTask(const RegressionOptions& options)
      : SubjectTask(question_of(options, names_side(options.target.column))), target_(options.target) {}

  int64_t outputs() const override { return 1; }

  Target target_of(std::span<const Sample> samples) const override {
    const auto rows = static_cast<int64_t>(samples.size());
    Target target{at::zeros({rows}, at::kFloat), at::zeros({rows}, at::kBool)};
    for (int64_t n = 0; n < rows; ++n) {
      const Subject& subject = *samples[static_cast<size_t>(n)].subject;
      const auto value = value_in(subject, target_.column);
      if (!value) continue;
      if (!is_learnable(*value)) throw refused(value_text(subject, target_.column, *value, demand()));
      target.value[n] = (learnt(*value) - mean_) / sd_;
      target.present[n] = true;
    }
    return target;
  }

  Tensor loss(const TaskOutput& output, const Target& target) const override {
    const Tensor answer = answer_of(output, 1).squeeze(1);
    return where_present(at::huber_loss(answer, target.value, at::Reduction::None, /*delta=*/1), target);
  }

  Tensor averaged(const Tensor& logits) const override {
    const Tensor learnt = logits.to(at::kFloat) * sd_ + mean_;
    return target_.log ? learnt.exp() : learnt;
  }

  Prediction decide(const Tensor& members) const override {
    expect_axes(members, "members", 2, "M, 1");
    const Tensor values = members.to(at::kCPU, at::kDouble).reshape({-1});
    Quantity answer{.value = values.mean().item<double>(), .unit = target_.unit};
    if (values.numel() > 1) answer.sd = values.std(/*unbiased=*/true).item<double>();
    return answer;
  }

  std::vector<TaskScore> scores(std::span<const AnsweredCase> cases) const override {
    return quantity_answer_scores(cases);
  }
  std::unique_ptr<Score> make_score() const override {
    return make_answer_score(target_.column, "mae", [](std::span<const AnsweredCase> cases) {
      const ScoreValues values = quantity_answer_values(cases);
      return values.empty() ? std::numeric_limits<double>::quiet_NaN() : values.front().second;
    });
  }

 protected:
  void fit_target(std::span<const Subject> training, Problems& problems) override {
    expect_values(
        training, target_.column, [this](const std::string& value) { return is_learnable(value); }, demand(),
        where(), problems);
    std::vector<double> values;
    for (const Subject& subject : training) {
      const auto value = value_in(subject, target_.column);
      if (value && is_learnable(*value)) values.push_back(learnt(*value));
    }
    if (values.empty()) {
      problems.add(where(),
                   cat("no case of the training part has an answer in the column '", target_.column, "'"));
      return;
    }
    const Tensor numbers = at::tensor(values, at::kDouble);
    mean_ = numbers.mean().item<double>();
    sd_ = numbers.std(/*unbiased=*/false).item<double>();
    if (numbers.min().item<double>() < numbers.max().item<double>()) return;
    sd_ = 1;
    problems.add(where(), cat("the column '", target_.column, "' is the same in all ", values.size(),
                              " cases of the training part that have it; there is nothing to learn"));
  }

  void target_constants(Fields& fields) override {
    fields.number("mean", mean_, {}, "of the training part's numbers (of their logarithms with target.log)");
    fields.number("sd", sd_, {0}, "their population standard deviation");
  }

  AnswerLayer answer_layer() const override { return {}; }

 private:
  bool is_learnable(const std::string& value) const {
    const auto number = number_of(value);
    return number && (!target_.log || *number > 0);
  }
  double learnt(const std::string& value) const {
    return target_.log ? std::log(*number_of(value)) : *number_of(value);
  }
  std::string demand() const {
    return target_.log ? "not a number above 0, which target.log needs" : "not a number";
  }

  QuantityTarget target_;
  double mean_ = 0, sd_ = 1;
};

}  // namespace

std::unique_ptr<Task> make_task(const RegressionOptions& options) {
  return std::make_unique<RegressionTask>(options);
}

}  // namespace tazuna
