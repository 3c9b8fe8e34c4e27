// SPDX-License-Identifier: Apache-2.0
#include "experiment/occlusion.hpp"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <tuple>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/cache.hpp"
#include "experiment/controls_features.hpp"
#include "infer/predictor.hpp"
#include "infer/subject_table.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

constexpr int64_t shell_voxels = 2;

bool answers_subjects(const Arm& arm) {
  return !subject_questions(arm.experiment.config.tasks).empty();
}

// One arm's network of a repetition, and the prepared cases as it sees them.
struct Network {
  Network(const Arm& arm, const ComparisonPlan& plan, int64_t seed, size_t fold)
      : model(load_model(arm.run(plan.request.out, seed, fold))),
        cache(plan.cache, arm.experiment.preparation, arm.experiment.maps()) {
    model.network->to(plan.request.device);
  }
  std::vector<std::vector<Prediction>> answer(const Sample& sample, at::Device device) const {
    return predict_case({model.network.get()}, sample, window_options(model.recipe),
                        subject_view(model.recipe), device);
  }
  LoadedModel model;
  Cache cache;
};

// What the network draws, 1 inside any structure, on the native grid.
Tensor drawn_region(const Network& network, const Sample& sample, at::Device device) {
  Tensor region;
  for (const auto& predictions : network.answer(sample, device)) {
    for (const Prediction& prediction : predictions) {
      const auto* map = std::get_if<LabelMap>(&prediction);
      if (!map) continue;
      const Tensor inside = map->labels.ne(0);
      region = region.defined() ? region.logical_or(inside) : inside;
    }
  }
  return region.to(at::kShort);
}

fs::path kept_file(const Arm& arm, const ComparisonPlan& plan, int64_t seed, size_t fold) {
  return plan.request.out / "occlusion" / cat(arm.name, "-", arm.hash, "-", plan.arms.front().hash) /
         cat("seed_", seed) / cat("fold_", fold, ".tsv");
}

// A repetition of one fold: the first arm draws, all arms answer.
class OccludedFold {
 public:
  OccludedFold(const ComparisonPlan& plan, const std::vector<const Arm*>& arms, int64_t seed, size_t fold)
      : device_(plan.request.device),
        held_out_(plan.all.cases(plan.all.folds[fold].held_out)),
        drawing_(plan.arms.front(), plan, seed, fold) {
    for (const Arm* arm : arms) {
      networks_.push_back(std::make_unique<Network>(*arm, plan, seed, fold));
      files_.push_back(kept_file(*arm, plan, seed, fold));
    }
    rows_.resize(arms.size());
  }

  bool run(const std::string& what, Log& log, Interrupts& interrupts) {
    Progress progress(log, what, "cases", static_cast<int64_t>(held_out_.size()));
    for (const auto& subject : held_out_) {
      if (interrupts.pending() == Request::stop) return false;
      within(subject->id, [&] { answer(subject); });
      progress.advance();
    }
    for (size_t i = 0; i < networks_.size(); ++i)
      write_atomically(
          files_[i],
          subject_table(rows_[i], subject_columns(networks_[i]->model.tasks), /*with_truth=*/false).tsv());
    return true;
  }

 private:
  void answer(const std::shared_ptr<const Subject>& subject) {
    const Tensor drawn = drawn_region(drawing_, drawing_.cache.sample(subject), device_);
    if (!drawn.any().item<bool>()) return;
    for (size_t i = 0; i < networks_.size(); ++i) {
      Network& network = *networks_[i];
      Sample sample = network.cache.sample(subject);
      sample.image.voxels =
          with_region_filled(sample.image.voxels, region_on_working_grid(drawn, sample.placement));
      const auto answers = network.answer(sample, device_);
      SubjectRow row{.case_id = subject->id, .person = subject->person, .session = subject->session};
      for (size_t t = 0; t < answers.size(); ++t)
        for (const Prediction& prediction : answers[t])
          if (network.model.tasks[t]->scope() == Scope::subject)
            row.answers.emplace(network.model.tasks[t]->name(), prediction);
      rows_[i].push_back(std::move(row));
    }
  }

  at::Device device_;
  std::vector<std::shared_ptr<const Subject>> held_out_;
  Network drawing_;
  std::vector<std::unique_ptr<Network>> networks_;
  std::vector<fs::path> files_;
  std::vector<std::vector<SubjectRow>> rows_;
};

}  // namespace

Tensor region_on_working_grid(const Tensor& labels, const Placement& placement) {
  const Tensor cropped = to_cropped(labels.unsqueeze(0), placement).to(at::kFloat).unsqueeze(0);
  const auto& size = placement.working.size;
  return at::_upsample_nearest_exact3d(cropped, at::IntArrayRef(size)).squeeze(0).squeeze(0).gt(0.5);
}

Tensor with_region_filled(const Tensor& image, const Tensor& region) {
  const Tensor inside = region.to(at::kFloat).unsqueeze(0).unsqueeze(0);
  const Tensor grown =
      at::max_pool3d(inside, 2 * shell_voxels + 1, 1, shell_voxels).squeeze(0).squeeze(0).gt(0.5);
  const Tensor shell = grown.logical_and(region.logical_not());
  if (!region.any().item<bool>() || !shell.any().item<bool>()) return image;
  const Tensor weight = shell.to(image.scalar_type());
  const Tensor means = (image * weight).sum({1, 2, 3}, /*keepdim=*/true) / weight.sum();
  return at::where(region.unsqueeze(0), means, image);
}

void expect_region(const Arm& first) {
  if (voxel_tasks(first.experiment.config.tasks).empty() || !answers_subjects(first))
    throw refused(
        "--occlude-region: it needs a task that draws a region and a task that answers for the whole case");
}

Ended answer_occluded(const ComparisonPlan& plan, Outcomes& occluded, Log& log, Interrupts& interrupts) {
  std::vector<const Arm*> arms;
  for (const Arm& arm : plan.arms)
    if (answers_subjects(arm)) arms.push_back(&arm);
  std::map<std::string, std::string> persons;
  for (const auto& subject : plan.all.subjects) persons[subject->id] = subject->person;
  for (const int64_t seed : plan.seeds) {
    for (const size_t fold : plan.folds) {
      std::vector<const Arm*> open;
      for (const Arm* arm : arms)
        if (!fs::exists(kept_file(*arm, plan, seed, fold))) open.push_back(arm);
      if (!open.empty() && !OccludedFold(plan, open, seed, fold)
                                .run(cat("region filled in, seed ", seed, ", fold ", fold), log, interrupts))
        return Ended::interrupted;
      for (const Arm* arm : arms)
        for (const auto& [task, answers] : read_answers(kept_file(*arm, plan, seed, fold)))
          for (const AnsweredCase& one : answers)
            occluded.answers[task].push_back({{arm->name, seed, static_cast<int64_t>(fold)}, one});
    }
  }
  return Ended::finished;
}

Table occlusion_table(const Outcomes& outcomes, const Outcomes& occluded,
                      const std::vector<AskedTask>& questions) {
  std::vector<std::string> columns{"arm",    "seed", "fold",   "case",
                                   "person", "task", "answer", "answer_occluded"};
  std::vector<std::string> names;
  for (const AskedTask& question : questions)
    for (const std::string& name : question.names)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  for (const char* prefix : {"p_", "p_occluded_"})
    for (const std::string& name : names) columns.push_back(prefix + name);
  Table table(columns);
  const auto answer = [](const AnsweredCase& one) -> Table::Cell {
    const auto* shares = std::get_if<ClassShares>(&one.answer);
    if (!shares) return std::get<Quantity>(one.answer).value;
    return shares->names.at(shares->chosen);
  };
  const auto share = [](const AnsweredCase& one, const std::string& name) {
    const auto* shares = std::get_if<ClassShares>(&one.answer);
    for (size_t k = 0; shares && k < shares->names.size(); ++k)
      if (shares->names[k] == name) return shares->shares[k];
    return std::nan("");
  };
  for (const AskedTask& question : questions) {
    const auto before = outcomes.answers.find(question.task), after = occluded.answers.find(question.task);
    if (before == outcomes.answers.end() || after == occluded.answers.end()) continue;
    std::map<std::tuple<std::string, int64_t, int64_t, std::string>, const AnsweredCase*> others;
    for (const RunAnswer& row : after->second)
      others[{row.arm, row.seed, row.fold, row.answered.case_id}] = &row.answered;
    for (const RunAnswer& row : before->second) {
      const AnsweredCase& one = row.answered;
      const auto found = others.find({row.arm, row.seed, row.fold, one.case_id});
      if (found == others.end()) continue;
      std::vector<Table::Cell> cells{row.arm,    row.seed,      row.fold,    one.case_id,
                                     one.person, question.task, answer(one), answer(*found->second)};
      for (const AnsweredCase* both : {&one, found->second})
        for (const std::string& name : names) cells.emplace_back(share(*both, name));
      table.add(std::move(cells));
    }
  }
  return table;
}

}  // namespace tazuna
