// SPDX-License-Identifier: Apache-2.0
#include "tables/class_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/undefined.hpp"

namespace tazuna {

namespace {

constexpr int calibration_bins = 15;
constexpr double rounding = 1e-5;  // of probabilities that were made in float32

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : undefined;
}

double mean_of_defined(const std::vector<double>& values) {
  double sum = 0;
  int64_t n = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++n;
  }
  return n > 0 ? sum / static_cast<double>(n) : undefined;
}

size_t most_probable(const std::vector<double>& probabilities) {
  return static_cast<size_t>(std::max_element(probabilities.begin(), probabilities.end()) -
                             probabilities.begin());
}

/// A confusion matrix with its sums.
struct Counts {
  explicit Counts(const std::vector<std::vector<int64_t>>& matrix) : matrix(matrix) {
    const size_t k = matrix.size();
    truth.assign(k, 0);
    answered.assign(k, 0);
    for (size_t i = 0; i < k; ++i) {
      for (size_t j = 0; j < k; ++j) {
        const auto count = static_cast<double>(matrix[i][j]);
        truth[i] += count;
        answered[j] += count;
        total += count;
      }
      right += static_cast<double>(matrix[i][i]);
    }
  }
  double hits(size_t c) const { return static_cast<double>(matrix[c][c]); }

  const std::vector<std::vector<int64_t>>& matrix;
  std::vector<double> truth, answered;
  double right = 0, total = 0;
};

double macro_f1(const Counts& counts) {
  std::vector<double> f1;
  for (size_t c = 0; c < counts.truth.size(); ++c)
    f1.push_back(ratio(2 * counts.hits(c), counts.truth[c] + counts.answered[c]));
  return mean_of_defined(f1);
}

double matthews(const Counts& counts) {
  double agreement = counts.right * counts.total, truth = counts.total * counts.total, answered = truth;
  for (size_t c = 0; c < counts.truth.size(); ++c) {
    agreement -= counts.truth[c] * counts.answered[c];
    truth -= counts.truth[c] * counts.truth[c];
    answered -= counts.answered[c] * counts.answered[c];
  }
  return truth * answered > 0 ? agreement / std::sqrt(truth * answered) : 0;
}

double brier(const ClassAnswers& answers, size_t classes) {
  double sum = 0;
  for (size_t i = 0; i < answers.truth.size(); ++i) {
    for (size_t c = 0; c < classes; ++c) {
      const double difference =
          answers.probabilities[i][c] - (static_cast<size_t>(answers.truth[i]) == c ? 1 : 0);
      sum += difference * difference;
    }
  }
  return sum / static_cast<double>(answers.truth.size()) / (classes == 2 ? 2 : 1);
}

double calibration_error(const ClassAnswers& answers) {
  struct Bin {
    double n = 0, confidence = 0, right = 0;
  };
  std::vector<Bin> bins(calibration_bins);
  for (size_t i = 0; i < answers.truth.size(); ++i) {
    const size_t answer = most_probable(answers.probabilities[i]);
    const double confidence = answers.probabilities[i][answer];
    // Bins are open below and closed above, as in the paper.
    const double place = std::ceil(confidence * calibration_bins) - 1;
    Bin& bin = bins[static_cast<size_t>(std::clamp(place, 0.0, calibration_bins - 1.0))];
    ++bin.n;
    bin.confidence += confidence;
    bin.right += static_cast<size_t>(answers.truth[i]) == answer ? 1 : 0;
  }
  double sum = 0;
  for (const Bin& bin : bins) sum += std::abs(bin.right - bin.confidence);
  return sum / static_cast<double>(answers.truth.size());
}

double log_loss(const ClassAnswers& answers) {
  double sum = 0;
  for (size_t i = 0; i < answers.truth.size(); ++i) {
    const double p = answers.probabilities[i][static_cast<size_t>(answers.truth[i])];
    sum -= std::log(std::max(p, std::numeric_limits<double>::epsilon()));
  }
  return sum / static_cast<double>(answers.truth.size());
}

// Rounding gives equal numbers a spread, so that it cannot be asked whether that is 0.
bool varies(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [&](double value) { return value != values.front(); });
}

void expect_answers(const ClassAnswers& answers, int64_t classes) {
  if (answers.truth.size() != answers.probabilities.size())
    throw Error(cat("there are ", answers.truth.size(), " true classes but ", answers.probabilities.size(),
                    " answers"));
  if (!answers.chosen.empty() && answers.chosen.size() != answers.truth.size())
    throw Error(
        cat("there are ", answers.truth.size(), " true classes but ", answers.chosen.size(), " chosen ones"));
  for (const int64_t chosen : answers.chosen)
    if (chosen < 0 || chosen >= classes)
      throw Error(cat("a chosen class is ", chosen, ", but there are ", classes, " classes"));
  for (size_t i = 0; i < answers.truth.size(); ++i) {
    if (answers.truth[i] < 0 || answers.truth[i] >= classes)
      throw Error(cat("a true class is ", answers.truth[i], ", but there are ", classes, " classes"));
    if (static_cast<int64_t>(answers.probabilities[i].size()) != classes)
      throw Error(cat("an answer has ", answers.probabilities[i].size(), " probabilities, but there are ",
                      classes, " classes"));
    for (const double p : answers.probabilities[i])
      if (!(p >= -rounding && p <= 1 + rounding))
        throw Error(cat("a probability is ", p, "; it must lie between 0 and 1"));
  }
}

}  // namespace

std::vector<std::vector<int64_t>> confusion(const ClassAnswers& answers, int64_t classes) {
  expect_answers(answers, classes);
  const auto k = static_cast<size_t>(classes);
  std::vector<std::vector<int64_t>> matrix(k, std::vector<int64_t>(k, 0));
  for (size_t i = 0; i < answers.truth.size(); ++i) {
    const size_t answer = answers.chosen.empty() ? most_probable(answers.probabilities[i])
                                                 : static_cast<size_t>(answers.chosen[i]);
    ++matrix[static_cast<size_t>(answers.truth[i])][answer];
  }
  return matrix;
}

std::vector<std::pair<std::string, double>> class_scores(const ClassAnswers& answers, int64_t classes) {
  const auto matrix = confusion(answers, classes);
  const Counts counts(matrix);
  const bool any = counts.total > 0;
  std::vector<double> recalls;
  for (size_t c = 0; c < counts.truth.size(); ++c) recalls.push_back(ratio(counts.hits(c), counts.truth[c]));
  std::vector<std::pair<std::string, double>> scores{
      {"accuracy", ratio(counts.right, counts.total)},
      {"balanced_accuracy", mean_of_defined(recalls)},
      {"macro_f1", macro_f1(counts)},
      {"mcc", any ? matthews(counts) : undefined},
      {"brier", any ? brier(answers, counts.truth.size()) : undefined},
      {"ece", any ? calibration_error(answers) : undefined},
      {"log_loss", any ? log_loss(answers) : undefined},
  };
  if (classes == 2) {
    scores.insert(scores.end(), {{"sensitivity", recalls[1]},
                                 {"specificity", recalls[0]},
                                 {"ppv", ratio(counts.hits(1), counts.answered[1])},
                                 {"npv", ratio(counts.hits(0), counts.answered[0])}});
  }
  return scores;
}

double quadratic_kappa(std::span<const int64_t> truth, std::span<const int64_t> answers, int64_t levels) {
  if (truth.size() != answers.size())
    throw Error(cat("there are ", truth.size(), " true levels but ", answers.size(), " answers"));
  const auto k = static_cast<size_t>(levels);
  std::vector<double> of_truth(k, 0), of_answers(k, 0);
  double observed = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] < 0 || truth[i] >= levels || answers[i] < 0 || answers[i] >= levels)
      throw Error(cat("levels run from 0 to ", levels - 1, ", but one is ",
                      truth[i] < 0 || truth[i] >= levels ? truth[i] : answers[i]));
    ++of_truth[static_cast<size_t>(truth[i])];
    ++of_answers[static_cast<size_t>(answers[i])];
    const auto apart = static_cast<double>(truth[i] - answers[i]);
    observed += apart * apart;
  }
  double expected = 0;
  for (size_t i = 0; i < k; ++i) {
    for (size_t j = 0; j < k; ++j) {
      const double apart = static_cast<double>(i) - static_cast<double>(j);
      expected += of_truth[i] * of_answers[j] * apart * apart;
    }
  }
  expected /= static_cast<double>(truth.size());
  return expected > 0 ? 1 - observed / expected : undefined;
}

std::vector<std::pair<std::string, double>> quantity_scores(std::span<const double> truth,
                                                            std::span<const double> answers) {
  if (truth.size() != answers.size())
    throw Error(cat("there are ", truth.size(), " true values but ", answers.size(), " answers"));
  const auto n = static_cast<double>(truth.size());
  double sum_truth = 0, sum_answers = 0, absolute = 0, squared = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const double error = answers[i] - truth[i];
    sum_truth += truth[i];
    sum_answers += answers[i];
    absolute += std::abs(error);
    squared += error * error;
  }
  const double mean_truth = sum_truth / n, mean_answer = sum_answers / n;
  double spread_truth = 0, spread_answer = 0, together = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const double t = truth[i] - mean_truth, a = answers[i] - mean_answer;
    spread_truth += t * t;
    spread_answer += a * a;
    together += t * a;
  }
  const bool varied = varies(truth);
  return {{"mae", n > 0 ? absolute / n : undefined},
          {"rmse", n > 0 ? std::sqrt(squared / n) : undefined},
          {"r2", varied ? 1 - squared / spread_truth : undefined},
          {"bias", n > 0 ? mean_answer - mean_truth : undefined},
          {"slope", varied ? together / spread_truth - 1 : undefined},
          {"pearson",
           varied && varies(answers) ? together / std::sqrt(spread_truth * spread_answer) : undefined}};
}

}  // namespace tazuna
