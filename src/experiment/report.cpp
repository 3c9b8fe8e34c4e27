// SPDX-License-Identifier: Apache-2.0
#include "experiment/report.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/files.hpp"
#include "core/text.hpp"
#include "data/case_files.hpp"
#include "experiment/report_facts.hpp"
#include "experiment/report_run.hpp"
#include "infer/case_outputs.hpp"
#include "infer/scores.hpp"
#include "report/page.hpp"
#include "report/selection.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

constexpr int64_t picture_pixels =
    3'000'000;  // of all slices that can be flipped through: a page of a few MB

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
         "with "
         "tazuna predict and tazuna evaluate.";
}

// People of data.split.hold_out; a run of all folds has as many answers as folds, and each fold shows its
// own.
void add_held_aside(const RunOnDisk& run, Report& report) {
  const fs::path cases = fs::path("held_aside") / "cases.tsv", means = fs::path("held_aside") / "means.tsv";
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

// "lesion_dice" of the tasks {lesion}: {"dice", "lesion"}.
std::pair<std::string, std::string> value_and_task(const std::string& column,
                                                   const std::vector<std::string>& tasks) {
  for (const std::string& task : tasks)
    if (column.starts_with(task + "_")) return {column.substr(task.size() + 1), task};
  return {column, ""};
}

// Panels of one journal's columns, still without curves.
std::vector<std::pair<std::string, CurvePanel>> panels_of(const Table& journal) {
  constexpr std::string_view loss = "_loss";
  std::vector<std::string> tasks;
  for (const std::string& column : journal.columns())
    if (column.ends_with(loss)) tasks.push_back(column.substr(0, column.size() - loss.size()));
  std::vector<std::pair<std::string, CurvePanel>> panels;
  for (const std::string& task : tasks)
    panels.push_back({cat(task, loss), {cat("Training loss of ", task), "loss", {}, false}});
  const auto& columns = journal.columns();
  // What stands behind the training's own columns was measured on held-out people.
  const auto last = std::find(columns.begin(), columns.end(), "skipped_steps");
  for (auto column = last; column != columns.end(); ++column) {
    if (column == last) continue;
    const auto [value, task] = value_and_task(*column, tasks);
    const std::string name = value == "dice" ? "Dice" : value;
    panels.push_back(
        {*column, {cat("Held-out ", name, task.empty() ? "" : cat(" of ", task)), name, {}, true}});
  }
  if (journal.has("learning_rate"))
    panels.push_back({"learning_rate", {"Learning rate", "learning rate", {}, false}});
  return panels;
}

void add_curve(const Table& journal, const std::string& column, const std::string& name, CurvePanel& panel) {
  Curve curve{name, {}, {}};
  for (size_t row = 0; row < journal.rows(); ++row) {
    const double value = journal.number(row, column);
    if (panel.held_out && std::isnan(value)) continue;  // steps without validation are no gaps
    curve.x.push_back(journal.number(row, "step"));
    curve.y.push_back(value);
  }
  if (!curve.x.empty()) panel.curves.push_back(std::move(curve));
}

void add_curves(const RunOnDisk& run, Report& report, Log& log) {
  std::vector<std::pair<std::string, CurvePanel>> panels;
  for (const RunPart& part : run.parts) {
    const fs::path file = part.folder / "journal.csv";
    if (!fs::exists(file)) continue;
    try {
      const Table journal = read_table(file);
      if (panels.empty()) panels = panels_of(journal);
      for (auto& [column, panel] : panels)
        if (journal.has(column)) add_curve(journal, column, cat("fold ", part.fold), panel);
    } catch (const Error& error) {
      log.warn(cat("the report goes without this run's curves: ", error.what()));
    }
  }
  for (auto& [column, panel] : panels)
    if (!panel.curves.empty()) report.curves.push_back(std::move(panel));
}

// Where the label map of a held-out case lies.
fs::path prediction_of(const RunOnDisk& run, const std::string& case_id, const std::string& task) {
  const std::string name = label_file(case_id, task, run.tasks().size());
  for (const RunPart& part : run.parts) {
    const fs::path file = part.folder / "validation" / name;
    if (fs::exists(file)) return file;
  }
  throw refused(cat("its label map ", name, " is in no validation folder of the run"));
}

// Structures of a task that were scored in a case.
NamedIntegers scored_structures(const ReportedTask& task, const Table& cases, const std::string& case_id) {
  NamedIntegers structures;
  for (const auto& [name, label] : task.structures) {
    for (size_t row = 0; row < cases.rows(); ++row) {
      if (cases.text(row, "case") != case_id || cases.text(row, "task") != task.name) continue;
      if (cases.text(row, "structure") == name) structures.emplace_back(name, label);
    }
  }
  return structures;
}

void draw_example(const RunOnDisk& run, const Table& cases, int64_t pixels, ShownCase& shown) {
  const auto tasks = run.tasks();
  const auto task = std::find_if(tasks.begin(), tasks.end(),
                                 [&](const ReportedTask& one) { return one.name == shown.task; });
  if (!run.cohort) throw refused(run.no_cohort);
  const Subject* subject = run.subject(shown.case_id);
  if (task == tasks.end() || !subject)
    throw refused("the dataset no longer has this case with all its files");
  for (const std::string& sequence : run.sequences())
    if (shown.sequence.empty() && subject->images.contains(sequence)) shown.sequence = sequence;
  const fs::path file = prediction_of(run, shown.case_id, shown.task);
  const Volume predicted = read_labels(file).volume;
  CaseVolumes volumes;
  volumes.image = read_sequence(*subject, shown.sequence).volume;
  expect_one_grid("the image", volumes.image.geometry, "its label map", predicted.geometry);
  const Volume reference = read_map(*subject, task->map).volume;
  expect_one_grid("the image", volumes.image.geometry, "its reference", reference.geometry);
  volumes.predicted = predicted.voxels.squeeze(0);
  volumes.reference = reference.voxels.squeeze(0);
  volumes.structures = scored_structures(*task, cases, shown.case_id);
  for (const auto& [name, label] : volumes.structures) shown.structures.push_back(name);
  shown.pictures = draw_case(volumes, pixels);
}

void add_examples(const RunOnDisk& run, Report& report, Log& log) {
  const auto chosen = chosen_cases(report.cases);
  for (const ChosenCase& one : chosen) {
    ShownCase shown{one.role, one.case_id, one.task, {}, "", {}, ""};
    try {
      draw_example(run, report.cases, picture_pixels / static_cast<int64_t>(chosen.size()), shown);
    } catch (const Error& error) {
      shown.missing = error.what();
      log.warn(cat("the report has no picture of ", one.case_id, ": ", error.what()));
    }
    report.examples.push_back(std::move(shown));
  }
}

}  // namespace

fs::path write_report(const fs::path& folder, Log& log) {
  const RunOnDisk run = read_run(folder, log);
  Report report;
  report.title = report_title(run);
  report.lead = report_lead(run);
  report.facts = report_facts(run);
  add_scores(run, report);
  add_held_aside(run, report);
  add_curves(run, report, log);
  add_examples(run, report, log);
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
