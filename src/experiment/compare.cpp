// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/compare_write.hpp"
#include "experiment/controls_features.hpp"
#include "experiment/fold.hpp"
#include "experiment/fold_check.hpp"
#include "experiment/memory_demand.hpp"
#include "experiment/occlusion.hpp"
#include "experiment/report_comparison.hpp"
#include "experiment/request.hpp"
#include "experiment/saliency.hpp"
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

// Looks at everything before anything is written, so that a refusal leaves nothing behind.
ComparisonPlan make_plan(const ExperimentConfig& asked, const CompareRequest& request, Log& log) {
  const fs::path kept = request.out / "config.yaml";
  if (!absent_or_empty(request.out)) claim_folder(request.out, marker);
  expect_same_request(to_yaml(asked), request.out);
  ComparisonPlan plan;
  plan.request = request;
  plan.all = resolve(fs::exists(kept) ? read_config<ExperimentConfig>(kept) : asked, request.device, log);
  plan.folds = folds_of(plan.all, request.folds);
  plan.arms = make_arms(plan.all, asked.train, request.arms, request.device, log);
  // A warning and no refusal: the trainings may be there already. The first arm has all tasks.
  if (const auto free = free_memory(request.device))
    expect_memory(plan.arms.front().experiment, request.device, *free, /*any=*/true, log);
  plan.cache = plan.all.config.data.cache.empty() ? request.out / "cache" : plan.all.config.data.cache;
  for (int64_t i = 0; i < request.seeds; ++i) plan.seeds.push_back(plan.all.config.train.seed + i);
  check_trainings(plan);
  if (request.occlude_region) expect_region(plan.arms.front());
  expect_atlas(plan);
  return plan;
}

// With a budget the first run measures the number of steps as it begins, and all others take as many.
void take_measured_steps(ComparisonPlan& plan, const fs::path& run) {
  if (!plan.all.config.train.steps.is_auto() || !fs::exists(run / "config.yaml")) return;
  const TrainOptions measured = read_config<ExperimentConfig>(run / "config.yaml").train;
  if (measured.steps.is_auto()) return;  // interrupted before that
  const auto take = [&measured](TrainOptions& train) {
    train.steps = measured.steps;
    train.validate_every = measured.validate_every;
    train.budget = 0;
  };
  take(plan.all.config.train);
  for (Arm& arm : plan.arms) take(arm.experiment.config.train);
  write_atomically(plan.request.out / "config.yaml", to_yaml(plan.all.config));
}

// One network to train.
struct ArmRun {
  size_t arm;
  int64_t seed;
  size_t fold;
};

// Which networks are still to be trained, and how long that may take.
class Training {
 public:
  Training(ComparisonPlan& plan, Log& log, Interrupts& interrupts)
      : plan_(plan), log_(log), interrupts_(interrupts) {
    for (const int64_t seed : plan.seeds)
      for (const size_t fold : plan.folds)
        for (size_t arm = 0; arm < plan.arms.size(); ++arm) runs_.push_back({arm, seed, fold});
    for (size_t i = 0; i < runs_.size(); ++i)
      if (plan.request.part.has(i) && !finished(runs_[i])) ++open_;
    if (const size_t left = unfinished(); left < runs_.size())
      log_.info(cat(runs_.size() - left, " of ", runs_.size(), " trainings are there already"));
  }

  Ended run(const Stay& stay) {
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (!plan_.request.part.has(i)) continue;
      const FoldRun where = fold_run(runs_[i]);
      const auto mine = stay.training(i);
      const Ended ended = finished(runs_[i]) ? Ended::finished : train(runs_[i], where);
      take_measured_steps(plan_, where.folder);
      if (ended == Ended::interrupted || plan_.request.first_alone) return ended;
    }
    return Ended::finished;
  }

  /// Trainings that nobody has finished yet.
  size_t unfinished() const {
    return static_cast<size_t>(
        std::count_if(runs_.begin(), runs_.end(), [this](const ArmRun& run) { return !finished(run); }));
  }
  size_t all() const { return runs_.size(); }

 private:
  bool finished(const ArmRun& run) const {
    return is_finished(fold_run(run), plan_.arms[run.arm].experiment);
  }

  FoldRun fold_run(const ArmRun& run) const {
    const Arm& arm = plan_.arms[run.arm];
    return {.folder = arm.run(plan_.request.out, run.seed, run.fold),
            .cache = plan_.cache,
            .name = cat(arm.name, ", seed ", run.seed, ", fold ", run.fold),
            .cases = arm.experiment.folds[run.fold],
            .resume = true};
  }

  Ended train(const ArmRun& run, const FoldRun& where) {
    const Arm& arm = plan_.arms[run.arm];
    log_.attach(plan_.request.out / "log.txt");
    log_.info(cat("arm ", run.arm + 1, " of ", plan_.arms.size(), " (", arm.name, "), seed ", run.seed,
                  ", fold ", run.fold, " of ", plan_.all.folds.size(), left_text()));
    const auto start = std::chrono::steady_clock::now();
    const Ended ended = train_fold(arm.with_seed(run.seed), where, plan_.request.command,
                                   plan_.request.device, log_, interrupts_);
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
  if (!request.part.whole() && plan.all.config.train.steps.is_auto())
    throw refused(
        "train.budget: the first training measures the steps that all of them take; begin without --batch "
        "until it shows its first steps, or give train.steps");
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
  ComparisonPlan plan = make_plan(asked, request, log);
  const fs::path& out = request.out;
  const Stay stay(out, marker, request.part);
  settle_plan(plan, asked, stay, log);
  log.attach(out / "log.txt");
  log.detail(request.command);
  Training training(plan, log, interrupts);
  if (training.run(stay) == Ended::interrupted) return Ended::interrupted;
  if (request.first_alone) return Ended::finished;
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
