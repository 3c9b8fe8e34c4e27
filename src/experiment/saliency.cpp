// SPDX-License-Identifier: Apache-2.0
#include "experiment/saliency.hpp"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/cache.hpp"
#include "data/series.hpp"
#include "experiment/saliency_boxes.hpp"
#include "infer/model_file.hpp"
#include "kernels/precision.hpp"
#include "tasks/column_values.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

constexpr int64_t fewest_boxes = 27, most_boxes = 216, cases_a_task = 3;
constexpr double surest = 1 - 1e-7;  // a share beyond it has no log-odds in single precision

// A case's answers to all tasks, [K] or [1] each.
using CaseAnswers = std::vector<std::vector<double>>;

double mean_level(const std::vector<double>& shares) {
  double mean = 0;
  for (size_t k = 0; k < shares.size(); ++k) mean += static_cast<double>(k) * shares[k];
  return mean;
}

// How far an answer is from the truth; nothing where nobody knows it.
std::optional<double> error_of(const AnsweredCase& one, const AskedTask& question) {
  if (question.names.empty()) {
    const auto number = number_of(one.truth);
    if (!number) return std::nullopt;
    return std::abs(std::get<Quantity>(one.answer).value - *number);
  }
  const auto place = place_of(one.truth, question.names);
  if (!place) return std::nullopt;
  const auto& shares = std::get<ClassShares>(one.answer).shares;
  return question.ordered ? std::abs(mean_level(shares) - static_cast<double>(*place))
                          : 1 - shares.at(*place);
}

std::string answer_text(const std::vector<double>& answer, const AskedTask& question, size_t chosen) {
  return question.names.empty() ? number_text(answer.front()) : question.names.at(chosen);
}

// The first arm's network of a fold, and the cases as it sees them.
class Examined {
 public:
  Examined(const ComparisonPlan& plan, int64_t seed, size_t fold)
      : device_(plan.request.device),
        train_(plan.arms.front().experiment.config.train),
        questions_(subject_questions(plan.arms.front().experiment.config.tasks)),
        model_(load_model(plan.arms.front().run(plan.request.out, seed, fold))),
        cache_(plan.cache, plan.arms.front().experiment.preparation, plan.arms.front().experiment.maps()) {
    model_.network->to(device_);
    model_.network->eval();
  }

  // The changes of all answers for one case, a row a task and box.
  Table changes(const std::shared_ptr<const Subject>& subject) {
    const Sample sample = as_seen(cache_.sample(subject));
    const Geometry& grid = sample.image.geometry;
    const int64_t most = salient_boxes(train_.steps.get() * train_.subjects.get(), questions_.size());
    std::vector<Box> boxes;
    for (const Box& box : boxes_of(grid.size, grid.spacing, most))
      if (has_contrast(sample.image.voxels, box)) boxes.push_back(box);
    const CaseAnswers whole = answers({sample}).front();
    Table table({"task", "measure", "answer", "value", "value_filled", "change", "x_low", "x_high", "y_low",
                 "y_high", "z_low", "z_high"});
    const size_t batch = batch_of(sample);
    for (size_t first = 0; first < boxes.size(); first += batch) {
      const size_t last = std::min(boxes.size(), first + batch);
      std::vector<Sample> filled(last - first, sample);
      for (size_t i = first; i < last; ++i)
        filled[i - first].image.voxels = with_box_filled(sample.image.voxels, boxes[i]);
      const auto after = answers(filled);
      for (size_t i = first; i < last; ++i)
        add_rows(whole, after[i - first], native_box(boxes[i], sample.placement), table);
    }
    return table;
  }

 private:
  // Without maps, which no answer needs; of a series the frames of its middle window.
  Sample as_seen(Sample sample) const {
    sample.maps.clear();
    const SubjectView view = subject_view(model_.recipe);
    if (view.frames == 0) return sample;
    const int64_t series = sample.image.voxels.size(0);
    const auto beginnings = window_beginnings(series, view.frames, view.stride);
    return with_frames(sample,
                       window_frames(series, view.frames, view.stride, beginnings[beginnings.size() / 2]));
  }

  // As many views at once as hold the voxels of a training step's patches; one of a series.
  size_t batch_of(const Sample& sample) const {
    if (sample.frame_seconds > 0) return 1;
    int64_t voxels = train_.batch.get();
    for (const int64_t edge : train_.patch.get()) voxels *= edge;
    const Tensor view = whole_view(sample, model_.recipe.whole).image.voxels;
    return static_cast<size_t>(std::max<int64_t>(1, voxels / (view.numel() / view.size(0))));
  }

  std::vector<CaseAnswers> answers(const std::vector<Sample>& samples) const {
    const at::NoGradGuard no_gradient;
    const Autocast bf16(device_, model_.recipe.precision == "bf16");
    std::vector<Sample> views;
    for (const Sample& sample : samples) views.push_back(whole_view(sample, model_.recipe.whole));
    const auto input = input_of(make_batch(views, View::whole, model_.tasks), device_);
    const auto outputs = model_.network->forward(input, View::whole, /*all_levels=*/false);
    std::vector<CaseAnswers> cases(samples.size());
    for (size_t t = 0; t < model_.tasks.size(); ++t) {
      if (model_.tasks[t]->scope() != Scope::subject) continue;
      const Tensor logits = outputs[t].logits.front().to(at::kCPU, at::kFloat);
      const Tensor rows = model_.tasks[t]->averaged(logits).to(at::kDouble).contiguous();
      const int64_t width = rows.size(1);
      const double* values = rows.const_data_ptr<double>();
      for (size_t n = 0; n < cases.size(); ++n, values += width)
        cases[n].emplace_back(values, values + width);
    }
    return cases;
  }

  void add_rows(const CaseAnswers& whole, const CaseAnswers& filled, const Box& box, Table& table) const {
    for (size_t t = 0; t < questions_.size(); ++t) {
      const AskedTask& question = questions_[t];
      const size_t chosen = question.names.empty() ? 0 : with_answer(whole[t], question).chosen;
      const double before = answer_value(whole[t], question, chosen),
                   after = answer_value(filled[t], question, chosen);
      table.add({question.task, answer_measure(question, chosen), answer_text(whole[t], question, chosen),
                 before, after, after - before, box.low[2], box.high[2], box.low[1], box.high[1], box.low[0],
                 box.high[0]});
    }
  }

  at::Device device_;
  TrainOptions train_;
  std::vector<AskedTask> questions_;
  LoadedModel model_;
  Cache cache_;
};

fs::path kept_file(const ComparisonPlan& plan, const SalientCase& one) {
  const Arm& arm = plan.arms.front();
  return plan.request.out / "saliency" / cat(arm.name, "-", arm.hash) / cat("seed_", plan.seeds.front()) /
         cat("fold_", one.fold) / (one.case_id + ".tsv");
}

// The kept rows of all chosen cases as one table.
Table saliency_table(const ComparisonPlan& plan, const std::vector<SalientCase>& chosen) {
  const std::vector<std::string> measured{"measure", "answer", "value",  "value_filled", "change", "x_low",
                                          "x_high",  "y_low",  "y_high", "z_low",        "z_high"};
  std::vector<std::string> columns{"task", "role", "case", "person", "arm", "seed", "fold", "truth"};
  columns.insert(columns.end(), measured.begin(), measured.end());
  Table table(columns);
  for (const SalientCase& one : chosen) {
    const Table kept = read_table(kept_file(plan, one));
    for (size_t row = 0; row < kept.rows(); ++row) {
      if (kept.text(row, "task") != one.task) continue;
      std::vector<Table::Cell> cells{
          one.task,           one.role, one.case_id, one.person, plan.arms.front().name,
          plan.seeds.front(), one.fold, one.truth};
      for (const std::string& column : measured) cells.emplace_back(kept.text(row, column));
      table.add(std::move(cells));
    }
  }
  return table;
}

}  // namespace

std::vector<SalientCase> salient_cases(const Outcomes& outcomes, const std::string& arm, int64_t seed,
                                       const std::vector<AskedTask>& questions) {
  std::vector<SalientCase> chosen;
  for (const AskedTask& question : questions) {
    const auto answers = outcomes.answers.find(question.task);
    if (answers == outcomes.answers.end()) continue;
    std::vector<std::tuple<double, std::string, const RunAnswer*>> ranked;  // worst first
    for (const RunAnswer& row : answers->second) {
      if (row.arm != arm || row.seed != seed) continue;
      const auto error = error_of(row.answered, question);
      if (error && std::isfinite(*error)) ranked.emplace_back(-*error, row.answered.case_id, &row);
    }
    std::sort(ranked.begin(), ranked.end());
    const size_t count = ranked.size();
    const auto add = [&](size_t place, const char* role) {
      const RunAnswer& row = *std::get<2>(ranked[place]);
      chosen.push_back({question.task, count == 1 ? "the only case" : cat(role, " of ", count),
                        row.answered.case_id, row.answered.person, row.answered.truth, row.fold});
    };
    if (count > 0) add(0, "worst");
    if (count > 2) add((count - 1) / 2, "median");
    if (count > 1) add(count - 1, "best");
  }
  return chosen;
}

double answer_value(const std::vector<double>& answer, const AskedTask& question, size_t chosen) {
  if (question.names.empty()) return answer.front();
  if (question.ordered) return mean_level(answer);
  const double share = std::clamp(answer.at(chosen), 1 - surest, surest);
  return std::log(share / (1 - share));
}

std::string answer_measure(const AskedTask& question, size_t chosen) {
  if (question.names.empty()) return question.unit.empty() ? "answer" : cat("answer (", question.unit, ")");
  return question.ordered ? "mean level" : cat("log-odds of ", question.names.at(chosen));
}

int64_t salient_boxes(int64_t views, size_t tasks) {
  const auto cases = cases_a_task * static_cast<int64_t>(std::max<size_t>(1, tasks));
  return std::clamp(views / (2 * cases), fewest_boxes, most_boxes);
}

Ended map_saliency(const ComparisonPlan& plan, const Outcomes& outcomes, Log& log, Interrupts& interrupts) {
  const Arm& arm = plan.arms.front();
  const auto chosen =
      salient_cases(outcomes, arm.name, plan.seeds.front(), subject_questions(arm.experiment.config.tasks));
  if (chosen.empty()) return Ended::finished;
  std::map<int64_t, std::map<std::string, fs::path>> open;  // by fold and case
  for (const SalientCase& one : chosen)
    if (const fs::path file = kept_file(plan, one); !fs::exists(file)) open[one.fold][one.case_id] = file;
  for (const auto& [fold, files] : open) {
    Examined examined(plan, plan.seeds.front(), static_cast<size_t>(fold));
    Progress progress(log, cat("what moves the answers, fold ", fold), "cases",
                      static_cast<int64_t>(files.size()));
    for (const auto& [id, file] : files) {
      if (interrupts.pending() == Request::stop) return Ended::interrupted;
      const auto subject = plan.all.cases({id}).front();
      write_atomically(file, within(id, [&] { return examined.changes(subject); }).tsv());
      progress.advance();
    }
  }
  write_atomically(plan.request.out / "saliency.tsv", saliency_table(plan, chosen).tsv());
  return Ended::finished;
}

}  // namespace tazuna
