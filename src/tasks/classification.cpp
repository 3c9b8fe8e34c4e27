// SPDX-License-Identifier: Apache-2.0
#include "tasks/classification.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/answer_score.hpp"
#include "tasks/class_weights.hpp"
#include "tasks/named_answers.hpp"
#include "tasks/sides.hpp"
#include "tasks/subject_scores.hpp"
#include "tasks/subject_task.hpp"

namespace tazuna {

void describe(Fields& fields, ClassTarget& target) {
  fields.text("column", target.column, "column of the cases' values that holds the class", /*required=*/true);
  fields.values("classes", target.classes, {},
                "classes in order, the one looked for last; empty: the values found, sorted");
}

void describe(Fields& fields, ClassificationOptions& options) {
  describe_question(fields, options);
  fields.number("label_smoothing", options.label_smoothing, {0, 0.5},
                "share of each row's target that is spread evenly over all classes");
  fields.choice("class_weights", options.class_weights, {"balanced", "none", "given"},
                "factor of each row's loss by its class: N / (K n_k) on the training part, 1, or the list "
                "given_weights");
  fields.values("given_weights", options.given_weights, {0},
                "with class_weights: given, the factors, one a class in the order of target.classes");
}

namespace {

class ClassificationTask : public SubjectTask {
 public:
  explicit ClassificationTask(const ClassificationOptions& options)
      : SubjectTask(question_of(
            options, names_side(options.target.column) || tell_sides_apart(options.target.classes))),
        options_(options),
        answers_(within(where(), [&options] {
          return NamedAnswers(options.target.column, "target.classes", options.target.classes);
        })) {
    const bool given = options_.class_weights == "given";
    const auto weights = static_cast<int64_t>(options_.given_weights.size());
    if (given && weights != answers_.size())
      throw refused(cat(where(), ": given_weights has ", weights, " numbers, but there are ", answers_.size(),
                        " classes"));
    if (!given && weights > 0)
      throw refused(cat(where(), ": given_weights counts only with class_weights: given"));
  }

  int64_t outputs() const override { return answers_.size(); }
  Target target_of(std::span<const Sample> samples) const override { return answers_.target_of(samples); }

  Tensor loss(const TaskOutput& output, const Target& target) const override {
    const Tensor logits = answer_of(output, outputs());
    const Tensor prices = at::cross_entropy_loss(logits, target.value, {}, at::Reduction::None,
                                                 /*ignore_index=*/-100, options_.label_smoothing);
    const Tensor weights =
        at::tensor(class_weights(), at::kFloat).to(logits.device(), at::kFloat, /*non_blocking=*/true);
    return where_present(prices * weights.index_select(0, target.value), target);
  }

  Tensor averaged(const Tensor& logits) const override { return at::softmax(logits, 1, at::kFloat); }
  Prediction decide(const Tensor& members) const override { return mean_shares(answers_.names(), members); }
  std::vector<TaskScore> scores(std::span<const AnsweredCase> cases) const override {
    return class_answer_scores(cases);
  }
  std::unique_ptr<Score> make_score() const override {
    const char* metric = answers_.size() == 2 ? "auc" : "balanced_accuracy";
    return make_answer_score(answers_.column(), metric, [metric](std::span<const AnsweredCase> cases) {
      return value_named(metric, class_answer_values(cases));
    });
  }

 protected:
  void fit_target(std::span<const Subject> training, Problems& problems) override {
    answers_.fit(training, where(), problems);
    if (cases() == 0) return;
    for (size_t k = 0; k < answers_.names().size(); ++k) {
      const std::string who = cat("class '", answers_.names()[k], "' (column '", answers_.column(), "')");
      if (answers_.counts()[k] == 0) {
        problems.add(where(), cat("no case of the training part has the ", who));
      } else if (answers_.persons()[k] < 2) {
        problems.add(where(),
                     cat("one person of the training part has the ", who, "; at least 2 are needed"));
      }
    }
  }
  void target_constants(Fields& fields) override { answers_.constants(fields); }

  AnswerLayer answer_layer() const override {
    AnswerLayer layer{.outputs = answers_.size()};
    if (options_.class_weights == "balanced") return layer;  // the weighted classes are equally frequent
    const std::vector<double> weights = class_weights();
    for (size_t k = 0; k < answers_.counts().size(); ++k) {
      const double share = (static_cast<double>(answers_.counts()[k]) + 0.5) / (cases() + 0.5 * outputs());
      layer.bias.push_back(std::log(std::max(weights[k], 1e-3) * share));
    }
    return layer;
  }

 private:
  double cases() const {
    const auto& counts = answers_.counts();
    return static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  }

  std::vector<double> class_weights() const {
    std::vector<int64_t> counts = answers_.counts();
    if (counts.empty() && options_.class_weights == "balanced")
      throw Error(cat(where(), ": its classes have not been counted"));
    counts.resize(answers_.names().size());
    return class_factors(options_.class_weights, options_.given_weights, counts);
  }

  ClassificationOptions options_;
  NamedAnswers answers_;
};

}  // namespace

std::unique_ptr<Task> make_task(const ClassificationOptions& options) {
  return std::make_unique<ClassificationTask>(options);
}

}  // namespace tazuna
