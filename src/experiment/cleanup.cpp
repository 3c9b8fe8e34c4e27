// SPDX-License-Identifier: Apache-2.0
#include "experiment/cleanup.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <any>
#include <cmath>
#include <limits>
#include <map>

#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/case_files.hpp"
#include "data/loader.hpp"
#include "infer/case_outputs.hpp"
#include "infer/cleanup.hpp"
#include "kernels/machine.hpp"
#include "metrics/overlap.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Over the cases with a defined Dice.
struct Verdict {
  double before = 0, gain = 0;  // sums
  int64_t cases = 0, persons = 0, improved = 0, worsened = 0;

  bool helps() const { return gain > 0 && improved > worsened; }
};

constexpr size_t no_fold = static_cast<size_t>(-1);

/// Without the cases of the fold `left_out`.
Verdict verdict_of(std::span<const CleanedDice> cases, size_t left_out) {
  Verdict verdict;
  std::map<std::string, double> gains;
  for (const CleanedDice& one : cases) {
    if (one.fold == left_out || !std::isfinite(one.before) || !std::isfinite(one.after)) continue;
    ++verdict.cases;
    verdict.before += one.before;
    verdict.gain += one.after - one.before;
    gains[one.person] += one.after - one.before;
  }
  verdict.persons = static_cast<int64_t>(gains.size());
  for (const auto& [person, gain] : gains) {
    verdict.improved += gain > 0;
    verdict.worsened += gain < 0;
  }
  return verdict;
}

/// A case and the fold that held it out.
struct HeldOutCase {
  size_t fold;
  std::shared_ptr<const Subject> subject;
};

/// The voxel tasks and where their answers stand.
struct DrawnTask {
  std::string name, map;
  NamedIntegers structures;
  std::vector<int64_t> unknown;  // labels of voxels that nobody knows
};

std::vector<DrawnTask> drawn_tasks(const Experiment& experiment) {
  std::vector<DrawnTask> drawn;
  const auto tasks = experiment.make_tasks();
  for (const TaskStructures& one : structures_of(experiment.config.tasks)) {
    const auto task = *std::find_if(tasks.begin(), tasks.end(),
                                    [&one](const auto& other) { return other->name() == one.task; });
    DrawnTask& added =
        drawn.emplace_back(DrawnTask{one.task, task->wants().maps.front(), one.structures, {}});
    const auto known = task->foreground_labels();
    for (const int64_t label : task->allowed_labels())
      if (label != 0 && std::find(known.begin(), known.end(), label) == known.end())
        added.unknown.push_back(label);
  }
  return drawn;
}

/// Dice of every structure of every task, in their order; NaN where the case has no answer.
std::vector<CleanedDice> dice_of(const HeldOutCase& held, const std::vector<DrawnTask>& tasks,
                                 const fs::path& folder) {
  std::vector<CleanedDice> scores;
  const Subject& subject = *held.subject;
  for (const DrawnTask& task : tasks) {
    Tensor predicted, expected;
    if (subject.maps.contains(task.map)) {
      expected = read_map(subject, task.map).volume.voxels.squeeze(0);
      predicted =
          read_labels(folder / label_file(subject.id, task.name, tasks.size())).volume.voxels.squeeze(0);
      expect_label_maps(predicted, expected);
    }
    for (const auto& [structure, label] : task.structures) {
      CleanedDice& score = scores.emplace_back(CleanedDice{held.fold, subject.person, nan, nan});
      if (!expected.defined()) continue;
      const auto dice = [&, label = label](Tensor map) {
        for (const int64_t unknown : task.unknown) map = map.masked_fill(expected == unknown, 0);
        return overlap(map, expected, label).dice();
      };
      score.before = dice(predicted);
      score.after = dice(largest_component_only(predicted, label));
    }
  }
  return scores;
}

std::vector<HeldOutCase> held_out_cases(const Experiment& experiment) {
  std::vector<HeldOutCase> cases;
  for (size_t fold = 0; fold < experiment.folds.size(); ++fold)
    for (auto& subject : experiment.cases(experiment.folds[fold].held_out)) cases.push_back({fold, subject});
  return cases;
}

std::string verdict_text(const LearntCleanup& one) {
  const auto text = [](double value) {
    return std::isnan(value) ? "n/a" : number_text(std::round(value * 1e4) / 1e4);
  };
  return cat("  ", one.task, " ", one.structure, ": ", one.keep_largest ? "kept alone" : "no", ", Dice ",
             text(one.dice_before), " -> ", text(one.dice_after), " (nested ", text(one.dice_nested), "), ",
             one.improved, " persons better, ", one.worsened, " worse of ", one.persons);
}

}  // namespace

LearntCleanup decide_cleanup(std::span<const CleanedDice> cases, size_t folds) {
  const Verdict all = verdict_of(cases, no_fold);
  LearntCleanup learnt;
  learnt.keep_largest = all.helps();
  learnt.cases = all.cases;
  learnt.persons = all.persons;
  learnt.improved = all.improved;
  learnt.worsened = all.worsened;
  for (size_t fold = 0; fold < folds; ++fold) learnt.folds.push_back(verdict_of(cases, fold).helps());
  double nested = 0;
  for (const CleanedDice& one : cases)
    if (std::isfinite(one.before) && std::isfinite(one.after))
      nested += learnt.folds.at(one.fold) ? one.after : one.before;
  const auto n = static_cast<double>(all.cases);
  learnt.dice_before = all.cases > 0 ? all.before / n : nan;
  learnt.dice_after = all.cases > 0 ? (all.before + all.gain) / n : nan;
  learnt.dice_nested = all.cases > 0 ? nested / n : nan;
  return learnt;
}

void learn_cleanup(const Experiment& experiment, const std::vector<fs::path>& folders, const fs::path& out,
                   Log& log) {
  const std::vector<DrawnTask> tasks = drawn_tasks(experiment);
  if (tasks.empty()) return;
  const std::vector<HeldOutCase> cases = held_out_cases(experiment);
  const auto total = static_cast<int64_t>(cases.size());
  const int workers = usable_cores();
  Loader loader(
      [&](int64_t k) {
        const HeldOutCase& held = cases[static_cast<size_t>(k)];
        return std::any(dice_of(held, tasks, folders.at(held.fold) / "validation"));
      },
      0, total, workers, 2 * workers);
  Progress progress(log, "clean-up", "cases", total);
  size_t structures = 0;
  for (const DrawnTask& task : tasks) structures += task.structures.size();
  std::vector<std::vector<CleanedDice>> by_structure(structures);
  for (int64_t k = 0; k < total; ++k) {
    const auto scores = std::any_cast<std::vector<CleanedDice>>(loader.next());
    for (size_t i = 0; i < structures; ++i) by_structure[i].push_back(scores[i]);
    progress.advance();
  }
  std::vector<LearntCleanup> learnt;
  std::string lines;
  for (const DrawnTask& task : tasks) {
    for (const auto& [structure, label] : task.structures) {
      LearntCleanup one = decide_cleanup(by_structure[learnt.size()], experiment.folds.size());
      one.task = task.name;
      one.structure = structure;
      one.label = label;
      lines += cat("\n", verdict_text(one));
      learnt.push_back(std::move(one));
    }
  }
  write_cleanup(out, learnt);
  log.info(cat("the largest component alone, judged on the held-out cases; `predict ", out.string(),
               "` does as it says", lines));
}

}  // namespace tazuna
