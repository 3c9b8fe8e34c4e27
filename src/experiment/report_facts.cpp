// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_facts.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/compare_limits.hpp"
#include "experiment/steps_taken.hpp"
#include "infer/safetensors.hpp"
#include "report/markup.hpp"
#include "report/selection.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// "40 cases of 38 persons"; without a cohort nobody knows the persons.
std::string people(const RunOnDisk& run, const std::vector<std::string>& cases) {
  const std::string text = counted(cases.size(), "case", "cases");
  const auto person_of = run.persons();
  std::set<std::string> persons;
  for (const std::string& id : cases) {
    const auto person = person_of.find(id);
    if (person == person_of.end()) return text;
    persons.insert(person->second);
  }
  return persons.empty() ? text : cat(text, " of ", counted(persons.size(), "person", "persons"));
}

std::string last_of(const std::string& text, const std::string& mark) {
  const size_t at = text.rfind(mark);
  if (at == std::string::npos) return "";
  const size_t begin = at + mark.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

// What the run's log says after the last `mark`; "" without one. Device and command line stand nowhere else.
std::string logged(const RunPart& part, const std::string& mark) {
  const fs::path file = part.folder / "log.txt";
  return fs::exists(file) ? trimmed(last_of(read_text(file), mark)) : "";
}

// Seconds of all parts, of which validation took some.
struct Clock {
  double all = 0, validating = 0;
};
Clock clock_of(const RunOnDisk& run) {
  Clock clock;
  for (const RunPart& part : run.parts) {
    const fs::path file = part.folder / "timing.csv";
    if (!fs::exists(file)) continue;
    try {
      const Table timing = read_table(file);
      for (size_t row = 0; row < timing.rows(); ++row) {
        clock.all += timing.number(row, "seconds");
        clock.validating += timing.number(row, "validation_seconds");
      }
    } catch (const Error&) {
      return {};  // a last row that a crash cut short: no time rather than a wrong one
    }
  }
  return clock;
}

int64_t parameters_of(const fs::path& weights) {
  const MappedFile file(weights);
  int64_t count = 0;
  for (const auto& [name, entry] : read_safetensors_header(file.bytes()).tensors) {
    int64_t values = 1;
    for (const int64_t size : entry.shape) values *= size;
    count += values;
  }
  return count;
}

std::string network_text(const RunOnDisk& run) {
  const TrunkShape& shape = shape_of(run.config->network);
  std::string text = std::string(kind_of(run.config->network));
  if (!shape.widths.is_auto())
    text += cat(", ", shape.widths.get().size(), " stages of ", join(shape.widths.get(), ", "), " channels");
  const fs::path weights = run.parts.front().folder / "model.safetensors";
  if (fs::exists(weights))
    text += cat("; ", figure(static_cast<double>(parameters_of(weights)), 0), " parameters");
  return text;
}

std::string split_text_of(const RunOnDisk& run) {
  const SplitOptions& split = run.config->data.split;
  std::string text = std::string(kind_of(split));
  if (const auto* kfold = std::get_if<KFoldOptions>(&split))
    text += cat(", ", counted(static_cast<size_t>(kfold->folds), "fold", "folds"), ", seed ", kfold->seed);
  if (run.of_all_folds) {
    // A comparison may be of some folds alone.
    const bool some = run.parts.size() < run.folds;
    std::vector<std::string> names;
    for (const auto& part : run.parts) names.push_back(part.fold);
    return cat(text, "; ",
               some ? cat(names.size() == 1 ? "fold " : "folds ", join(names, ", ")) : "all folds",
               ", each case scored by the network that never saw it");
  }
  const std::string& fold = run.parts.front().fold;
  return fold.empty() ? text : fold == "none" ? cat(text, "; everybody trained") : cat(text, "; fold ", fold);
}

std::string training_text(const RunOnDisk& run) {
  const TrainOptions& train = run.config->train;
  std::string text;
  if (!train.steps.is_auto()) text += cat(figure(static_cast<double>(train.steps.get()), 0), " steps");
  if (!train.batch.is_auto() && !train.patch.is_auto())
    text +=
        cat(text.empty() ? "" : " of ", counted(static_cast<size_t>(train.batch.get()), "patch", "patches"),
            " of ", join(train.patch.get(), " × "), " voxels");
  return text + cat(text.empty() ? "" : "; ", kind_of(train.optimiser), ", learning rate ",
                    number_text(learning_rate_of(train.optimiser)), ", ", kind_of(train.schedule), ", seed ",
                    train.seed);
}

// Where trainings ended before their last step, in words; "" where none did.
std::string stopped_text(const RunOnDisk& run) {
  const TrainOptions& train = run.config->train;
  if (train.patience == 0 || train.steps.is_auto()) return "";
  std::vector<std::string> steps;
  for (const RunPart& part : run.parts) {
    if (!part.model || !fs::exists(part.folder / "journal.csv")) continue;
    if (const int64_t taken = steps_taken(part.folder); taken < train.steps.get())
      steps.push_back(figure(static_cast<double>(taken), 0));
  }
  if (steps.empty()) return "";
  return cat("after step ", join(steps, ", "),
             ": the score of those who choose the weights had not risen in ",
             counted(static_cast<size_t>(train.patience), "validation", "validations"));
}

// The row of a journal whose inner score is the highest, of equals the last, in words; "" before there is
// one.
std::string chosen_text(const fs::path& journal_file) {
  if (!fs::exists(journal_file)) return "";
  std::string text;
  try {
    const Table journal = read_table(journal_file);
    double best = -std::numeric_limits<double>::infinity();
    for (size_t row = 0; journal.has("inner_score") && row < journal.rows(); ++row) {
      const double score = journal.number(row, "inner_score");
      if (!(score >= best)) continue;
      best = score;
      text = cat(journal.text(row, "step"), " (score ", figure(score, 3), ")");
    }
  } catch (const Error&) {
    return "";  // a last row that a crash cut short
  }
  return text;
}

// Which weights were kept, and who chose them.
std::string weights_text(const RunOnDisk& run) {
  if (run.config->train.select != "inner") return "those after the last step";
  std::vector<std::string> steps;
  for (const RunPart& part : run.parts)
    if (const std::string text = chosen_text(part.folder / "journal.csv"); !text.empty())
      steps.push_back(text);
  if (steps.empty()) return "to be chosen by training people who do not learn";
  return cat("those after step ", join(steps, ", "), ", chosen by training people who did not learn");
}

std::string spacing_text(const std::vector<double>& spacing) {
  std::vector<std::string> texts;
  for (const double one : spacing) texts.push_back(figure(one, 2));
  return join(texts, " × ");
}

void add(std::vector<Fact>& facts, const std::string& name, const std::string& value) {
  if (!value.empty()) facts.push_back({name, value});
}

std::string model_fact(const RunPart& part, const std::string& pointer) {
  const auto json = nlohmann::json::parse(part.model.value_or(""), nullptr, /*allow_exceptions=*/false);
  const nlohmann::json::json_pointer place(pointer);
  return json.is_object() && json.contains(place) && json[place].is_string() ? json[place].get<std::string>()
                                                                             : "";
}

}  // namespace

std::string counted(size_t count, const std::string& one, const std::string& many) {
  return cat(figure(static_cast<double>(count), 0), " ", count == 1 ? one : many);
}

std::string report_title(const RunOnDisk& run) {
  if (run.cohort && !run.cohort->name.empty()) return run.cohort->name;
  return fs::absolute(run.folder / ".").lexically_normal().parent_path().filename().string();
}

std::string report_lead(const RunOnDisk& run) {
  const auto names = run.task_names();
  std::string text =
      names.empty() ? "A training run" : cat(names.size() == 1 ? "Task " : "Tasks ", join(names, ", "));
  size_t held_out = 0;
  for (const RunPart& part : run.parts) held_out += part.cases.held_out.size();
  if (held_out > 0) {
    text += cat(": ", counted(held_out, "held-out case", "held-out cases"),
                run.of_all_folds                 ? cat(" of ", run.parts.size(), " folds")
                : run.parts.front().fold.empty() ? ""
                                                 : cat(" of fold ", run.parts.front().fold),
                ", scored by a network that never saw them.");
  } else if (!run.parts.front().cases.train.empty()) {
    text += ": trained on everybody, so that nobody is left to score.";
  } else {
    text += ".";
  }
  return run.finished() ? text : text + " The run is not finished.";
}

std::vector<Fact> report_facts(const RunOnDisk& run) {
  std::vector<Fact> facts;
  if (run.cohort)
    add(facts, "Dataset", cat(run.cohort->name, ", ", counted(run.cohort->subjects.size(), "case", "cases")));
  if (run.of_all_folds) {
    std::vector<std::string> all;
    for (const RunPart& part : run.parts)
      all.insert(all.end(), part.cases.held_out.begin(), part.cases.held_out.end());
    if (!all.empty()) add(facts, "Held out in turn", people(run, all));
  } else {
    const Fold& cases = run.parts.front().cases;
    if (!cases.train.empty()) add(facts, "Trained on", people(run, cases.train));
    if (!cases.held_out.empty()) add(facts, "Held out", people(run, cases.held_out));
  }
  if (run.config) {
    add(facts, "Split", split_text_of(run));
    add(facts, "Sequences", join(run.sequences(), ", "));
    const auto& spacing = images_of(run.config->input).spacing;
    if (!spacing.is_auto()) add(facts, "Working spacing", cat(spacing_text(spacing.get()), " mm (z, y, x)"));
    add(facts, "Network", network_text(run));
    add(facts, "Training", training_text(run));
    add(facts, "Stopped early", stopped_text(run));
    add(facts, "Weights kept", weights_text(run));
  }
  add(facts, "Computed", logged(run.parts.front(), " are held out; "));
  const Clock clock = clock_of(run);
  if (clock.all > 0)
    add(facts, "Wall time",
        cat(clock_text(clock.all), ", of which validation ", clock_text(clock.validating),
            run.of_all_folds ? ", all folds together" : ""));
  return facts;
}

std::vector<Fact> report_environment(const RunOnDisk& run) {
  std::vector<Fact> facts;
  const RunPart& first = run.parts.front();
  const std::string version = model_fact(first, "/tazuna");
  add(facts, "Program", version.empty() ? "" : cat("tazuna ", version));
  add(facts, "Command", logged(first, ", research use only: "));
  for (const RunPart& part : run.parts) {
    add(facts, run.of_all_folds ? cat("Weights of fold ", part.fold, " (SHA-256)") : "Weights (SHA-256)",
        model_fact(part, "/weights/sha256"));
  }
  std::vector<std::string> files;
  for (const char* name : {"cases.tsv", "means.tsv", "subjects.tsv", "task_scores.tsv", "summary.json"})
    if (fs::exists(run.folder / run.scores() / name)) files.push_back((run.scores() / name).string());
  for (const char* name : {"config.yaml", "journal.csv"})
    files.push_back(cat(run.of_all_folds ? "fold_K/" : "", name));
  add(facts, "Files", join(files, ", "));
  return facts;
}

std::vector<std::string> report_limits(const RunOnDisk& run, const Report& report) {
  std::vector<std::string> limits{
      "Research use only: nothing here was tested as a medical device, and no figure speaks for a single "
      "patient."};
  if (report.cases.rows() == 0 && report.answered.empty()) return limits;
  if (!run.of_all_folds && run.folds > 1)
    limits.push_back(cat("One fold of ", run.folds,
                         ": the people of the other folds trained this network and are not "
                         "scored. tazuna train --fold all scores everybody once."));
  if (run.config && run.config->train.select == "final")
    limits.push_back(
        "The held-out people chose nothing: the weights are those of the last step. Choosing settings by "
        "this report would make its figures too good.");
  if (run.config && run.config->train.select == "inner")
    limits.push_back(
        "The held-out people chose nothing: the weights were chosen by people split off the training part. "
        "Choosing settings by this report would make its figures too good.");
  limits.push_back(
      "The intervals tell how far the means would move with other people of the same kind. They know "
      "nothing of other scanners, sites or diseases, nor of another seed of the training.");
  if (report.cases.rows() > 0 && report.means_file.empty() && !run.cohort)
    limits.push_back(
        "Neither the table of means nor the dataset is there, so each case was taken as a person of its own: "
        "with several sessions of one person the intervals are too narrow.");
  int64_t fewest = 1000;
  for (const MeanRow& row : report.means) fewest = std::min(fewest, row.over_cases.persons);
  for (const AnsweredTask& task : report.answered)
    for (const MeanRow& row : task.scores) fewest = std::min(fewest, row.over_cases.persons);
  if (fewest < 20)
    limits.push_back(cat("Some scores rest on ", fewest, fewest == 1 ? " person" : " persons",
                         ": bootstrap intervals of so few are too narrow."));
  if (report.cases.rows() > 0)
    limits.push_back(
        "Means leave out undefined and infinite values; how many stands beside the mean. The surface "
        "distance of a structure that was missed altogether is infinite, so it is not in the mean.");
  if (run.config && !report.answered.empty())
    for (const std::string& sentence : weight_limits(run.config->tasks)) limits.push_back(sentence);
  limits.push_back("The reference is taken as the truth. How well two raters would agree is not known here.");
  return limits;
}

}  // namespace tazuna
