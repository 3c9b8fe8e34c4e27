// SPDX-License-Identifier: Apache-2.0
#include "infer/evaluation.hpp"

#include <ATen/ATen.h>
#include <ATen/ops/_unique2.h>

#include <any>
#include <limits>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/cohorts/nnunet.hpp"
#include "data/loader.hpp"
#include "image/volume.hpp"
#include "metrics/structure.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, fs::path>;  // by case
using Metrics = std::vector<std::pair<std::string, double>>;

constexpr const char* task_name = "labels";  // label maps of any origin have no task of ours

Files maps_in(const fs::path& folder, const char* what) {
  if (!fs::is_directory(folder)) throw refused(cat(folder.string(), ": there is no such folder of ", what));
  Files files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const fs::path& file = entry.path();
    if (file.filename().string()[0] == '.' || !entry.is_regular_file() || !is_image_name(file)) continue;
    const auto [place, added] = files.insert({image_stem(file), file});
    if (!added)
      throw refused(cat("two ", what, " of one case: ", place->second.string(), " and ", file.string()));
  }
  if (files.empty())
    throw refused(cat(folder.string(), ": no label map (.nii, .nii.gz, .nrrd, …) in this folder"));
  return files;
}

/// One case as scored by a worker.
struct ScoredCase {
  std::map<int64_t, Metrics> labels;
  Metrics absent;  ///< of a label that neither map holds
  std::string reason;
};

class Evaluation {
 public:
  Evaluation(const EvaluateOptions& options, Log& log)
      : options_(options), log_(log), labels_(options.labels) {
    const bool dataset = fs::exists(options.reference / "dataset.json");
    if (dataset) {
      const Cohort cohort = read_cohort(NnunetOptions{options.reference, ""});
      for (const Subject& subject : cohort.subjects) references_[subject.id] = subject.maps.at("label").file;
      if (labels_.empty()) labels_ = cohort.labels;
    } else {
      references_ = maps_in(options.reference, "reference label maps");
    }
    predictions_ = maps_in(options.predictions, "predictions");
    if (dataset) leave_out_unasked();
    for (const auto& [id, file] : references_) cases_.push_back(id);
    const bool common =
        std::any_of(cases_.begin(), cases_.end(), [this](auto& id) { return predictions_.contains(id); });
    if (!common) refuse_strangers(cases_.front());
    claim_folder(options.out, "evaluate");
  }

  EvaluateCounts run() {
    std::vector<std::shared_ptr<ScoredCase>> scored;
    {
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
  // A dataset holds the training cases too, which nobody predicts; but a case that `predict` failed on, as
  // its status.tsv says, stays in the count.
  void leave_out_unasked() {
    std::set<std::string> asked;
    for (const auto& [id, file] : predictions_) asked.insert(id);
    const fs::path status = options_.predictions / "status.tsv";
    if (fs::exists(status)) {
      const Table table = read_table(status);
      for (size_t row = 0; row < table.rows(); ++row) asked.insert(table.text(row, "case"));
    }
    const std::string example = references_.begin()->first;
    const size_t left_out =
        std::erase_if(references_, [&](const auto& one) { return !asked.contains(one.first); });
    if (references_.empty()) refuse_strangers(example);
    if (left_out > 0)
      log_.info(
          cat(left_out, " cases of ", options_.reference.string(), " have no prediction and are left out"));
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
      result->reason = cat(id, ": ", error.what());
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
    const Tensor ours = predicted.voxels.squeeze(0), truth = reference.voxels.squeeze(0);
    const auto scores_of = [&](const Tensor& a, const Tensor& b, int64_t label) {
      return structure_scores(a, b, label, reference.geometry, options_.tolerance_mm);
    };
    for (const int64_t label : labels_of(ours, truth)) result.labels[label] = scores_of(ours, truth, label);
    const Tensor nothing = at::zeros_like(truth);
    result.absent = scores_of(nothing, nothing, 1);
  }

  std::set<int64_t> labels_of(const Tensor& predicted, const Tensor& reference) const {
    std::set<int64_t> labels;
    for (const auto& [name, label] : labels_) labels.insert(label);
    if (!labels.empty()) return labels;
    for (const Tensor* map : {&predicted, &reference}) {
      const Tensor met = std::get<0>(at::_unique2(map->to(at::kLong)));
      for (int64_t i = 0; i < met.numel(); ++i) labels.insert(met[i].item<int64_t>());
    }
    labels.erase(0);
    return labels;
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
    for (const auto& [id, file] : predictions_)
      if (!references_.contains(id)) log_.detail(cat(file.string(), ": no reference of this name; left out"));
    write_scores(options_.out, std::move(rows), notes);
    return counts;
  }

  const EvaluateOptions& options_;
  Log& log_;
  NamedIntegers labels_;
  Files references_, predictions_;
  std::vector<std::string> cases_;
};

}  // namespace

EvaluateCounts evaluate(const EvaluateOptions& options, Log& log) {
  return Evaluation(options, log).run();
}

}  // namespace tazuna
