// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <vector>

#include "core/log.hpp"
#include "data/fingerprint.hpp"
#include "data/planner.hpp"
#include "data/preparation.hpp"
#include "data/whole_view.hpp"
#include "experiment/config.hpp"
#include "infer/model_file.hpp"
#include "infer/scores.hpp"

namespace tazuna {

/// An experiment whose every `auto` has become a value, with what was read to decide it.
struct Experiment {
  ExperimentConfig config;  ///< holds no `auto`
  Cohort cohort;
  std::vector<std::shared_ptr<const Subject>> subjects;  ///< of the folds, sorted by id
  /// People of `data.split.hold_out`, sorted by id: in no fold, to be scored once beside.
  std::vector<std::shared_ptr<const Subject>> held_aside;
  Fingerprint fingerprint;
  std::shared_ptr<CasePrints> prints;  ///< that it was taken with
  Plan plan;
  Preparation preparation;
  WholeView whole;          ///< what subject tasks see of a case
  std::vector<Fold> folds;  ///< one without held-out cases for split kind none
  /// SHA-256 over the file as it was given, every image and label map, persons and values, and folds that a
  /// file gives: what a resumed run must share with its start.
  std::string digest;

  /// The tasks anew; each run fits its own.
  std::vector<std::shared_ptr<Task>> make_tasks() const;
  std::vector<std::string> maps() const;  ///< selectors the tasks want
  /// Who of a fold's training people learns (`train`) and who chooses the weights (`held_out`: nobody unless
  /// train.select is inner).
  Fold training_parts(const Fold& fold) const;
  /// Cases by id, in the order of `ids`.
  std::vector<std::shared_ptr<const Subject>> cases(const std::vector<std::string>& ids) const;
  /// Names and labels of every task's structures and everybody's person, for the tables of scores.
  ScoreNotes notes() const;
  /// What model.json holds besides weights and constants.
  ModelRecipe recipe() const;
};

/// What a command adds to resolve().
struct ResolveOptions {
  /// What is known of the cases' images; none: every image is read. Saving them is the caller's matter.
  std::shared_ptr<CasePrints> prints = nullptr;
  /// Refuses what names and values alone tell, check_folds() above all: it gets the experiment with its
  /// tasks, people and folds, but without fingerprint and plan.
  std::function<void(const Experiment&)> check_words = {};
  /// No folds are made, whatever data.split says: one without held-out cases, as for split kind none.
  bool no_folds = false;
};

/// Reads the cohort, checks every file of it, plans every `auto`, splits. Everything wrong with the dataset
/// comes in one Error (refused), a line per problem, `check_words` included; names and values are those of
/// everybody, also of cases whose files are missing.
Experiment resolve(ExperimentConfig config, at::Device device, Log& log, const ResolveOptions& options = {});

/// Runs work whose refusal is one more problem; what is already a list of lines stays one.
template <class Work>
void collect(Problems& problems, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.fault() != Fault::refused) throw;
    problems.add("", error.what());
  }
}

/// The folds as a text where a file gives them, since that may change under its name; else "".
std::string given_folds(const Experiment& experiment);

/// SHA-256 over images, label maps, persons and values.
std::string data_digest(const Cohort& cohort, const Fingerprint& fingerprint);

/// Lets every task learn what it takes from answers, from the training part alone. Refuses what a task cannot
/// learn from (a class that is not there, a constant target), all of it at once.
void fit_tasks(const std::vector<std::shared_ptr<Task>>& tasks,
               const std::vector<std::shared_ptr<const Subject>>& training);

/// The plan as a readable text: fingerprint, each decision with its reason, sizes.
std::string plan_text(const Experiment& experiment);

}  // namespace tazuna
