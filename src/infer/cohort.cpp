// SPDX-License-Identifier: Apache-2.0
#include "infer/cohort.hpp"

#include <ATen/ATen.h>

#include <any>
#include <memory>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/loader.hpp"
#include "data/preparation.hpp"
#include "infer/case_rows.hpp"
#include "infer/ensemble.hpp"
#include "infer/inputs.hpp"
#include "infer/predictor.hpp"
#include "infer/writer_thread.hpp"
#include "kernels/precision.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

/// A case as the reading thread hands it on.
struct Incoming {
  bool unchanged = false;  ///< done before; nothing to do
  Sample sample;
  CaseRow row;  ///< with a reason if it cannot be predicted
};
using Answers = std::vector<std::vector<Prediction>>;

/// The sentence of any exception that a case can cause.
std::string sentence_of(const std::exception& error) {
  const auto* tensor_error = dynamic_cast<const c10::Error*>(&error);
  return tensor_error ? tensor_error->what_without_backtrace() : error.what();
}

/// One SHA-256 for a case's files in channel order; of a single file its own.
std::string digest_of(const Subject& subject, const std::vector<std::string>& sequences) {
  if (sequences.size() == 1) return sha256_of_file(subject.images.at(sequences[0]).file);
  std::string digests;
  for (const std::string& sequence : sequences)
    digests += sha256_of_file(subject.images.at(sequence).file) + "\n";
  return sha256(digests);
}

std::vector<VolumeRow> volumes_of(const std::string& task, const LabelMap& map) {
  const Tensor labels = map.labels.to(at::kShort).contiguous();
  std::vector<int64_t> counts(1 << 16);
  const int16_t* values = labels.const_data_ptr<int16_t>();
  for (int64_t i = 0; i < labels.numel(); ++i) ++counts[static_cast<uint16_t>(values[i])];
  const double voxel_mm3 = voxel_volume(map.geometry);
  std::vector<VolumeRow> rows;
  for (const auto& [name, label] : map.names) {
    const int64_t voxels = counts[static_cast<uint16_t>(label)];
    rows.push_back({task, label, name, voxels, static_cast<double>(voxels) * voxel_mm3});
  }
  return rows;
}

class CohortPrediction {
 public:
  CohortPrediction(const PredictOptions& options, Log& log)
      : options_(options), log_(log), ensemble_(load_ensemble(options.models, options.device)) {
    const std::vector<InputCase> all = find_inputs(options.inputs, sequences());
    for (size_t i = 0; i < all.size(); ++i)
      if (static_cast<int64_t>(i) % options.shards == options.shard) cases_.push_back(all[i]);
    for (const auto& task : ensemble_.tasks()) voxel_tasks_ += task->scope() == Scope::voxel;
    window_.patch = ensemble_.recipe().patch;
    window_.step = options.step;
    window_.tiles = options.tiles;
    window_.probabilities = options.probabilities;
    window_.bf16 = bf16_pays(options.device);
    for (const LoadedModel& member : ensemble_.members)
      window_.bf16 = window_.bf16 && member.recipe.precision == "bf16";
    if (options.mirror) window_.mirror_axes = ensemble_.recipe().mirror_axes;
    if (options.mirror && window_.mirror_axes.empty())
      log.warn("mirroring: this model allows no axis to be mirrored");
    claim_folder(options.out, "predict");
    rows_.emplace(options.out);
  }

  PredictCounts run(Interrupts& interrupts) {
    PredictCounts counts;
    const auto total = static_cast<int64_t>(cases_.size());
    {
      Progress progress(log_, "predict", "cases", total);
      WriterThread writer;
      Loader loader([this](int64_t k) { return std::any(read(cases_[static_cast<size_t>(k)])); }, 0, total,
                    /*workers=*/1, /*ahead=*/1);
      for (int64_t k = 0; k < total && !counts.interrupted; ++k) {
        serve(std::any_cast<std::shared_ptr<Incoming>>(loader.next()), writer, counts);
        progress.advance();
        counts.interrupted = interrupts.pending() == Request::stop && k + 1 < total;
      }
      writer.finish();
    }
    rows_->merge();
    if (counts.skipped > 0) {
      log_.info(cat(counts.skipped, counts.skipped == 1 ? " case was done already and is unchanged"
                                                        : " cases were done already and are unchanged"));
    }
    if (counts.failed > 0) log_.warn(cat(counts.failed, " of ", total, " cases failed; status.tsv says why"));
    return counts;
  }

 private:
  const std::vector<std::string>& sequences() const { return ensemble_.recipe().preparation.sequences; }

  /// What besides model and input decides the voxels of an output.
  std::string options_text() const {
    return cat("step ", number_text(window_.step), ", mirrored axes [", join(window_.mirror_axes, ", "),
               "], ", window_.bf16 ? "bf16" : "fp32");
  }

  std::string output_name(const std::string& case_id, const Task& task, const char* ending) const {
    return cat(case_id, voxel_tasks_ > 1 ? "_" + task.name() : "", ending, ".nii.gz");
  }

  std::vector<std::string> outputs_of(const std::string& case_id) const {
    std::vector<std::string> names;
    for (const auto& task : ensemble_.tasks()) {
      if (task->scope() != Scope::voxel) continue;
      names.push_back(output_name(case_id, *task, ""));
      if (options_.probabilities) names.push_back(output_name(case_id, *task, "_probabilities"));
    }
    return names;
  }

  bool is_done(const CaseRow& wanted) const {
    if (options_.overwrite) return false;
    const std::optional<CaseRow> row = rows_->find(wanted.case_id);
    if (!row || !row->done || row->model_sha256 != wanted.model_sha256 ||
        row->input_sha256 != wanted.input_sha256 || row->options != wanted.options)
      return false;
    return std::all_of(wanted.outputs.begin(), wanted.outputs.end(), [&](const std::string& name) {
      return std::find(row->outputs.begin(), row->outputs.end(), name) != row->outputs.end() &&
             fs::exists(options_.out / name);
    });
  }

  /// Runs on the reading thread; never throws for a case's own defects.
  std::shared_ptr<Incoming> read(const InputCase& input) const {
    auto incoming = std::make_shared<Incoming>();
    const Subject& subject = *input.subject;
    CaseRow& row = incoming->row;
    row.case_id = subject.id;
    row.person = subject.person;
    row.session = subject.session;
    row.model_sha256 = ensemble_.sha256;
    row.options = options_text();
    row.outputs = outputs_of(subject.id);
    row.reason = input.problem;
    if (!row.reason.empty()) return incoming;
    try {
      row.input_sha256 = within(subject.id, [&] { return digest_of(subject, sequences()); });
      incoming->unchanged = is_done(row);
      if (!incoming->unchanged) incoming->sample = prepare(input.subject, ensemble_.recipe().preparation, {});
    } catch (const std::exception& error) {
      row.reason = sentence_of(error);
    }
    return incoming;
  }

  void serve(const std::shared_ptr<Incoming>& incoming, WriterThread& writer, PredictCounts& counts) {
    if (incoming->unchanged) {
      ++counts.skipped;
      return;
    }
    CaseRow& row = incoming->row;
    auto answers = std::make_shared<Answers>();
    if (row.reason.empty()) {
      try {
        *answers = predict_case(ensemble_.networks(), incoming->sample, window_, options_.device);
      } catch (const std::exception& error) {
        row.reason = cat(row.case_id, ": ", sentence_of(error));
      }
    }
    row.done = row.reason.empty();
    ++(row.done ? counts.done : counts.failed);
    if (!row.done) log_.error(row.reason);
    writer.submit([this, row, answers]() mutable { write(row, *answers); });
  }

  /// Runs on the writing thread. What it throws speaks of the output folder and ends the command.
  void write(CaseRow& row, const Answers& answers) const {
    rows_->remove(row.case_id);
    if (!row.done) row.outputs.clear();
    for (size_t i = 0; i < answers.size(); ++i) {
      const Task& task = *ensemble_.tasks()[i];
      for (const Prediction& prediction : answers[i]) {
        if (const auto* map = std::get_if<LabelMap>(&prediction)) {
          write_labels(options_.out / output_name(row.case_id, task, ""), map->labels, map->geometry,
                       map->header);
          for (VolumeRow& volume : volumes_of(task.name(), *map)) row.volumes.push_back(std::move(volume));
        } else if (const auto* field = std::get_if<VoxelField>(&prediction)) {
          write_image(options_.out / output_name(row.case_id, task, "_probabilities"), field->values,
                      field->geometry, field->header);
        }
      }
    }
    rows_->write(row);
  }

  const PredictOptions& options_;
  Log& log_;
  Ensemble ensemble_;
  std::vector<InputCase> cases_;
  int64_t voxel_tasks_ = 0;
  WindowOptions window_;
  std::optional<CaseRows> rows_;
};

}  // namespace

PredictCounts predict_cohort(const PredictOptions& options, Log& log, Interrupts& interrupts) {
  if (options.shards < 1 || options.shard < 0 || options.shard >= options.shards)
    throw Error(cat("batch ", options.shard, "/", options.shards, ": expected I/N with 0 <= I < N"),
                Fault::usage);
  return CohortPrediction(options, log).run(interrupts);
}

}  // namespace tazuna
