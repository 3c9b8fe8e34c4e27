// SPDX-License-Identifier: Apache-2.0
#include "experiment/fold_check.hpp"

#include <numeric>
#include <set>

#include "core/text.hpp"

namespace tazuna {

namespace {

using Cases = std::vector<std::shared_ptr<const Subject>>;

// Problems of which each sentence counts once.
class ToldOnce {
 public:
  template <class Work>
  void collect(const std::string& where, const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      if (error.fault() != Fault::refused) throw;
      if (told_.insert(error.what()).second) problems_.add(where, error.what());
    }
  }
  void throw_if_any() const { problems_.throw_if_any(); }

 private:
  Problems problems_;
  std::set<std::string> told_;
};

// The network reads these columns of whom it answers, too.
void check_columns_read(const std::vector<std::shared_ptr<Task>>& tasks, const Cases& people,
                        const std::string& where, ToldOnce& problems) {
  for (const auto& subject : people) {
    Sample words;
    words.subject = subject;
    for (const auto& task : tasks) problems.collect(where, [&] { task->covariates_of({&words, 1}); });
  }
}

void check_fold(const Experiment& experiment, const Fold& fold, const std::string& where,
                ToldOnce& problems) {
  const Fold parts = experiment.training_parts(fold);
  const auto tasks = experiment.make_tasks();
  fit_tasks(tasks, experiment.cases(parts.train));
  for (const Cases& people :
       {experiment.cases(parts.held_out), experiment.cases(fold.held_out), experiment.held_aside})
    check_columns_read(tasks, people, where, problems);
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

}  // namespace tazuna
