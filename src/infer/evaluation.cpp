// SPDX-License-Identifier: Apache-2.0
#include "infer/evaluation.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <any>
#include <iterator>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/cohorts/found.hpp"
#include "data/cohorts/nnunet.hpp"
#include "data/loader.hpp"
#include "image/volume.hpp"
#include "infer/answer_evaluation.hpp"
#include "infer/failure.hpp"
#include "infer/folders.hpp"
#include "infer/label_maps.hpp"
#include "infer/met_labels.hpp"
#include "infer/short_list.hpp"
#include "infer/task_maps.hpp"
#include "metrics/structure.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, fs::path>;  // by case
using Metrics = std::vector<std::pair<std::string, double>>;

constexpr const char* task_name = "labels";  // label maps of any origin have no task of ours

/// Who each case shows, as a table with columns case and person says.
std::map<std::string, std::string> read_persons(const fs::path& file) {
  return within(file.string(), [&] {
    const Table table = read_table(file);
    std::map<std::string, std::string> persons;
    for (size_t row = 0; row < table.rows(); ++row) {
      const std::string &id = table.text(row, "case"), &person = table.text(row, "person");
      if (is_missing(person)) continue;
      const auto [place, added] = persons.insert({id, person});
      if (!added && place->second != person)
        throw refused(cat("case '", id, "' has two persons: '", place->second, "' and '", person, "'"));
    }
    return persons;
  });
}

/// One case as scored by a worker.
struct ScoredCase {
  std::map<int64_t, Metrics> labels;
  Metrics absent;                          ///< of a label that neither map holds
  std::set<int64_t> predicted, reference;  ///< labels met
  std::string reason;
};

class Evaluation {
 public:
  /// `persons`: by case; empty: as the cases' names say. Unless `required`, label maps may be absent.
  Evaluation(const EvaluateOptions& options, std::map<std::string, std::string> persons, bool required,
             Log& log)
      : options_(options), log_(log), labels_(options.labels), persons_(std::move(persons)) {
    if (!required && !(is_folder(options.predictions) && is_folder(options.reference))) return;
    tasks_ = tasks_asked();
    const bool described = fs::exists(options.reference / "dataset.json");
    const bool bids = !described && is_bids_folder(options.reference);
    by_bids_case_ = bids || (!described && is_bids_folder(options.predictions));
    MapWish predicted{.demanded = false};
    if (described) {
      if (!options.map.empty())
        throw refused(cat("--map ", options.map, ": ", options.reference.string(),
                          " is a dataset in nnU-Net's layout with one label map a case; leave --map out"));
      const Cohort cohort = read_cohort(NnunetOptions{options.reference, ""});
      for (const std::string& warning : cohort.warnings) log_.warn(warning);
      for (const Subject& subject : cohort.subjects)
        if (const auto map = subject.maps.find("label"); map != subject.maps.end())
          references_[subject.id] = map->second.file;
      if (required && references_.empty())
        throw refused(cat(options.reference.string(), ": no case of this dataset has a label map"));
      if (labels_.empty()) labels_ = cohort.labels;
    } else {
      predicted = take_references(required);
    }
    take_ignored_apart();
    predictions_ =
        find_label_maps(options.predictions, "predictions", by_bids_case_, required, predicted).files;
    choose_task(predicted.task);
    if (!required && (references_.empty() || predictions_.empty())) return;
    if (described || bids) leave_out_unasked();
    for (const auto& [id, file] : references_) cases_.push_back(id);
    const bool common =
        std::any_of(cases_.begin(), cases_.end(), [this](auto& id) { return predictions_.contains(id); });
    if (!common) refuse_strangers(cases_.front());
    name_persons();
  }

  EvaluateCounts run() {
    std::vector<std::shared_ptr<ScoredCase>> scored;
    if (!cases_.empty()) {
      Progress progress(log_, "evaluate", "cases", static_cast<int64_t>(cases_.size()));
      Loader loader([this](int64_t k) { return std::any(score(cases_[static_cast<size_t>(k)])); }, 0,
                    static_cast<int64_t>(cases_.size()), options_.threads, 2 * options_.threads);
      for (size_t k = 0; k < cases_.size(); ++k) {
        scored.push_back(std::any_cast<std::shared_ptr<ScoredCase>>(loader.next()));
        progress.advance();
      }
    }
    return write(scored);
  }

 private:
  // What is known of the tasks that predicted; of one that was asked for nothing but that.
  std::vector<TaskMap> tasks_asked() const {
    std::vector<TaskMap> tasks = read_task_maps(options_.predictions);
    if (options_.task.empty()) return tasks;
    std::set<std::string> names;
    for (const TaskMap& one : tasks) names.insert(one.task);
    if (names.empty()) return {TaskMap{options_.task, ""}};
    if (!names.contains(options_.task))
      throw refused(cat("--task ", options_.task, ": the predictions are of no such task",
                        offer(options_.task, names)));
    std::erase_if(tasks, [this](const TaskMap& one) { return one.task != options_.task; });
    return tasks;
  }

  // Of predictions named NAME_TASK, where no name is a reference's as it is, those of one task count as NAME;
  // `taught`: the task of the reference's map, if that is known.
  void choose_task(const std::string& taught) {
    std::string chosen = options_.task;
    const auto has_reference = [this](const auto& one) { return references_.contains(one.first); };
    if (!by_bids_case_ && std::ranges::none_of(predictions_, has_reference)) {
      const std::map<std::string, Files> of_task = predictions_by_task();
      if (of_task.empty()) return;
      if (chosen.empty()) chosen = of_task.contains(taught) ? taught : of_task.begin()->first;
      if (of_task.size() > 1 && chosen != taught) {
        std::vector<std::string> names;
        for (const auto& [task, files] : of_task) names.push_back(task);
        throw refused(cat(options_.predictions.string(), " holds label maps of several tasks (",
                          join(names, ", "), "); choose one by --task"));
      }
      predictions_ = of_task.at(chosen);
    }
    if (chosen.empty() && tasks_.size() == 1) chosen = tasks_.front().task;
    if (!chosen.empty()) keep_structures_of(chosen);
  }

  std::map<std::string, Files> predictions_by_task() const {
    std::map<std::string, Files> of_task;
    for (const TaskMap& one : tasks_) {
      const std::string ending = "_" + one.task;
      for (const auto& [name, file] : predictions_) {
        if (!name.ends_with(ending)) continue;
        const std::string id = name.substr(0, name.size() - ending.size());
        if (references_.contains(id)) of_task[one.task][id] = file;
      }
    }
    return of_task;
  }

  // What a task does not name is background to it and no structure of its maps.
  void keep_structures_of(const std::string& task) {
    const auto own = std::ranges::find(tasks_, task, &TaskMap::task);
    if (!options_.labels.empty() || own == tasks_.end() || own->labels.empty()) return;
    NamedIntegers kept;
    std::vector<std::string> left;
    for (const auto& known : labels_) {
      const bool taught = std::ranges::find(own->labels, known.second, &NamedIntegers::value_type::second) !=
                          own->labels.end();
      taught ? kept.push_back(known) : left.push_back(known.first);
    }
    if (labels_.empty()) kept = own->labels;
    if (kept.empty()) return;
    if (!left.empty())
      log_.info(cat("not scored, since the task '", task, "' was not taught to draw ",
                    left.size() == 1 ? "it: " : "them: ", join(left, ", ")));
    labels_ = std::move(kept);
  }

  // The references that are meant; returns which predictions belong to them.
  MapWish take_references(bool required) {
    const std::vector<TaskMap>& tasks = tasks_;
    const std::string map = options_.map.empty() ? taught_map(tasks) : options_.map;
    LabelMaps maps = find_label_maps(options_.reference, "reference label maps", by_bids_case_,
                                     required || !map.empty(), {.selector = map});
    references_ = std::move(maps.files);
    if (labels_.empty()) labels_ = std::move(maps.labels);
    MapWish predicted{.selector = map.empty() ? maps.selector : map, .demanded = false};
    const auto taught = [&predicted](const TaskMap& one) { return one.map == predicted.selector; };
    if (std::ranges::count_if(tasks, taught) == 1) predicted.task = std::ranges::find_if(tasks, taught)->task;
    if (!options_.task.empty()) predicted.task = options_.task;
    return predicted;
  }

  // Of several maps that the reference has, the one that the predictions' tasks were taught with; "" where
  // that is none or more than one.
  std::string taught_map(const std::vector<TaskMap>& tasks) const {
    if (tasks.empty() || !by_bids_case_) return "";
    const std::set<std::string> there = map_selectors(options_.reference);
    std::set<std::string> taught;
    for (const TaskMap& one : tasks)
      if (there.contains(one.map)) taught.insert(one.map);
    if (there.size() < 2 || taught.size() != 1) return "";
    log_.info(cat("of the label maps of ", options_.reference.string(), " (", join(there, ", "), ") ",
                  *taught.begin(), " is scored, with which the predictions' model was taught; --map names ",
                  "another"));
    return *taught.begin();
  }

  // nnU-Net's `ignore` is no structure: where the reference holds it, nobody knows the answer.
  void take_ignored_apart() {
    const auto named = std::ranges::find(labels_, "ignore", &NamedIntegers::value_type::first);
    if (named == labels_.end()) return;
    ignored_ = named->second;
    labels_.erase(named);
  }

  // A dataset holds the training cases too, which nobody predicts; but a case that `predict` failed on, as
  // its status.tsv says, stays in the count.
  void leave_out_unasked() {
    std::set<std::string> asked;
    for (const auto& [id, file] : predictions_) asked.insert(id);
    const fs::path status = options_.predictions / "status.tsv";
    if (fs::exists(status)) {
      const Table table = read_table(status);
      for (size_t row = 0; row < table.rows(); ++row) {
        const std::string& id = table.text(row, "case");
        asked.insert(by_bids_case_ ? bids_case(id) : id);
      }
    }
    const std::string example = references_.begin()->first;
    const size_t left_out =
        std::erase_if(references_, [&](const auto& one) { return !asked.contains(one.first); });
    if (references_.empty()) refuse_strangers(example);
    if (left_out > 0)
      log_.info(
          cat(left_out, left_out == 1 ? " case of " : " cases of ", options_.reference.string(),
              left_out == 1 ? " has no prediction and is left out" : " have no prediction and are left out"));
  }

  void name_persons() {
    for (const std::string& id : cases_) {
      if (options_.persons.empty()) persons_[id] = person_of_case(id);
      if (!persons_.contains(id))
        throw refused(
            cat(options_.persons.string(), ": no row says whom case '", id,
                "' shows; the table needs every case of the reference in its columns case and person"));
    }
  }

  [[noreturn]] void refuse_strangers(const std::string& reference) const {
    throw refused(cat("no prediction has the name of a reference: ", options_.predictions.string(),
                      " holds '", predictions_.begin()->first, "', ", options_.reference.string(), " holds '",
                      reference, "'"));
  }

  std::shared_ptr<ScoredCase> score(const std::string& id) const {
    auto result = std::make_shared<ScoredCase>();
    try {
      compare(id, *result);
    } catch (const std::exception& error) {
      result->reason = cat(id, ": ", sentence_of(error, memory_for_scoring));
    }
    return result;
  }

  void compare(const std::string& id, ScoredCase& result) const {
    const auto prediction = predictions_.find(id);
    if (prediction == predictions_.end())
      throw refused(cat("no prediction in ", options_.predictions.string()));
    const Volume predicted = read_labels(prediction->second).volume;
    const Volume reference = read_labels(references_.at(id)).volume;
    if (!same_grid(predicted.geometry, reference.geometry))
      throw refused(cat("prediction and reference lie on different grids: ",
                        grid_difference(predicted.geometry, reference.geometry)));
    const Tensor truth = reference.voxels.squeeze(0);
    Tensor ours = predicted.voxels.squeeze(0);
    double unknown_voxels = 0;
    if (ignored_) {
      const Tensor unknown = truth.eq(*ignored_);
      ours = ours.masked_fill(unknown, 0);
      unknown_voxels = static_cast<double>(unknown.sum().item<int64_t>());
    }
    const auto scores_of = [&](const Tensor& a, const Tensor& b, int64_t label) {
      Metrics metrics =
          structure_scores(a, b, label, reference.geometry, options_.tolerance_mm, options_.lesions);
      for (auto& [metric, value] : metrics)
        if (metric == "tn") value -= unknown_voxels;
      return metrics;
    };
    result.predicted = labels_in(ours);
    result.reference = labels_in(truth);
    if (ignored_) result.reference.erase(*ignored_);
    for (const int64_t label : labels_of(result)) result.labels[label] = scores_of(ours, truth, label);
    const Tensor nothing = at::zeros_like(truth);
    result.absent = scores_of(nothing, nothing, 1);
  }

  std::set<int64_t> labels_of(const ScoredCase& one) const {
    std::set<int64_t> labels;
    for (const auto& [name, label] : labels_) labels.insert(label);
    if (!labels.empty()) return labels;
    std::ranges::set_union(one.predicted, one.reference, std::inserter(labels, labels.end()));
    return labels;
  }

  void tell_strangers(const std::vector<std::shared_ptr<ScoredCase>>& scored) const {
    std::set<int64_t> predicted, reference;
    for (const auto& one : scored) {
      predicted.insert(one->predicted.begin(), one->predicted.end());
      reference.insert(one->reference.begin(), one->reference.end());
    }
    if (const std::string sentence = nothing_in_common(predicted, reference); !sentence.empty())
      log_.warn(sentence);
    std::vector<std::string> left_out;
    for (const auto& [id, file] : predictions_)
      if (!references_.contains(id) && !is_other_map_name(id)) left_out.push_back(id);
    if (!left_out.empty())
      log_.info(cat(left_out.size(),
                    left_out.size() == 1 ? " prediction has no reference and is not scored: "
                                         : " predictions have no reference and are not scored: ",
                    short_list(left_out)));
  }

  /// The structures to report: as asked, else every label that any case holds.
  NamedIntegers structures(const std::vector<std::shared_ptr<ScoredCase>>& scored) const {
    if (!labels_.empty()) return labels_;
    std::set<int64_t> met;
    for (const auto& one : scored)
      for (const auto& [label, metrics] : one->labels) met.insert(label);
    NamedIntegers names;
    for (const int64_t label : met) names.push_back({std::to_string(label), label});
    return names;
  }

  EvaluateCounts write(const std::vector<std::shared_ptr<ScoredCase>>& scored) const {
    EvaluateCounts counts;
    ScoreNotes notes;
    std::vector<CaseScore> rows;
    const NamedIntegers names = structures(scored);
    notes.labels[task_name] = names;
    notes.persons = persons_;
    for (size_t k = 0; k < cases_.size(); ++k) {
      const std::string& id = cases_[k];
      const bool failed = !scored[k]->reason.empty();
      ++(failed ? counts.failed : counts.scored);
      if (failed) {
        log_.error(scored[k]->reason);
        notes.failed[id] = scored[k]->reason;
      } else {
        notes.files[id] = {predictions_.at(id).string(), references_.at(id).string()};
      }
      for (const auto& [name, label] : names) {
        const auto found = scored[k]->labels.find(label);
        rows.push_back(
            {id, task_name, name, found != scored[k]->labels.end() ? found->second : scored[k]->absent});
      }
    }
    if (!cases_.empty()) tell_strangers(scored);
    write_scores(options_.out, std::move(rows), notes);
    return counts;
  }

  const EvaluateOptions& options_;
  Log& log_;
  NamedIntegers labels_;
  std::vector<TaskMap> tasks_;  // that predicted, as far as the predictions say
  Files references_, predictions_;
  bool by_bids_case_ = false;
  std::optional<int64_t> ignored_;  // label of voxels without an answer
  std::vector<std::string> cases_;
  std::map<std::string, std::string> persons_;  // by case
};

}  // namespace

EvaluateCounts evaluate(const EvaluateOptions& options, Log& log) {
  for (const fs::path& given : {options.predictions, options.reference}) expect_readable(given);
  std::map<std::string, std::string> persons;
  if (!options.persons.empty()) persons = read_persons(options.persons);
  const std::optional<ScoredAnswers> answers = score_answers(options, persons, log);
  Evaluation maps(options, std::move(persons), /*required=*/!answers, log);
  claim_folder(options.out, "evaluate");
  write_scored(options.out, answers);  // before the summary, which repeats it
  EvaluateCounts counts = maps.run();
  if (answers) {
    counts.answered = answers->answered;
    counts.unanswered = answers->unanswered;
  }
  return counts;
}

}  // namespace tazuna
