// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <sstream>

#include "core/progress.hpp"
#include "core/text.hpp"
#include "experiment/resolve.hpp"

namespace tazuna {

namespace {

// How subject tasks see a case; nothing without such tasks.
std::string whole_text(const Experiment& experiment) {
  const auto tasks = experiment.make_tasks();
  const bool asked = std::any_of(tasks.begin(), tasks.end(),
                                 [](const auto& task) { return task->scope() == Scope::subject; });
  if (!asked) return "";
  const WholeView& whole = experiment.whole;
  if (whole.both) return "whole view   the patch, which holds 95 % of the cases\n";
  const std::string shrunk = whole.factor < 1 ? cat(", shrunk to ", number_text(whole.factor)) : "";
  return cat("whole view   the cropped case", shrunk, "; ", experiment.config.train.subjects.get(),
             " a step\n");
}

// "40 cases of 20 persons".
std::string people_text(const Experiment& experiment) {
  std::set<std::string> persons;
  for (const auto& subject : experiment.subjects) persons.insert(subject->person);
  const size_t cases = experiment.subjects.size();
  return cat(cases, cases == 1 ? " case of " : " cases of ", persons.size(),
             persons.size() == 1 ? " person" : " persons");
}

}  // namespace

std::string plan_text(const Experiment& experiment) {
  const Plan& plan = experiment.plan;
  const ExperimentConfig& config = experiment.config;
  const TrunkShape& shape = shape_of(config.network);
  std::ostringstream out;
  out << "cohort       " << experiment.cohort.name << ": " << people_text(experiment) << ", "
      << join(images_of(config.input).sequences, " + ") << "\n"
      << "median size  " << join(experiment.fingerprint.median_size(), " x ")
      << " voxels (z, y, x) after the crop\n"
      << "spacing      " << join(images_of(config.input).spacing.get(), " x ") << " mm (z, y, x)\n"
      << "normalise    " << images_of(config.input).normalise.get() << "\n"
      << "patch        " << join(config.train.patch.get(), " x ") << " voxels (working axes)\n"
      << "batch        " << config.train.batch.get() << " patches\n"
      << "network      " << kind_of(config.network) << ", " << shape.stages.get() << " stages, widths "
      << join(shape.widths.get(), "-") << "\n";
  const auto triples = [](const std::vector<Triple>& list) {
    std::vector<std::string> texts;
    for (const Triple& one : list) texts.push_back(join(one, "x"));
    return join(texts, "  ");
  };
  out << "strides      " << triples(shape.strides.get()) << "\n"
      << "kernels      " << triples(shape.kernels.get()) << "\n"
      << "blocks       " << join(shape.blocks.get(), " ") << " | decoder "
      << join(shape.decoder_blocks.get(), " ") << "\n"
      << "steps        "
      << (config.train.steps.is_auto() ? cat("what ", clock_text(config.train.budget), " allow")
                                       : cat(config.train.steps.get()))
      << ", precision " << config.train.precision.get() << "\n"
      << whole_text(experiment) << "folds        " << experiment.folds.size() << "\n";
  if (!experiment.held_aside.empty())
    out << "held aside   " << experiment.held_aside.size()
        << (experiment.held_aside.size() == 1 ? " case" : " cases") << " in no fold\n";
  out << "\nwhy\n";
  for (const std::string& reason : plan.reasons) out << "  " << reason << "\n";
  return std::move(out).str();
}

}  // namespace tazuna
