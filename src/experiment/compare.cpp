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
#include "experiment/fold.hpp"
#include "experiment/occlusion.hpp"
#include "experiment/report_comparison.hpp"
#include "experiment/request.hpp"
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
  for (const std::string& text : asked) {
    const auto number = number_of(text);
    const double count = static_cast<double>(all.folds.size());
    if (!number || *number < 0 || *number >= count ||
        *number != static_cast<double>(static_cast<size_t>(*number)))
      throw Error(cat("--fold ", text, ": expected numbers from 0 to ", all.folds.size() - 1), Fault::usage);
    folds.insert(static_cast<size_t>(*number));
  }
  for (size_t k = 0; asked.empty() && k < all.folds.size(); ++k) folds.insert(k);
  return {folds.begin(), folds.end()};
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
  plan.cache = plan.all.config.data.cache.empty() ? request.out / "cache" : plan.all.config.data.cache;
  for (int64_t i = 0; i < request.seeds; ++i) plan.seeds.push_back(plan.all.config.train.seed + i);
  if (request.occlude_region) expect_region(plan.arms.front());
  if (!request.atlas.empty() && !std::holds_alternative<SeriesOptions>(plan.all.config.input))
    throw refused("--atlas: the input is no series; leave the atlas out");
  return plan;
}

// With a budget the first run measures the number of steps, and all others take as many.
void take_measured_steps(ComparisonPlan& plan, const fs::path& run) {
  if (!plan.all.config.train.steps.is_auto()) return;
  const TrainOptions measured = read_config<ExperimentConfig>(run / "config.yaml").train;
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
    open_ = static_cast<size_t>(std::count_if(runs_.begin(), runs_.end(), [this](const ArmRun& run) {
      return !is_finished(fold_run(run), plan_.arms[run.arm].experiment);
    }));
    if (open_ < runs_.size())
      log_.info(cat(runs_.size() - open_, " of ", runs_.size(), " trainings are there already"));
  }

  Ended run() {
    for (const ArmRun& run : runs_) {
      const FoldRun where = fold_run(run);
      if (!is_finished(where, plan_.arms[run.arm].experiment) && train(run, where) == Ended::interrupted)
        return Ended::interrupted;
      take_measured_steps(plan_, where.folder);
    }
    return Ended::finished;
  }

 private:
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

Outcomes collect(const ComparisonPlan& plan) {
  std::map<std::string, std::string> persons;
  for (const auto& subject : plan.all.subjects) persons[subject->id] = subject->person;
  Outcomes outcomes;
  for (const Arm& arm : plan.arms)
    for (const int64_t seed : plan.seeds)
      for (const size_t fold : plan.folds)
        add_run(outcomes, {arm.name, seed, static_cast<int64_t>(fold)}, arm.run(plan.request.out, seed, fold),
                persons);
  return outcomes;
}

}  // namespace

Ended compare_experiment(const ExperimentConfig& config, const CompareRequest& request, Log& log,
                         Interrupts& interrupts) {
  ExperimentConfig asked = config;
  name_weights(asked.train);
  ComparisonPlan plan = make_plan(asked, request, log);
  const fs::path& out = request.out;
  claim_folder(out, marker);
  const FileLock alone(out / ".tazuna" / "lock", /*wait=*/false);
  remove_unfinished(out);
  write_atomically(request_file(out), to_yaml(asked));
  if (!fs::exists(out / "config.yaml")) write_atomically(out / "config.yaml", to_yaml(plan.all.config));
  log.attach(out / "log.txt");
  log.detail(request.command);
  if (Training(plan, log, interrupts).run() == Ended::interrupted) return Ended::interrupted;
  log.attach(out / "log.txt");

  Outcomes outcomes = collect(plan);
  std::vector<ControlArm> controls;
  std::vector<std::string> limits;
  if (request.controls &&
      run_controls(plan, outcomes, controls, limits, log, interrupts) == Ended::interrupted)
    return Ended::interrupted;
  fs::remove(out / "occlusion.tsv");  // of an earlier call, whose arms may have been others
  if (request.occlude_region) {
    Outcomes occluded;
    if (answer_occluded(plan, occluded, log, interrupts) == Ended::interrupted) return Ended::interrupted;
    write_atomically(out / "occlusion.tsv",
                     occlusion_table(outcomes, occluded, subject_questions(plan.all.config.tasks)).tsv());
  }
  write_comparison(plan, outcomes, controls, std::move(limits), log);
  log.info(cat("the comparison is in ", (out / "comparison.tsv").string()));
  report_comparison(out, log);
  return Ended::finished;
}

}  // namespace tazuna
