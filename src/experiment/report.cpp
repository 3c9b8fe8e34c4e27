// SPDX-License-Identifier: Apache-2.0
#include "experiment/report.hpp"

#include <optional>

#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/report_answers.hpp"
#include "experiment/report_comparison.hpp"
#include "experiment/report_curves.hpp"
#include "experiment/report_facts.hpp"
#include "experiment/report_pictures.hpp"
#include "experiment/report_run.hpp"
#include "infer/scores.hpp"
#include "report/page.hpp"
#include "report/selection.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

std::vector<MeanRow> means_of(const RunOnDisk& run, const fs::path& file) {
  std::vector<MeanScore> scores;
  if (fs::exists(file)) {
    scores = read_means(file);
  } else {
    ScoreNotes notes;
    notes.persons = run.persons();
    scores = mean_scores(read_scores(file.parent_path() / "cases.tsv"), notes);
  }
  std::vector<MeanRow> rows;
  for (const MeanScore& score : scores)
    rows.push_back({score.task, score.structure, score.metric, score.over_cases});
  return rows;
}

std::string why_no_scores(const RunOnDisk& run) {
  if (!run.finished()) return "There are no scores yet: the run is not finished.";
  return "Everybody trained (--fold none), so that no held-out case is left to score. Score other people "
         "with tazuna predict and tazuna evaluate.";
}

// People of data.split.hold_out; a run of all folds has as many answers as folds, and each fold shows its
// own.
void add_held_aside(const RunOnDisk& run, Report& report) {
  const fs::path cases = fs::path("held_aside") / "cases.tsv", means = fs::path("held_aside") / "means.tsv";
  report.aside_answered = answered_by_run(run.folder, "held_aside");
  if (!fs::exists(run.folder / cases)) return;
  report.aside_cases = read_table(run.folder / cases);
  report.aside_means = means_of(run, run.folder / means);
  report.aside_file = means.string();
}

void add_scores(const RunOnDisk& run, Report& report) {
  report.cases_file = (run.scores() / "cases.tsv").string();
  report.means_file = (run.scores() / "means.tsv").string();
  if (!fs::exists(run.folder / report.cases_file)) {
    report.no_scores = why_no_scores(run);
    return;
  }
  report.cases = read_table(run.folder / report.cases_file);
  report.means = means_of(run, run.folder / report.means_file);
  if (!fs::exists(run.folder / report.means_file)) report.means_file.clear();
}

void add_curves(const RunOnDisk& run, Report& report, Log& log) {
  CurveCollector curves(run.of_all_folds ? "fold_K/journal.csv" : "journal.csv");
  for (const RunPart& part : run.parts)
    curves.add(part.folder / "journal.csv", cat("fold ", part.fold), std::nullopt, log);
  report.curves = curves.panels();
}

}  // namespace

fs::path write_report(const fs::path& folder, Log& log) {
  if (is_comparison(folder)) return write_comparison_report(folder, log);
  const RunOnDisk run = read_run(folder, log);
  Report report;
  report.title = report_title(run);
  report.lead = report_lead(run);
  report.facts = report_facts(run);
  add_scores(run, report);
  report.answered = answered_by_run(folder, run.scores());
  add_held_aside(run, report);
  add_curves(run, report, log);
  report.examples = drawn_examples(run, report.cases, chosen_cases(report.cases), log);
  report.environment = report_environment(run);
  report.limits = report_limits(run, report);
  const fs::path file = folder / "report.html";
  write_atomically(file, page(report));
  return file;
}

void report_training(const fs::path& run, Log& log) {
  try {
    log.info(cat("report: ", write_report(run, log).string()));
  } catch (const std::exception& error) {
    log.warn(cat("the run is finished, but its report could not be drawn: ", error.what(),
                 "; `tazuna report ", run.string(), "` tries again"));
  }
}

}  // namespace tazuna
