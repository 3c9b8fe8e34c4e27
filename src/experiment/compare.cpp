// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/files.hpp"
#include "core/interrupt.hpp"
#include "core/text.hpp"
#include "data/case_prints.hpp"
#include "experiment/compare_write.hpp"
#include "experiment/controls_features.hpp"
#include "experiment/fold.hpp"
#include "experiment/fold_check.hpp"
#include "experiment/measured_steps.hpp"
#include "experiment/memory_demand.hpp"
#include "experiment/occlusion.hpp"
#include "experiment/report_comparison.hpp"
#include "experiment/request.hpp"
#include "experiment/saliency.hpp"
#include "infer/failure.hpp"
#include "kernels/machine.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

constexpr const char* marker = "compare";

std::vector<size_t> folds_of(const Experiment& all, const std::vector<std::string>& asked) {
  const auto nobody = [](const Fold& fold) { return fold.held_out.empty(); };
  if (std::any_of(all.folds.begin(), all.folds.end(), nobody))
    throw refused(
        "data.split holds nobody out; a comparison needs held-out people, as in {kind: kfold, folds: 3}");
  std::set<size_t> folds;
  const bool every = asked.empty() || asked == std::vector<std::string>{"all"};
  for (size_t k = 0; every && k < all.folds.size(); ++k) folds.insert(k);
  for (const std::string& text : every ? std::vector<std::string>() : asked) {
    const auto number = number_of(text);
    const double count = static_cast<double>(all.folds.size());
    if (!number || *number < 0 || *number >= count ||
        *number != static_cast<double>(static_cast<size_t>(*number)))
      throw Error(cat("--fold ", text, ": expected numbers from 0 to ", all.folds.size() - 1, ", or all"),
                  Fault::usage);
    folds.insert(static_cast<size_t>(*number));
  }
  return {folds.begin(), folds.end()};
}

// The atlas meets a first case, so that a wrong path or grid is told before anything is trained.
void expect_atlas(const ComparisonPlan& plan) {
  const fs::path& atlas = plan.request.atlas;
  if (atlas.empty()) return;
  const auto* series = std::get_if<SeriesOptions>(&plan.all.config.input);
  if (!series) throw refused("--atlas: the input is no series; leave the atlas out");
  const std::string& sequence = series->sequences.front();
  for (const auto& subject : plan.all.subjects) {
    if (!subject->images.contains(sequence)) continue;
    within("--atlas", [&] { connectivity_of(*subject, sequence, series->skip, atlas); });
    return;
  }
}

// What would end a training is told before the first of them: of the first arm, which has all tasks, of
// further files, and, where a seed deals out who chooses the weights, of every seed.
void check_trainings(const ComparisonPlan& plan) {
  for (const Arm& arm : plan.arms) {
    if (&arm != &plan.arms.front() && !arm.further) continue;
    for (const int64_t seed : plan.seeds) {
      within(cat("arm ", arm.name, ", seed ", seed), [&] { check_folds(arm.with_seed(seed), plan.folds); });
      if (arm.experiment.config.train.select != "inner") break;
    }
  }
}

// One network to train.
struct ArmRun {
  size_t arm;
  int64_t seed;
  size_t fold;
};

// In the order in which one process trains them.
std::vector<ArmRun> runs_of(const ComparisonPlan& plan) {
  std::vector<ArmRun> runs;
  for (const int64_t seed : plan.seeds)
    for (const size_t fold : plan.folds)
      for (size_t arm = 0; arm < plan.arms.size(); ++arm) runs.push_back({arm, seed, fold});
  return runs;
}

FoldRun fold_run(const ComparisonPlan& plan, const ArmRun& run) {
  const Arm& arm = plan.arms[run.arm];
  return {.folder = arm.run(plan.request.out, run.seed, run.fold),
          .cache = plan.cache,
          .name = cat(arm.name, ", seed ", run.seed, ", fold ", run.fold),
          .cases = arm.experiment.folds[run.fold],
          .resume = true};
}

bool is_finished(const ComparisonPlan& plan, const ArmRun& run) {
  return is_finished(fold_run(plan, run), plan.arms[run.arm].experiment);
}

// What the machine at hand decides. Trainings that are there already need neither its GPU nor its memory, nor
// do those of other parts.
void check_machine(const ComparisonPlan& plan, Log& log) {
  const CompareRequest& request = plan.request;
  const auto free = free_memory(request.device);
  const std::vector<ArmRun> runs = runs_of(plan);
  std::set<size_t> open;
  for (size_t i = 0; i < runs.size(); ++i)
    if (request.part.has(i) && !is_finished(plan, runs[i])) open.insert(runs[i].arm);
  for (const size_t number : open) {
    const Arm& arm = plan.arms[number];
    within(cat("arm ", arm.name), [&] {
      expect_augment_device(arm.experiment.config.augment, request.device);
      if (free) expect_memory(arm.experiment, request.device, *free, request.any_memory, log);
    });
  }
}

// Looks at everything before anything is written, so that a refusal leaves nothing behind.
ComparisonPlan make_plan(const ExperimentConfig& asked, const CompareRequest& request, Log& log) {
  const fs::path kept = request.out / "config.yaml";
  if (!absent_or_empty(request.out)) claim_folder(request.out, marker);
  expect_same_request(to_yaml(asked), request.out);
  ComparisonPlan plan;
  plan.request = request;
  plan.cache = asked.data.cache.empty() ? request.out / "cache" : asked.data.cache;
  plan.all = resolve(fs::exists(kept) ? read_config<ExperimentConfig>(kept) : asked, request.device, log,
                     {.prints = std::make_shared<CasePrints>(plan.cache)});
  plan.folds = folds_of(plan.all, request.folds);
  plan.arms = make_arms(plan.all, asked.train, request.arms, request.device, log);
  for (int64_t i = 0; i < request.seeds; ++i) plan.seeds.push_back(plan.all.config.train.seed + i);
  check_trainings(plan);
  check_machine(plan, log);
  if (request.occlude_region) expect_region(plan.arms.front());
  expect_atlas(plan);
  return plan;
}

// With a budget the first run measures the number of steps as it begins, and all others take as many.
void take_measured_steps(ComparisonPlan& plan, const std::optional<TrainOptions>& measured) {
  if (!measured) return;  // interrupted before that
  const auto take = [&measured](TrainOptions& train) {
    train.steps = measured->steps;
    train.validate_every = measured->validate_every;
    train.budget = 0;
  };
  take(plan.all.config.train);
  for (Arm& arm : plan.arms) take(arm.experiment.config.train);
  write_atomically(plan.request.out / "config.yaml", to_yaml(plan.all.config));
}

// Which networks are still to be trained, and how long that may take.
class Training {
 public:
  Training(ComparisonPlan& plan, const MeasuredSteps& steps, Log& log, Interrupts& interrupts)
      : plan_(plan), steps_(steps), log_(log), interrupts_(interrupts), runs_(runs_of(plan)) {
    for (size_t i = 0; i < runs_.size(); ++i)
      if (plan.request.part.has(i) && !is_finished(plan, runs_[i])) ++open_;
    if (const size_t left = unfinished(); left < runs_.size())
      log_.info(cat(runs_.size() - left, " of ", runs_.size(), " trainings are there already"));
  }

  Ended run(const Stay& stay) {
    if (settle_steps() == Ended::interrupted) return Ended::interrupted;
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (!plan_.request.part.has(i)) continue;
      const auto mine = stay.training(i);
      const Ended ended = is_finished(plan_, runs_[i]) ? Ended::finished : train(runs_[i]);
      if (open_steps()) take_measured_steps(plan_, measured_training(fold_run(plan_, runs_[i]).folder));
      if (ended == Ended::interrupted) return ended;
    }
    return Ended::finished;
  }

  /// Trainings that nobody has finished yet.
  size_t unfinished() const {
    return static_cast<size_t>(std::count_if(runs_.begin(), runs_.end(),
                                             [this](const ArmRun& run) { return !is_finished(plan_, run); }));
  }
  size_t all() const { return runs_.size(); }

 private:
  bool open_steps() const { return plan_.all.config.train.steps.is_auto(); }

  // Whoever has trainings to do and not the first, which measures the steps, waits for them.
  Ended settle_steps() {
    if (!open_steps()) return Ended::finished;
    const CompareRequest& request = plan_.request;
    const fs::path first = fold_run(plan_, runs_.front()).folder;
    auto measured = measured_training(first);
    if (!measured && !request.part.has(0) && open_ > 0) {
      const double budget = plan_.all.config.train.budget;
      const double limit = request.join_timeout > 0 ? request.join_timeout : budget + 1800;
      measured = steps_.wait(first, limit, log_, interrupts_);
      if (!measured) return Ended::interrupted;
    }
    take_measured_steps(plan_, measured);
    return Ended::finished;
  }

  // Parts that wait for the steps learn why they will not come.
  Ended train_telling(const Experiment& experiment, const FoldRun& where) {
    try {
      return train_fold(experiment, where, plan_.request.command, plan_.request.device, log_, interrupts_);
    } catch (const Interrupted&) {
      throw;  // who waits goes on waiting for the part to be started again
    } catch (const std::exception& error) {
      if (!plan_.request.part.whole() && open_steps() && !measured_training(where.folder))
        steps_.tell_failure(sentence_of(error, memory_for_training));
      throw;
    }
  }

  Ended train(const ArmRun& run) {
    const Arm& arm = plan_.arms[run.arm];
    log_.attach(plan_.request.out / "log.txt");
    log_.info(cat("arm ", run.arm + 1, " of ", plan_.arms.size(), " (", arm.name, "), seed ", run.seed,
                  ", fold ", run.fold, " of ", plan_.all.folds.size(), left_text()));
    const auto start = std::chrono::steady_clock::now();
    const Ended ended = train_telling(arm.with_seed(run.seed), fold_run(plan_, run));
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++done_;
    return ended;
  }

  std::string left_text() const {
    if (done_ == 0) return "";
    const double left = seconds_ / static_cast<double>(done_) * static_cast<double>(open_ - done_);
    return cat("; about ", clock_text(left), " left for ", open_ - done_,
               open_ - done_ == 1 ? " training" : " trainings");
  }

  ComparisonPlan& plan_;
  const MeasuredSteps& steps_;
  Log& log_;
  Interrupts& interrupts_;
  std::vector<ArmRun> runs_;
  size_t open_ = 0, done_ = 0;
  double seconds_ = 0;
};

// What the finished runs say of the people of `part`.
Outcomes collect(const ComparisonPlan& plan, const std::string& part) {
  std::map<std::string, std::string> persons;
  for (const auto* people : {&plan.all.subjects, &plan.all.held_aside})
    for (const auto& subject : *people) persons[subject->id] = subject->person;
  Outcomes outcomes;
  for (const Arm& arm : plan.arms)
    for (const int64_t seed : plan.seeds)
      for (const size_t fold : plan.folds)
        add_run(outcomes, {arm.name, seed, static_cast<int64_t>(fold)}, arm.run(plan.request.out, seed, fold),
                persons, part);
  return outcomes;
}

// Leaves what was asked and planned. Of several parts the first one's plan counts, which another machine may
// have made otherwise.
void settle_plan(ComparisonPlan& plan, const ExperimentConfig& asked, const Stay& stay, Log& log) {
  const CompareRequest request = plan.request;
  const fs::path file = request.out / "config.yaml";
  {
    const auto turn = stay.turn();
    if (request.part.whole()) remove_unfinished(request.out);
    expect_same_request(to_yaml(asked), request.out);
    write_atomically(request_file(request.out), to_yaml(asked));
    if (!fs::exists(file)) write_atomically(file, to_yaml(plan.all.config));
  }
  if (!request.part.whole() && read_text(file) != to_yaml(plan.all.config))
    plan = make_plan(asked, request, log);
}

// What the finished trainings show.
Ended compare_finished(const ComparisonPlan& plan, Log& log, Interrupts& interrupts) {
  const CompareRequest& request = plan.request;
  const fs::path& out = request.out;
  Outcomes outcomes = collect(plan, "validation"), aside = collect(plan, "held_aside");
  std::vector<ControlArm> controls;
  std::vector<std::string> limits;
  if (request.controls &&
      run_controls(plan, outcomes, aside, controls, limits, log, interrupts) == Ended::interrupted)
    return Ended::interrupted;
  for (const char* file : {"occlusion.tsv", "saliency.tsv"})
    fs::remove(out / file);  // of an earlier call, whose arms may have been others
  if (request.occlude_region) {
    Outcomes occluded;
    if (answer_occluded(plan, occluded, log, interrupts) == Ended::interrupted) return Ended::interrupted;
    write_atomically(out / "occlusion.tsv",
                     occlusion_table(outcomes, occluded, subject_questions(plan.all.config.tasks)).tsv());
  }
  if (map_saliency(plan, outcomes, log, interrupts) == Ended::interrupted) return Ended::interrupted;
  write_comparison(plan, outcomes, aside, controls, limits, log);
  log.info(cat("the comparison is in ", (out / "comparison.tsv").string()));
  report_comparison(out, log);
  return Ended::finished;
}

}  // namespace

Ended compare_experiment(const ExperimentConfig& config, const CompareRequest& request, Log& log,
                         Interrupts& interrupts) {
  ExperimentConfig asked = config;
  name_weights(asked.train);
  const MeasuredSteps steps(request.out);
  ComparisonPlan plan = make_plan(asked, request, log);
  const fs::path& out = request.out;
  const Stay stay(out, marker, request.part);
  settle_plan(plan, asked, stay, log);
  log.attach(out / "log.txt");
  log.detail(request.command);
  Training training(plan, steps, log, interrupts);
  if (training.run(stay) == Ended::interrupted) return Ended::interrupted;
  log.attach(out / "log.txt");
  if (const size_t left = training.unfinished(); left > 0) {
    log.info(cat("part ", request.part.index, " of ", request.part.count, " is done; ", left, " of ",
                 training.all(),
                 " trainings are left to the other parts, and whoever finishes the last one compares"));
    return Ended::finished;
  }
  const auto turn = stay.turn();
  return compare_finished(plan, log, interrupts);
}

}  // namespace tazuna
