// SPDX-License-Identifier: Apache-2.0
#include "experiment/fold_check.hpp"

#include <algorithm>
#include <numeric>

#include "core/text.hpp"

namespace tazuna {

namespace {

using Cases = std::vector<std::shared_ptr<const Subject>>;

// Problems of which each sentence counts once, whatever stands in front of it.
class ToldOnce {
 public:
  template <class Work>
  void collect(const std::string& where, const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      if (error.fault() != Fault::refused) throw;
      for (const std::string& line : split_text(error.what(), '\n')) add(where, line);
    }
  }
  void throw_if_any() const { problems_.throw_if_any(); }

 private:
  void add(const std::string& where, const std::string& line) {
    const auto says_it = [&line](const std::string& told) {
      return told == line || told.ends_with(": " + line) || line.ends_with(": " + told);
    };
    if (std::ranges::any_of(told_, says_it)) return;
    told_.push_back(line);
    problems_.add(where, line);
  }

  Problems problems_;
  std::vector<std::string> told_;
};

// The network reads these columns of whom it answers, too.
void check_columns_read(const Task& task, const Cases& people, const std::string& where, ToldOnce& problems) {
  for (const auto& subject : people) {
    Sample words;
    words.subject = subject;
    problems.collect(where, [&] { task.covariates_of({&words, 1}); });
  }
}

void check_fold(const Experiment& experiment, const Fold& fold, const std::string& where,
                ToldOnce& problems) {
  const Fold parts = experiment.training_parts(fold);
  const Cases training = experiment.cases(parts.train);
  for (const auto& task : experiment.make_tasks()) {
    problems.collect(where, [&] { fit_tasks({task}, training); });
    for (const Cases& people :
         {experiment.cases(parts.held_out), experiment.cases(fold.held_out), experiment.held_aside})
      check_columns_read(*task, people, where, problems);
  }
}

}  // namespace

void check_folds(const Experiment& experiment, const std::vector<size_t>& folds) {
  ToldOnce problems;
  for (const size_t k : folds) {
    const Fold& fold = experiment.folds.at(k);
    const std::string where = fold.held_out.empty() ? "everybody" : cat("fold ", k);
    problems.collect(where, [&] { check_fold(experiment, fold, where, problems); });
  }
  problems.throw_if_any();
}

void check_folds(const Experiment& experiment) {
  std::vector<size_t> all(experiment.folds.size());
  std::iota(all.begin(), all.end(), size_t{0});
  check_folds(experiment, all);
}

void expect_augment_device(const AugmentOptions& options, at::Device training) {
  if (options.device != "gpu" || !training.is_cpu()) return;
  throw refused(
      "augment.device is gpu, but the network trains on the CPU; set augment.device to cpu, or train on a "
      "GPU "
      "(--device cuda:N)");
}

}  // namespace tazuna
