// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_comparison.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/files.hpp"
#include "core/text.hpp"
#include "data/json_file.hpp"
#include "experiment/report_answers.hpp"
#include "experiment/report_curves.hpp"
#include "experiment/report_facts.hpp"
#include "experiment/report_pictures.hpp"
#include "experiment/report_run.hpp"
#include "experiment/report_saliency.hpp"
#include "experiment/report_tables.hpp"
#include "report/comparison_page.hpp"
#include "report/selection.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

constexpr size_t worst_cases = 3;

// Folders whose names begin so, sorted.
std::vector<fs::path> folders_below(const fs::path& folder, const std::string& start) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder)) return found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_directory() && entry.path().filename().string().starts_with(start))
      found.push_back(entry.path());
  // fold_10 comes behind fold_9.
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return std::pair(a.string().size(), a) < std::pair(b.string().size(), b);
  });
  return found;
}

// The folder of an arm's runs; empty where arms.tsv names none.
fs::path folder_of(const fs::path& dir, const Table& arms, const std::string& arm) {
  for (size_t row = 0; row < arms.rows(); ++row)
    if (arms.text(row, "arm") == arm && arms.has("folder") && arms.text(row, "folder") != "n/a")
      return dir / arms.text(row, "folder");
  return {};
}

void add_curves(const fs::path& dir, Comparison& comparison, Log& log) {
  CurveCollector curves("arms/*/seed_*/fold_*/journal.csv");
  for (const ComparedArm& arm : comparison.arms) {
    const fs::path folder = folder_of(dir, comparison.arm_table, arm.name);
    if (folder.empty()) continue;
    for (const fs::path& seed : folders_below(folder, "seed_"))
      for (const fs::path& fold : folders_below(seed, "fold_"))
        curves.add(fold / "journal.csv", arm.name, arm.colour, log);
  }
  comparison.curves = curves.panels();
  // The same in every arm.
  std::erase_if(comparison.curves, [](const CurvePanel& panel) { return panel.title == "Learning rate"; });
}

// What the first seed's runs of the first arm tell about data, network and training, and their worst cases.
void add_first_arm(const fs::path& dir, Comparison& comparison, Log& log) {
  const auto seeds = folders_below(folder_of(dir, comparison.arm_table, comparison.first()), "seed_");
  if (seeds.empty()) {
    log.warn(cat("the report goes without facts and pictures: the runs of ", comparison.first(),
                 " are not there"));
    return;
  }
  try {
    const RunOnDisk run = read_run(seeds.front(), log);
    if (run.cohort && !run.cohort->name.empty()) comparison.title = run.cohort->name;
    const std::set<std::string> told{"Dataset",         "Held out in turn", "Split",    "Sequences",
                                     "Working spacing", "Network",          "Training", "Computed"};
    for (const Fact& fact : report_facts(run))
      if (told.contains(fact.name)) comparison.facts.push_back(fact);
    comparison.saliency = saliency_maps(run, table_in(dir, "saliency.tsv"), log);
    if (comparison.cases.empty() || comparison.cases.front().arm != comparison.first()) return;
    const Table& cases = comparison.cases.front().cases;
    comparison.examples = drawn_examples(run, cases, chosen_cases(cases, worst_cases), log);
    for (ShownCase& shown : comparison.examples)
      if (!shown.trace.empty()) shown.trace = (fs::relative(seeds.front(), dir) / shown.trace).string();
  } catch (const Error& error) {
    log.warn(cat("the report goes without facts and pictures: ", error.what()));
  }
}

std::string lead_of(const Comparison& comparison) {
  const auto networks = static_cast<size_t>(std::count_if(
      comparison.arms.begin(), comparison.arms.end(), [](const ComparedArm& arm) { return !arm.control; }));
  std::string text = cat("A comparison of ", counted(networks, "network", "networks"));
  if (networks < comparison.arms.size())
    text += cat(" and ", counted(comparison.arms.size() - networks, "linear control", "linear controls"));
  if (!comparison.arms.empty()) text += cat("; tasks ", join(comparison.arms.front().tasks, ", "));
  return text + ". Everybody was scored by networks that never saw them.";
}

std::vector<MeanRow> of_structures(const std::vector<MeanRow>& scores) {
  std::vector<MeanRow> rows;
  std::copy_if(scores.begin(), scores.end(), std::back_inserter(rows),
               [](const MeanRow& row) { return row.structure != "-"; });
  return rows;
}

// People who are in no fold.
void add_aside(const fs::path& dir, Comparison& comparison) {
  const fs::path folder = dir / "held_aside";
  const auto scores = scores_in(table_in(folder, "scores.tsv"));
  comparison.aside = {of_structures(scores), pairs_in(table_in(folder, "comparison.tsv")),
                      answered_by_arms(folder, comparison.arms, scores)};
}

// What comparison.json says beside the tables.
void read_notes(const fs::path& file, Comparison& comparison) {
  static constexpr std::array<std::pair<const char*, const char*>, 5> facts{
      {{"tazuna", "Program"},
       {"command", "Command"},
       {"config_sha256", "Configuration (SHA-256)"},
       {"device", "Device"},
       {"threads", "Threads"}}};
  try {
    const auto json = read_json(file);
    for (const auto& [key, name] : facts) {
      if (!json.contains(key) || json[key].is_null()) continue;
      const std::string value = json[key].is_string() ? json[key].get<std::string>() : json[key].dump();
      comparison.environment.push_back({name, key == std::string("tazuna") ? cat("tazuna ", value) : value});
    }
    if (json.contains("limits")) comparison.limits = json["limits"].get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception& error) {
    throw refused(cat(file.string(), ": ", error.what()));
  }
}

void add_environment(const fs::path& dir, Comparison& comparison) {
  if (fs::exists(dir / "comparison.json")) read_notes(dir / "comparison.json", comparison);
  const auto& limits = comparison.limits;
  if (std::none_of(limits.begin(), limits.end(),
                   [](const std::string& sentence) { return sentence.starts_with("Research use only"); }))
    comparison.limits.insert(
        comparison.limits.begin(),
        "Research use only: nothing here was tested as a medical device, and no figure speaks for "
        "a single patient.");
  comparison.limits.push_back(
      "The intervals tell how far the differences would move with other people of the same kind. They know "
      "nothing of other scanners, sites or diseases.");
  comparison.limits.push_back(
      "Means leave out undefined and infinite values; how many stands beside. The surface distance of a "
      "structure that was missed altogether is infinite.");
  comparison.environment.push_back(
      {"Files",
       "arms.tsv, cases.tsv, answers_TASK.tsv, scores.tsv, comparison.tsv, differences.tsv, occlusion.tsv, "
       "saliency.tsv, flow.tsv, held_aside, comparison.json, arms/NAME-HASH/seed_S/fold_K"});
}

}  // namespace

bool is_comparison(const fs::path& folder) {
  return fs::exists(folder / "comparison.json") ||
         (fs::exists(folder / "arms.tsv") && fs::exists(folder / "scores.tsv"));
}

fs::path write_comparison_report(const fs::path& dir, Log& log) {
  Comparison comparison;
  comparison.arm_table = table_in(dir, "arms.tsv");
  comparison.arms = arms_in(comparison.arm_table);
  comparison.flow = table_in(dir, "flow.tsv");
  comparison.pairs = pairs_in(table_in(dir, "comparison.tsv"));
  comparison.differences = table_in(dir, "differences.tsv");
  comparison.occlusion = table_in(dir, "occlusion.tsv");
  const auto scores = scores_in(table_in(dir, "scores.tsv"));
  comparison.scores = of_structures(scores);
  const Table cases = table_in(dir, "cases.tsv");
  for (const ComparedArm& arm : comparison.arms) {
    ArmCases own{arm.name, cases_of_arm(cases, arm.name)};
    if (own.cases.rows() > 0) comparison.cases.push_back(std::move(own));
  }
  comparison.answered = answered_by_arms(dir, comparison.arms, scores);
  add_aside(dir, comparison);
  comparison.title = fs::absolute(dir / ".").lexically_normal().parent_path().filename().string();
  comparison.lead = lead_of(comparison);
  add_curves(dir, comparison, log);
  add_first_arm(dir, comparison, log);
  add_environment(dir, comparison);
  const fs::path file = dir / "report.html";
  write_atomically(file, comparison_page(comparison));
  return file;
}

void report_comparison(const fs::path& dir, Log& log) {
  try {
    log.info(cat("report: ", write_comparison_report(dir, log).string()));
  } catch (const std::exception& error) {
    log.warn(cat("the comparison is finished, but its report could not be drawn: ", error.what(),
                 "; `tazuna report ", dir.string(), "` tries again"));
  }
}

}  // namespace tazuna
