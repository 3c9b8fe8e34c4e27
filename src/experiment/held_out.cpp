// SPDX-License-Identifier: Apache-2.0
#include "experiment/held_out.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/interrupt.hpp"
#include "data/case_files.hpp"
#include "infer/case_outputs.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

// The truth on the native grid; of a slice, that slice alone, since nothing else was asked.
Volume reference_of(const Subject& subject, const std::string& map, const Placement& placement, bool sliced) {
  Volume reference = read_map(subject, map).volume;
  if (!sliced) return reference;
  const auto size = placement.cropped_size();
  const Tensor inside =
      to_native(at::ones({1, size[0], size[1], size[2]}, reference.voxels.options()), placement);
  reference.voxels = reference.voxels * inside;
  return reference;
}

}  // namespace

HeldOut::HeldOut(const Experiment& experiment, std::vector<std::shared_ptr<const Subject>> cases,
                 Cache& cache, std::vector<std::shared_ptr<Task>> tasks, at::Device device)
    : cases_(std::move(cases)),
      cache_(cache),
      tasks_(std::move(tasks)),
      maps_(experiment.maps()),
      view_(subject_view(experiment.recipe())),
      sliced_(!experiment.preparation.slice_axis.empty()),
      device_(device),
      notes_(experiment.notes()) {
  window_.patch = experiment.config.train.patch.get();
  window_.bf16 = experiment.config.train.precision.get() == "bf16";
}

Validation HeldOut::answer(Model& network, const Visit& visit) const {
  std::vector<std::unique_ptr<Score>> scores;
  for (const auto& task : tasks_) scores.push_back(task->make_score());
  for (const auto& subject : cases_) {
    stop_if_asked();
    within(subject->id, [&] {
      const Sample sample = cache_.sample(subject);
      std::map<std::string, Volume> reference;
      for (const std::string& map : maps_) {
        if (subject->maps.contains(map))
          reference[map] = reference_of(*subject, map, sample.placement, sliced_);
      }
      const auto answers = predict_case({&network}, sample, window_, view_, device_);
      for (size_t i = 0; i < tasks_.size(); ++i) {
        for (const Prediction& prediction : answers[i]) {
          scores[i]->add(*subject, prediction, reference);
          if (visit) visit(*subject, i, prediction);
        }
      }
    });
  }
  Validation validation;
  for (size_t i = 0; i < tasks_.size(); ++i) {
    validation.values.emplace_back(tasks_[i]->name(), scores[i]->value_name(), scores[i]->value());
    const auto& rows = scores[i]->rows();
    validation.rows.insert(validation.rows.end(), rows.begin(), rows.end());
    if (tasks_[i]->scope() == Scope::subject)
      validation.answered.emplace_back(tasks_[i]->name(), scores[i]->answered());
  }
  return validation;
}

Validation HeldOut::scores(Model& network) const {
  return answer(network, {});
}

std::vector<SubjectRow> HeldOut::subject_rows(const Validation& validation) const {
  std::map<std::string, SubjectRow> rows;
  for (const auto& subject : cases_)
    rows[subject->id] = {.case_id = subject->id, .person = subject->person, .session = subject->session};
  for (const auto& [task, answered] : validation.answered) {
    for (const AnsweredCase& one : answered) {
      rows.at(one.case_id).answers.emplace(task, one.answer);
      rows.at(one.case_id).truths[task] = one.truth;
    }
  }
  std::vector<SubjectRow> sorted;
  for (auto& [id, row] : rows) sorted.push_back(std::move(row));
  return sorted;
}

Validation HeldOut::write(Model& network, const std::filesystem::path& folder) const {
  ScoreNotes notes = notes_;
  const size_t voxel_tasks = static_cast<size_t>(std::count_if(
      tasks_.begin(), tasks_.end(), [](const auto& task) { return task->scope() == Scope::voxel; }));
  const Validation validation =
      answer(network, [&](const Subject& subject, size_t task, const Prediction& prediction) {
        const auto* map = std::get_if<LabelMap>(&prediction);
        if (!map) return;
        const auto file = folder / label_file(subject.id, tasks_[task]->name(), voxel_tasks);
        write_labels(file, map->labels, map->geometry, map->header);
        const auto reference = subject.maps.find(tasks_[task]->wants().maps.front());
        if (reference != subject.maps.end())
          notes.files[subject.id] = {file.string(), reference->second.file.string()};
      });
  if (!validation.answered.empty()) write_answers(folder, subject_rows(validation), tasks_);
  write_scores(folder, validation.rows, notes);
  return validation;
}

}  // namespace tazuna
