// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_run.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/yaml.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "data/json_file.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
}

// Numbers of the folders fold_K, sorted.
std::vector<size_t> fold_numbers(const fs::path& folder) {
  std::vector<size_t> numbers;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && name.starts_with("fold_") && is_number(name.substr(5)))
      numbers.push_back(std::stoul(name.substr(5)));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// What --fold was; the run's request begins with it.
std::string asked_fold(const fs::path& folder) {
  const fs::path request = folder / ".tazuna" / "request.yaml";
  if (!fs::exists(request)) return "";
  const std::string line = split_text(read_text(request), '\n').front();
  constexpr std::string_view start = "# --fold ";
  return line.starts_with(start) ? trimmed(line.substr(start.size())) : "";
}

std::vector<Fold> read_folds(const fs::path& file) {
  std::vector<Fold> folds;
  for (const auto& entry : read_json(file)) {
    folds.push_back(
        {entry.at("train").get<std::vector<std::string>>(), entry.at("val").get<std::vector<std::string>>()});
  }
  return folds;
}

// Reads what may be missing or damaged; then a warning says so and nothing is returned.
template <class Read>
auto read_if_possible(const std::string& what, Log& log, const Read& read)
    -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const Error& error) {
    log.warn(cat("the report goes without ", what, ": ", error.what()));
  } catch (const nlohmann::json::exception& error) {
    log.warn(cat("the report goes without ", what, ": ", error.what()));
  }
  return std::nullopt;
}

RunPart read_part(const fs::path& folder, const std::string& fold, size_t& folds, Log& log) {
  RunPart part{folder, fold, {}, std::nullopt};
  if (fs::exists(folder / "splits.json")) {
    const auto list = read_if_possible("the split", log, [&] { return read_folds(folder / "splits.json"); });
    if (list && !list->empty()) {
      const size_t index = is_number(fold) && std::stoul(fold) < list->size() ? std::stoul(fold) : 0;
      part.cases = (*list)[index];
      folds = list->size();
    }
  }
  if (fs::exists(folder / "model.json")) part.model = read_text(folder / "model.json");
  return part;
}

void read_cohort_of(RunOnDisk& run, Log& log) {
  const ExperimentConfig& config = *run.config;
  CohortRequest request;
  request.sequences = run.sequences();
  request.filter = images_of(config.input).filter;
  request.missing_allowed = images_of(config.input).missing == "allow";
  for (const ReportedTask& task : run.tasks()) request.maps.push_back(task.map);
  try {
    Problems problems;
    Cohort cohort = read_cohort(config.data.cohort, request, problems);
    name_persons(cohort.subjects, config.data.split);
    run.cohort = std::move(cohort);
    for (const Problem& problem : problems.list()) log.detail(cat(problem.where, ": ", problem.sentence));
  } catch (const Error& error) {
    run.no_cohort = error.what();
    log.warn(cat("the report goes without pictures, since the dataset cannot be read: ", error.what()));
  }
}

}  // namespace

std::vector<ReportedTask> RunOnDisk::tasks() const {
  std::vector<ReportedTask> tasks;
  if (!config) return tasks;
  for (const TaskOptions& task : config->tasks) {
    std::visit(
        [&tasks](const auto& options) {
          if constexpr (requires { options.target.map; })
            tasks.push_back({options.name, options.target.map, options.target.labels});
        },
        task.task);
  }
  return tasks;
}

std::vector<std::string> RunOnDisk::task_names() const {
  std::vector<std::string> names;
  if (!config) return names;
  for (const TaskOptions& task : config->tasks)
    names.push_back(std::visit([](const auto& options) { return options.name; }, task.task));
  return names;
}

std::vector<std::string> RunOnDisk::sequences() const {
  return config ? images_of(config->input).sequences : std::vector<std::string>{};
}

const Subject* RunOnDisk::subject(const std::string& case_id) const {
  if (!cohort) return nullptr;
  const auto& list = cohort->subjects;
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Subject& one) { return one.id == case_id; });
  return found == list.end() ? nullptr : &*found;
}

std::map<std::string, std::string> RunOnDisk::persons() const {
  std::map<std::string, std::string> persons;
  if (cohort)
    for (const Subject& subject : cohort->subjects) persons[subject.id] = subject.person;
  return persons;
}

bool RunOnDisk::finished() const {
  if (of_all_folds && !fs::exists(folder / "summary.json")) return false;
  return !parts.empty() &&
         std::all_of(parts.begin(), parts.end(), [](const RunPart& part) { return part.model.has_value(); });
}

RunOnDisk read_run(const fs::path& folder, Log& log) {
  if (!fs::is_directory(folder)) throw refused(cat(folder.string(), ": there is no such folder"));
  const auto numbers = fold_numbers(folder);
  const bool single = fs::exists(folder / "config.yaml") || fs::exists(folder / "journal.csv");
  if (!single && numbers.empty() && !fs::exists(folder / ".tazuna" / "train")) {
    throw refused(cat(folder.string(),
                      ": is no run folder, it has neither config.yaml nor fold_0; name what `tazuna train` "
                      "was given as --out"));
  }
  RunOnDisk run;
  run.folder = folder;
  run.of_all_folds = !single && !numbers.empty();
  if (run.of_all_folds) {
    for (const size_t k : numbers)
      run.parts.push_back(read_part(folder / cat("fold_", k), cat(k), run.folds, log));
  } else {
    // A fold of a run of all is a run too.
    const std::string name = fs::absolute(folder).lexically_normal().filename().string();
    const std::string asked = asked_fold(folder);
    const bool inside = asked.empty() && name.starts_with("fold_") && is_number(name.substr(5));
    run.parts.push_back(read_part(folder, inside ? name.substr(5) : asked, run.folds, log));
  }
  const fs::path config = run.parts.front().folder / "config.yaml";
  if (fs::exists(config)) {
    run.config =
        read_if_possible("its configuration", log, [&] { return read_config<ExperimentConfig>(config); });
  }
  if (run.config) {
    read_cohort_of(run, log);
  } else {
    run.no_cohort = "the run's configuration could not be read";
  }
  return run;
}

}  // namespace tazuna
