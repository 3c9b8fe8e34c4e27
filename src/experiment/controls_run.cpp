// SPDX-License-Identifier: Apache-2.0
#include "experiment/controls_run.hpp"

#include <torch/nn/module.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "core/files.hpp"
#include "core/text.hpp"
#include "data/cache.hpp"
#include "experiment/controls_features.hpp"
#include "experiment/controls_intensity.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// Stops all work in between.
struct Stopped {};

// Who trains a fold's control, and who is answered by it.
Subjects people_of(const Experiment& all, size_t fold) {
  Subjects people = all.cases(all.folds[fold].train);
  const Subjects held = all.cases(all.folds[fold].held_out);
  people.insert(people.end(), held.begin(), held.end());
  people.insert(people.end(), all.held_aside.begin(), all.held_aside.end());
  return people;
}

class Controls {
 public:
  Controls(const ComparisonPlan& plan, Outcomes& outcomes, Outcomes& aside, std::vector<ControlArm>& controls,
           std::vector<std::string>& limits, Log& log, Interrupts& interrupts)
      : plan_(plan),
        questions_(subject_questions(plan.all.config.tasks)),
        outcomes_(outcomes),
        aside_(aside),
        controls_(controls),
        limits_(limits),
        log_(log),
        interrupts_(interrupts) {
    for (const std::string& task : voxel_tasks(plan.all.config.tasks))
      sources_.push_back(&*std::find_if(plan.arms.begin(), plan.arms.end(),
                                        [&task](const Arm& arm) { return arm.name == task; }));
  }

  void run() {
    if (questions_.empty()) return;
    add_covariates();
    add_intensity();
    if (sources_.empty()) {
      leave_out("'volumes'", "no voxel task draws structures");
      leave_out("'features'", "no voxel task teaches an encoder");
    } else {
      add("volumes",
          cat("sizes of the structures drawn by the arm of ", names_of_sources(), "; ridge or logistic"),
          ClassRule::logistic, plan_.seeds,
          [this](const AskedTask&, int64_t seed, size_t fold) { return volumes(seed, fold); });
      add("features",
          cat("frozen encoder features of the arm '", sources_.front()->name,
              "', mean and maximum a channel; ridge or linear discriminant"),
          ClassRule::discriminant, plan_.seeds,
          [this](const AskedTask&, int64_t seed, size_t fold) { return features(seed, fold); });
    }
    add_connectivity();
  }

 private:
  using MakeRows = std::function<FeatureRows(const AskedTask&, int64_t seed, size_t fold)>;

  void leave_out(const std::string& control, const std::string& why) {
    limits_.push_back(cat("The control ", control, " is left out: ", why, "."));
    log_.warn(limits_.back());
  }

  std::string names_of_sources() const {
    std::vector<std::string> names;
    for (const Arm* arm : sources_) names.push_back(arm->name);
    return join(names, ", ");
  }

  // What everybody was measured at; nothing, and the control is left out, where somebody cannot be measured.
  std::optional<FeatureRows> rows_or_none(const std::string& control,
                                          const std::function<FeatureRows()>& make_rows) {
    try {
      return make_rows();
    } catch (const Error& error) {
      leave_out(cat("'", control, "'"), error.what());
      return std::nullopt;
    }
  }

  // The control's answers in all folds, or none if it cannot be fitted in one of them.
  void add(const std::string& name, const std::string& note, ClassRule rule,
           const std::vector<int64_t>& seeds, const MakeRows& make_rows) {
    ControlArm arm{.name = name, .note = note, .seeds = static_cast<int64_t>(seeds.size())};
    for (const AskedTask& question : questions_) {
      std::vector<RunAnswer> answers, aside;
      try {
        for (const int64_t seed : seeds)
          for (const size_t fold : plan_.folds)
            within(cat("fold ", fold), [&] {
              const FeatureRows rows = make_rows(question, seed, fold);
              const RunOf run{name, seed, static_cast<int64_t>(fold)};
              const Control control = fitted(run, question, rule, rows);
              add_answers(run, control, plan_.all.cases(plan_.all.folds[fold].held_out), rows, answers);
              add_answers(run, control, plan_.all.held_aside, rows, aside);
            });
      } catch (const Error& error) {
        leave_out(cat("'", name, "' of ", question.task), error.what());
        continue;
      }
      const auto take = [&question](Outcomes& outcomes, const std::vector<RunAnswer>& own) {
        auto& all = outcomes.answers[question.task];
        all.insert(all.end(), own.begin(), own.end());
      };
      take(outcomes_, answers);
      if (!aside.empty()) take(aside_, aside);
      arm.tasks.push_back(question.task);
    }
    if (!arm.tasks.empty()) controls_.push_back(std::move(arm));
  }

  Control fitted(const RunOf& run, const AskedTask& question, ClassRule rule, const FeatureRows& rows) const {
    Control control(question, rule);
    control.fit(plan_.all.cases(plan_.all.folds[static_cast<size_t>(run.fold)].train), rows,
                static_cast<uint64_t>(run.seed));
    return control;
  }

  static void add_answers(const RunOf& run, const Control& control, const Subjects& cases,
                          const FeatureRows& rows, std::vector<RunAnswer>& answers) {
    for (const AnsweredCase& one : control.predict(cases, rows)) answers.push_back({run, one});
  }

  void add_covariates() {
    add("covariates", "columns of the table alone; ridge or logistic", ClassRule::logistic,
        {plan_.seeds.front()}, [this](const AskedTask& question, int64_t, size_t fold) {
          const auto columns =
              covariate_columns(question, questions_, plan_.all.cohort, plan_.all.recipe().person);
          const ColumnCodes codes(columns, plan_.all.subjects, plan_.all.cases(plan_.all.folds[fold].train));
          FeatureRows rows;
          for (const auto& subject : people_of(plan_.all, fold)) rows[subject->id] = codes.of(*subject);
          return rows;
        });
  }

  // What `measure` says of everybody, kept in OUT/controls/WHAT-HASH: no network is asked, so that it is the
  // same in all folds. `source`: what it depends on beside the data.
  FeatureRows measured_once(const std::string& what, const std::string& source,
                            const std::vector<std::string>& columns, const Measure& measure) {
    const std::string hash =
        sha256(data_digest(plan_.all.cohort, plan_.all.fingerprint) + source).substr(0, 10);
    Subjects everybody = plan_.all.subjects;
    everybody.insert(everybody.end(), plan_.all.held_aside.begin(), plan_.all.held_aside.end());
    auto rows = measured(
        plan_.request.out / "controls" / cat(what, "-", hash, ".tsv"), columns, everybody,
        [&measure] { return measure; }, what, log_, interrupts_);
    if (!rows) throw Stopped();
    return std::move(*rows);
  }

  void add_intensity() {
    const Preparation& preparation = plan_.all.preparation;
    const std::string source = cat(join(preparation.sequences, ","), " ", preparation.frame_seconds > 0, " ",
                                   preparation.skip_frames, " ", preparation.slice_axis, " ",
                                   preparation.slice_column, preparation.zero_nonfinite ? " zero" : "");
    const auto rows = rows_or_none("intensity", [&] {
      return measured_once("intensity", source, intensity_columns(preparation),
                           [&preparation](const std::shared_ptr<const Subject>& subject) {
                             return intensities_of(*subject, preparation);
                           });
    });
    if (!rows) return;
    add("intensity", "mean and sd of each raw image in its nonzero mask; ridge or logistic",
        ClassRule::logistic, {plan_.seeds.front()}, [this, &rows](const AskedTask&, int64_t, size_t fold) {
          return with_means(*rows, plan_.all.cases(plan_.all.folds[fold].train));
        });
  }

  // What `measure` says of a fold's people with a network of `arm`, kept in OUT/controls/WHAT-ARM-HASH.
  FeatureRows measured_by(const Arm& arm, const std::string& what, const std::vector<std::string>& columns,
                          int64_t seed, size_t fold,
                          std::vector<double> (*measure)(const LoadedModel&, const Sample&, at::Device)) {
    const fs::path file = plan_.request.out / "controls" / cat(what, "-", arm.name, "-", arm.hash) /
                          cat("seed_", seed) / cat("fold_", fold, ".tsv");
    const auto make_measure = [&]() -> Measure {
      const auto model = std::make_shared<LoadedModel>(load_model(arm.run(plan_.request.out, seed, fold)));
      model->network->to(plan_.request.device);
      const auto cache =
          std::make_shared<Cache>(plan_.cache, arm.experiment.preparation, arm.experiment.maps());
      return [this, model, cache, measure](const std::shared_ptr<const Subject>& subject) {
        return measure(*model, cache->sample(subject), plan_.request.device);
      };
    };
    auto rows = measured(file, columns, people_of(plan_.all, fold), make_measure,
                         cat(what, " of ", arm.name, ", seed ", seed, ", fold ", fold), log_, interrupts_);
    if (!rows) throw Stopped();
    return std::move(*rows);
  }

  FeatureRows volumes(int64_t seed, size_t fold) {
    FeatureRows all;
    for (const Arm* arm : sources_) {
      for (auto& [id, row] : measured_by(*arm, "volumes", volume_columns(arm->experiment.config.tasks), seed,
                                         fold, predicted_volumes)) {
        auto& joined = all[id];
        joined.insert(joined.end(), row.begin(), row.end());
      }
    }
    return all;
  }

  FeatureRows features(int64_t seed, size_t fold) {
    return measured_by(*sources_.front(), "features", {}, seed, fold, pooled_features);
  }

  void add_connectivity() {
    const auto* series = std::get_if<SeriesOptions>(&plan_.all.config.input);
    const fs::path& atlas = plan_.request.atlas;
    if (!series) return;
    if (atlas.empty()) {
      leave_out("'connectivity'", "it needs an atlas (--atlas FILE)");
      return;
    }
    const auto rows = rows_or_none("connectivity", [&] {
      return measured_once("connectivity",
                           cat(sha256_of_file(atlas), series->sequences.front(), series->skip), {},
                           [&](const std::shared_ptr<const Subject>& subject) {
                             return connectivity_of(*subject, series->sequences.front(), series->skip, atlas);
                           });
    });
    if (!rows) return;
    add("connectivity",
        cat("correlations between the regions of ", atlas.filename().string(), "; ridge or logistic"),
        ClassRule::logistic, {plan_.seeds.front()},
        [&rows](const AskedTask&, int64_t, size_t) { return *rows; });
  }

  const ComparisonPlan& plan_;
  const std::vector<AskedTask> questions_;
  std::vector<const Arm*> sources_;  // of the voxel tasks
  Outcomes &outcomes_, &aside_;
  std::vector<ControlArm>& controls_;
  std::vector<std::string>& limits_;
  Log& log_;
  Interrupts& interrupts_;
};

}  // namespace

Ended run_controls(const ComparisonPlan& plan, Outcomes& outcomes, Outcomes& aside,
                   std::vector<ControlArm>& controls, std::vector<std::string>& limits, Log& log,
                   Interrupts& interrupts) {
  try {
    Controls(plan, outcomes, aside, controls, limits, log, interrupts).run();
  } catch (const Stopped&) {
    return Ended::interrupted;
  }
  return Ended::finished;
}

}  // namespace tazuna
