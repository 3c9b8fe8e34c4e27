// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_write.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/arms_cost.hpp"
#include "experiment/compare_flow.hpp"
#include "experiment/compare_json.hpp"
#include "experiment/compare_limits.hpp"
#include "experiment/compare_scores.hpp"
#include "experiment/steps_taken.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> tasks_of(const Arm& arm) {
  std::vector<std::string> names;
  for (const TaskOptions& task : arm.experiment.config.tasks) names.push_back(name_of(task));
  return names;
}

std::vector<std::string> tasks_in_both(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> both;
  for (const std::string& task : a)
    if (std::find(b.begin(), b.end(), task) != b.end()) both.push_back(task);
  return both;
}

// "0.812" for people.
std::string shown(double value) {
  return std::isfinite(value) ? number_text(std::round(value * 1e3) / 1e3 + 0.0) : "n/a";  // no -0
}

// The rows that most people look for first, a line each.
void tell(const Table& comparison, Log& log) {
  const std::set<std::string> first{"dice", "auc", "accuracy", "mae_levels"};
  for (size_t i = 0; i < comparison.rows(); ++i) {
    const auto text = [&](const char* column) { return comparison.text(i, column); };
    const auto number = [&](const char* column) { return shown(comparison.number(i, column)); };
    const std::string metric = text("metric");
    if (!first.contains(metric) && !metric.starts_with("mae") && !metric.starts_with("auc")) continue;
    const std::string what =
        text("structure") == "-" ? text("task") : cat(text("task"), " ", text("structure"));
    log.info(cat("  ", what, ", ", metric, " (", text("better"), " is better): ", text("arm"), " ",
                 number("arm_mean"), ", ", text("reference"), " ", number("reference_mean"), "; difference ",
                 number("difference"), " [", number("low"), ", ", number("high"), "], n ",
                 comparison.number(i, "n"), ", p ", number("p_holm")));
  }
}

// What each arm said of each case.
void write_rows(const fs::path& folder, const Outcomes& outcomes, const std::vector<AskedTask>& questions) {
  write_atomically(folder / "cases.tsv", score_rows(outcomes.scores).tsv());
  for (const AskedTask& question : questions) {
    const auto answers = outcomes.answers.find(question.task);
    if (answers != outcomes.answers.end())
      write_atomically(folder / cat("answers_", question.task, ".tsv"),
                       answer_rows(answers->second, question).tsv());
  }
}

// What follows from it.
void write_figures(const fs::path& folder, const Table& scores, const Table& comparison,
                   const std::vector<PairedRows>& pairs) {
  write_atomically(folder / "scores.tsv", scores.tsv());
  write_atomically(folder / "comparison.tsv", comparison.tsv());
  write_atomically(folder / "differences.tsv", difference_table(pairs).tsv());
}

}  // namespace

std::vector<ArmPair> arm_pairs(const std::vector<Arm>& arms, const std::vector<ControlArm>& controls) {
  std::vector<ArmPair> pairs;
  const Arm& first = arms.front();
  for (size_t i = 1; i < arms.size(); ++i) {
    const auto tasks = tasks_in_both(tasks_of(first), tasks_of(arms[i]));
    if (arms[i].further) {
      pairs.push_back({arms[i].name, first.name, tasks});
    } else {
      pairs.push_back({first.name, arms[i].name, tasks});
    }
  }
  for (const ControlArm& control : controls) pairs.push_back({first.name, control.name, control.tasks});
  return pairs;
}

double training_minutes(const fs::path& run) {
  const Table timing = read_table(run / "timing.csv");
  double seconds = 0;
  for (size_t i = 0; i < timing.rows(); ++i)
    seconds += timing.number(i, "seconds") - timing.number(i, "validation_seconds");
  return seconds / 60;
}

Table arm_table(const ComparisonPlan& plan, const std::vector<ControlArm>& controls) {
  Table table({"arm", "kind", "tasks", "seeds", "folds", "steps", "parameters", "gflop_per_step", "minutes",
               "folder", "note"});
  const auto seeds = static_cast<int64_t>(plan.seeds.size()), folds = static_cast<int64_t>(plan.folds.size());
  const fs::path& out = plan.request.out;
  for (const Arm& arm : plan.arms) {
    double minutes = 0;
    int64_t steps = 0;
    for (const int64_t seed : plan.seeds)
      for (const size_t fold : plan.folds) {
        minutes += training_minutes(arm.run(out, seed, fold));
        steps += steps_taken(arm.run(out, seed, fold));
      }
    const ArmCost cost =
        cost_of(load_model(arm.run(out, plan.seeds.front(), plan.folds.front())), arm.experiment);
    table.add({arm.name, "network", join(tasks_of(arm), ","), seeds, folds, steps / (seeds * folds),
               cost.parameters, cost.gflop_per_step, minutes / static_cast<double>(seeds),
               fs::relative(arm.folder(out), out).string(), arm.note});
  }
  const double none = std::nan("");
  for (const ControlArm& control : controls)
    table.add({control.name, "control", join(control.tasks, ","), control.seeds, folds, none, none, none,
               none, "n/a", control.note});
  return table;
}

void write_comparison(const ComparisonPlan& plan, const Outcomes& outcomes, const Outcomes& aside,
                      const std::vector<ControlArm>& controls, const std::vector<std::string>& limits,
                      Log& log) {
  const fs::path& out = plan.request.out;
  const auto questions = subject_questions(plan.all.config.tasks);
  std::vector<std::string> names;
  for (const Arm& arm : plan.arms) names.push_back(arm.name);
  for (const ControlArm& control : controls) names.push_back(control.name);
  const auto arms = arm_pairs(plan.arms, controls);
  const auto pairs = paired_rows(outcomes, arms, questions);
  const bool reads_networks = std::any_of(controls.begin(), controls.end(), [](const ControlArm& control) {
    return control.name == "volumes" || control.name == "features";
  });
  ComparisonTables tables{.arms = arm_table(plan, controls),
                          .scores = score_table(outcomes, names, questions, plan.all.make_tasks()),
                          .comparison = comparison_table(pairs),
                          .limits = comparison_limits(plan, pairs, reads_networks),
                          .command = plan.request.command,
                          .config_sha256 = sha256_of_file(out / "config.yaml"),
                          .device = plan.request.device.str(),
                          .threads = at::get_num_threads()};
  const auto intensity = intensity_limits(tables.scores);
  tables.limits.insert(tables.limits.end(), intensity.begin(), intensity.end());
  tables.limits.insert(tables.limits.end(), limits.begin(), limits.end());
  write_atomically(out / "arms.tsv", tables.arms.tsv());
  write_rows(out, outcomes, questions);
  write_figures(out, tables.scores, tables.comparison, pairs);
  write_atomically(out / "flow.tsv", flow_table(plan.all, plan.folds).tsv());
  if (!plan.all.held_aside.empty()) {
    const fs::path folder = out / "held_aside";
    const Outcomes means = mean_over_folds(aside, questions);
    const auto aside_pairs = paired_rows(means, arms, questions);
    write_rows(folder, aside, questions);
    write_figures(folder, score_table(means, names, questions, plan.all.make_tasks()),
                  comparison_table(aside_pairs), aside_pairs);
  }
  write_atomically(out / "comparison.json", comparison_json(tables));
  tell(tables.comparison, log);
}

}  // namespace tazuna
