// SPDX-License-Identifier: Apache-2.0
#include "tasks/ordinal.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/answer_score.hpp"
#include "tasks/column_values.hpp"
#include "tasks/named_answers.hpp"
#include "tasks/sides.hpp"
#include "tasks/subject_scores.hpp"
#include "tasks/subject_task.hpp"

namespace tazuna {

void describe(Fields& fields, LevelTarget& target) {
  fields.text("column", target.column, "column of the cases' values that holds the level", /*required=*/true);
  fields.values("levels", target.levels, {},
                "levels in order, the lowest first; empty: the values found, which must be numbers");
}

void describe(Fields& fields, OrdinalOptions& options) {
  describe_question(fields, options);
  fields.values("cuts", options.cuts, {},
                "levels above which an AUC is reported: [2] asks whether the level is above 2");
}

namespace {

class OrdinalTask : public SubjectTask {
 public:
  explicit OrdinalTask(const OrdinalOptions& options)
      : SubjectTask(question_of(options, names_side(options.target.column))),
        cuts_(options.cuts),
        answers_(within(where(), [&options] {
          return NamedAnswers(options.target.column, "target.levels", options.target.levels);
        })) {
    for (const std::string& cut : cuts_) {
      const auto place = place_of(cut, answers_.names());
      if (!place || static_cast<int64_t>(*place) + 1 == answers_.size())
        throw refused(cat(where(), ": cuts: '", cut, "' is no level that others are above; there are ",
                          join(answers_.names(), ", ")));
    }
  }

  int64_t outputs() const override { return answers_.size() - 1; }
  Target target_of(std::span<const Sample> samples) const override { return answers_.target_of(samples); }

  Tensor loss(const TaskOutput& output, const Target& target) const override {
    const Tensor logits = answer_of(output, outputs());
    const Tensor steps = at::arange(outputs(), target.value.options());
    const Tensor above = target.value.unsqueeze(1).gt(steps).to(at::kFloat);
    const Tensor prices = at::binary_cross_entropy_with_logits(logits, above, {}, {}, at::Reduction::None);
    return where_present(prices.sum(1), target);
  }

  /// P(level > k) may not grow with k; where the biases have not learnt that yet the smaller one before
  /// counts.
  Tensor averaged(const Tensor& logits) const override {
    const Tensor above = std::get<0>(at::cummin(at::sigmoid(logits.to(at::kFloat)), 1));
    const Tensor sure = at::ones_like(above.narrow(1, 0, 1)), never = at::zeros_like(sure);
    return at::cat({sure, above}, 1) - at::cat({above, never}, 1);
  }

  Prediction decide(const Tensor& members) const override {
    ClassShares answer = mean_shares(answers_.names(), members);
    double sum = 0;
    for (answer.chosen = 0; answer.chosen + 1 < answer.shares.size(); ++answer.chosen)
      if ((sum += answer.shares[answer.chosen]) >= 0.5) break;
    return answer;
  }

  std::vector<TaskScore> scores(std::span<const AnsweredCase> cases) const override {
    return level_answer_scores(cases, cuts_);
  }
  std::unique_ptr<Score> make_score() const override {
    return make_answer_score(answers_.column(), "kappa", [](std::span<const AnsweredCase> cases) {
      return value_named("quadratic_kappa", level_answer_values(cases, {}));
    });
  }

 protected:
  void fit_target(std::span<const Subject> training, Problems& problems) override {
    answers_.fit(training, where(), problems);
    const auto& counts = answers_.counts();
    const auto most = std::max_element(counts.begin(), counts.end());
    if (*most == 0 || *most < std::accumulate(counts.begin(), counts.end(), int64_t{0})) return;
    problems.add(
        where(),
        cat("all cases of the training part that have a level in the column '", answers_.column(), "' have '",
            answers_.names()[static_cast<size_t>(most - counts.begin())], "'; there is nothing to learn"));
  }
  void target_constants(Fields& fields) override { answers_.constants(fields); }

  /// Training begins at the shares of the training part, so that K levels are told apart from the first step
  /// on.
  AnswerLayer answer_layer() const override {
    AnswerLayer layer{.outputs = outputs(), .shared_slope = true};
    const auto& counts = answers_.counts();
    const auto cases = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
    double above = cases;
    for (size_t k = 0; k + 1 < counts.size(); ++k) {
      above -= static_cast<double>(counts[k]);
      layer.bias.push_back(std::log((above + 0.5) / (cases - above + 0.5)));
    }
    return layer;
  }

 private:
  std::vector<std::string> cuts_;
  NamedAnswers answers_;
};

}  // namespace

std::unique_ptr<Task> make_task(const OrdinalOptions& options) {
  return std::make_unique<OrdinalTask>(options);
}

}  // namespace tazuna
