// SPDX-License-Identifier: Apache-2.0
#include "infer/cohort.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <any>
#include <map>
#include <memory>
#include <set>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/cohorts/found.hpp"
#include "data/input_digest.hpp"
#include "data/loader.hpp"
#include "data/preparation.hpp"
#include "infer/bids_output.hpp"
#include "infer/blank_images.hpp"
#include "infer/case_outputs.hpp"
#include "infer/case_rows.hpp"
#include "infer/ensemble.hpp"
#include "infer/failure.hpp"
#include "infer/inputs.hpp"
#include "infer/mirroring.hpp"
#include "infer/predictor.hpp"
#include "infer/subject_table.hpp"
#include "infer/task_maps.hpp"
#include "infer/writer_thread.hpp"
#include "kernels/precision.hpp"
#include "networks/packed_convolution.hpp"
#include "tasks/column_values.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

/// A case as the reading thread hands it on.
struct Incoming {
  bool unchanged = false;  ///< done before; nothing to do
  std::shared_ptr<const Subject> subject;
  Sample sample;
  CaseRow row;         ///< with a reason if it cannot be predicted
  std::string remark;  ///< what is to be known of its images and answers
};
using Answers = std::vector<std::vector<Prediction>>;

/// How the tiles of all cases run.
WindowOptions window_of(const PredictOptions& options, const Ensemble& ensemble, Log& log) {
  WindowOptions window{.patch = ensemble.recipe().patch, .step = options.step, .tiles = options.tiles};
  window.probabilities = options.probabilities;
  window.uncertainty = options.uncertainty;
  window.bf16 = bf16_pays(options.device);
  for (const LoadedModel& member : ensemble.members)
    window.bf16 = window.bf16 && member.recipe.precision == "bf16";
  if (!options.mirror) return window;
  const Mirroring mirroring = mirroring_of(ensemble.recipe(), ensemble.tasks());
  window.mirror_axes = mirroring.axes;
  if (mirroring.axes.empty()) {
    log.warn(mirroring.text);
  } else {
    log.info(mirroring.text);
  }
  return window;
}

/// The clean-up that was asked for, or else learnt.
Cleanup cleanup_of(const PredictOptions& options, const Ensemble& ensemble, Log& log) {
  const Cleanup asked = asked_cleanup(options.cleanup, structures_of(ensemble.recipe().tasks));
  const bool learns = asked.idle() && options.cleanup.learnt;
  Cleanup cleanup = learns ? learnt_cleanup(options.models) : asked;
  if (!cleanup.idle())
    log.info(cat("clean-up", learns ? ", learnt in cross-validation" : "", ": ", cleanup.text(),
                 learns ? " (--no-cleanup leaves all)" : ""));
  return cleanup;
}

/// Columns that the heads of subject tasks read, each once.
std::vector<std::string> covariates_of(const std::vector<TaskOptions>& tasks) {
  std::set<std::string> columns;
  for (const TaskOptions& options : tasks)
    std::visit(
        [&columns](const auto& one) {
          if constexpr (requires { one.covariates; })
            columns.insert(one.covariates.begin(), one.covariates.end());
        },
        options.task);
  return {columns.begin(), columns.end()};
}

/// The pairs of the model, those of `asked` in their place where they speak of the same entity.
std::vector<std::string> joined_filter(std::vector<std::string> pairs,
                                       const std::vector<std::string>& asked) {
  const auto entity = [](const std::string& pair) { return pair.substr(0, pair.find('-')); };
  for (const std::string& own : asked)
    std::erase_if(pairs, [&](const std::string& pair) { return entity(pair) == entity(own); });
  pairs.insert(pairs.end(), asked.begin(), asked.end());
  return pairs;
}

/// Refuses names that are no channel of the model, and one file for two channels.
void expect_selectors(const InputRequest& request) {
  const std::set<std::string> known(request.sequences.begin(), request.sequences.end());
  for (const auto& [name, selector] : request.selectors)
    if (!known.contains(name))
      throw refused(
          cat("--sequence ", name, "=", selector, ": the model takes no '", name, "'", offer(name, known)));
  std::map<std::string, std::string> channel;  // by selector
  for (const std::string& name : request.sequences) {
    const auto own = request.selectors.find(name);
    const std::string& selector = own == request.selectors.end() ? name : own->second;
    if (const auto [first, is_new] = channel.emplace(selector, name); !is_new)
      throw refused(cat("--sequence: ", first->second, " and ", name, " would both be '", selector,
                        "'; give each channel its own"));
  }
}

/// What is looked for in the input.
InputRequest request_of(const ModelRecipe& recipe, const PredictOptions& options) {
  InputRequest request{.sequences = recipe.preparation.sequences};
  request.filter = joined_filter(images_of(recipe.input).filter, options.filter);
  request.filter_asked = !options.filter.empty();
  request.selectors = options.sequences;
  if (!request.selectors.empty()) expect_selectors(request);
  request.missing = recipe.preparation.missing;
  request.columns = covariates_of(recipe.tasks);
  request.person = recipe.person;
  const std::string& slice = recipe.preparation.slice_column;
  if (!slice.empty()) request.columns.push_back(slice);
  return request;
}

class CohortPrediction {
 public:
  CohortPrediction(const PredictOptions& options, Log& log)
      : options_(options),
        log_(log),
        ensemble_(load_ensemble(options.models, options.device)),
        window_(window_of(options, ensemble_, log)),
        cleanup_(cleanup_of(options, ensemble_, log)),
        outputs_({options.out, options.probabilities, options.uncertainty, options.bids},
                 structures_of(ensemble_.recipe().tasks)),
        request_(request_of(ensemble_.recipe(), options)),
        columns_(subject_columns(ensemble_.tasks())) {
    for (const Model* network : ensemble_.networks()) packed_.emplace_back(*network);
    log.info(cat(window_.bf16 ? "bf16" : "fp32", " on ", options.device.str(), ", ", at::get_num_threads(),
                 at::get_num_threads() == 1 ? " thread computes" : " threads compute"));
    subject_table({}, columns_, /*with_truth=*/false);  // refuses a task named as another column
    const std::vector<InputCase> all =
        of_labels(find_inputs(options.inputs, request_, log), options.participants, options.sessions);
    if (options.bids) expect_distinct_names(all);
    for (size_t i = 0; i < all.size(); ++i)
      if (static_cast<int64_t>(i) % options.shards == options.shard) cases_.push_back(all[i]);
    say_unknown_values();
    claim_folder(options.out, "predict");
    if (options.bids) {
      begin_bids_dataset(options.out, ensemble_.sha256, options.inputs);
    } else {
      expect_no_bids_dataset(options.out);
    }
    write_task_maps(options.out, ensemble_.recipe().tasks);
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
    report(counts, total);
    return counts;
  }

 private:
  /// Names the columns that heads read and cases lack.
  void say_unknown_values() const {
    for (const std::string& column : covariates_of(ensemble_.recipe().tasks)) {
      const auto lacking = std::ranges::count_if(
          cases_, [&column](const InputCase& one) { return !value_in(*one.subject, column); });
      if (lacking > 0)
        log_.warn(cat("the model reads '", column, "', which the input does not say of ", lacking, " of ",
                      cases_.size(), " cases; it counts as unknown there (a BIDS dataset says it in ",
                      "participants.tsv, a table in a column)"));
    }
  }

  void report(const PredictCounts& counts, int64_t total) const {
    if (counts.skipped > 0) {
      log_.info(cat(counts.skipped, counts.skipped == 1 ? " case was done already and is unchanged"
                                                        : " cases were done already and are unchanged"));
    }
    if (cleaned_cases_ > 0)
      log_.info(cat("clean-up: ", cleaned_voxels_, " voxels in ", cleaned_cases_, " of ", counts.done,
                    " cases became background"));
    if (counts.failed > 0) log_.warn(cat(counts.failed, " of ", total, " cases failed; status.tsv says why"));
  }

  /// What besides model and input decides the voxels of an output.
  std::string options_text(const Subject& subject) const {
    std::string values;
    for (const std::string& column : request_.columns)
      values += cat(", ", column, ": ", value_in(subject, column).value_or("n/a"));
    return cat("step ", number_text(window_.step), ", mirrored axes [", join(window_.mirror_axes, ", "),
               "], ", window_.bf16 ? "bf16" : "fp32",
               cleanup_.idle() ? "" : cat(", clean-up: ", cleanup_.text()), values);
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
    incoming->subject = input.subject;
    const Subject& subject = *input.subject;
    CaseRow& row = incoming->row;
    row.case_id = subject.id;
    row.person = subject.person;
    row.session = subject.session;
    row.model_sha256 = ensemble_.sha256;
    row.options = options_text(subject);
    row.outputs = outputs_.files(subject);
    row.reason = input.problem;
    if (!row.reason.empty()) return incoming;
    try {
      row.input_sha256 = within(subject.id, [&] {
        const bool series = ensemble_.recipe().preparation.frame_seconds > 0;
        return input_sha256(subject, request_.sequences, series);
      });
      incoming->unchanged = is_done(row);
      if (incoming->unchanged) return incoming;
      incoming->sample = prepare(input.subject, ensemble_.recipe().preparation, {});
      incoming->remark = blank_remark(incoming->sample, request_.sequences);
    } catch (const Error& error) {
      row.reason = error.what();
    } catch (const std::exception& error) {
      row.reason = cat(subject.id, ": ", sentence_of(error, memory_for_predicting));
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
        std::string coarse;
        *answers =
            predict_case(ensemble_.networks(), incoming->sample, window_, view_, options_.device, &coarse);
        if (!coarse.empty()) incoming->remark += cat(incoming->remark.empty() ? "" : "; ", coarse);
      } catch (const std::exception& error) {
        row.reason = cat(row.case_id, ": ", sentence_of(error, memory_for_predicting));
      }
    }
    row.done = row.reason.empty();
    ++(row.done ? counts.done : counts.failed);
    if (!row.done) log_.error(row.reason);
    if (row.done && !incoming->remark.empty()) {
      row.reason = incoming->remark;
      log_.warn(cat(row.case_id, ": ", row.reason));
    }
    incoming->sample = {};
    writer.submit([this, incoming, answers] { write(*incoming->subject, incoming->row, *answers); });
  }

  /// Runs on the writing thread. What it throws speaks of the output folder and ends the command.
  void write(const Subject& subject, CaseRow& row, Answers& answers) {
    rows_->remove(row.case_id);
    if (!row.done) {
      row.outputs.clear();
      row.volumes = outputs_.structures();
    }
    for (const SubjectColumns& columns : columns_) row.answers.push_back({columns});
    int64_t cleaned = 0;
    for (size_t i = 0; i < answers.size(); ++i) {
      const std::string& task = ensemble_.tasks()[i]->name();
      for (Prediction& answer : answers[i]) {
        if (auto* map = std::get_if<LabelMap>(&answer)) cleaned += cleanup_.apply(task, *map);
        for (VolumeRow& volume : outputs_.write(subject, task, answer))
          row.volumes.push_back(std::move(volume));
        for (SubjectAnswer& one : row.answers)
          if (one.columns.task == task) one.answer = answer;
      }
    }
    cleaned_voxels_ += cleaned;
    cleaned_cases_ += cleaned > 0;
    if (row.done && options_.bids) {
      const DerivativeName name = derivative_name(subject);
      if (name.made) row.reason += cat(row.reason.empty() ? "" : "; ", "written as ", name.stem());
    }
    rows_->write(row);
  }

  const PredictOptions& options_;
  Log& log_;
  Ensemble ensemble_;
  std::vector<PackedWeights> packed_;  // of the ensemble's networks, for all cases
  WindowOptions window_;
  Cleanup cleanup_;
  CaseOutputs outputs_;
  InputRequest request_;
  std::vector<SubjectColumns> columns_;  // of the subject tasks
  SubjectView view_ = subject_view(ensemble_.recipe());
  std::vector<InputCase> cases_;
  std::optional<CaseRows> rows_;
  int64_t cleaned_voxels_ = 0, cleaned_cases_ = 0;  // written by the writing thread, read after its end
};

}  // namespace

PredictCounts predict_cohort(const PredictOptions& options, Log& log, Interrupts& interrupts) {
  if (options.shards < 1 || options.shard < 0 || options.shard >= options.shards)
    throw Error(cat("batch ", options.shard, "/", options.shards, ": expected I/N with 0 <= I < N"),
                Fault::usage);
  return CohortPrediction(options, log).run(interrupts);
}

}  // namespace tazuna
