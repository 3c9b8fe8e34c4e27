// SPDX-License-Identifier: Apache-2.0
#include "experiment/held_out.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "infer/case_outputs.hpp"
#include "tasks/model.hpp"

namespace tazuna {

HeldOut::HeldOut(const Experiment& experiment, std::vector<std::shared_ptr<const Subject>> cases,
                 Cache& cache, std::vector<std::shared_ptr<Task>> tasks, at::Device device)
    : cases_(std::move(cases)),
      cache_(cache),
      tasks_(std::move(tasks)),
      maps_(experiment.maps()),
      device_(device),
      notes_(experiment.notes()) {
  window_.patch = experiment.config.train.patch.get();
  window_.bf16 = experiment.config.train.precision.get() == "bf16";
}

Validation HeldOut::answer(Model& network, const Visit& visit) const {
  std::vector<std::unique_ptr<Score>> scores;
  for (const auto& task : tasks_) scores.push_back(task->make_score());
  for (const auto& subject : cases_) {
    within(subject->id, [&] {
      const Sample sample = cache_.sample(subject);
      std::map<std::string, Volume> reference;
      for (const std::string& map : maps_) {
        const auto found = subject->maps.find(map);
        if (found != subject->maps.end()) reference[map] = read_labels(found->second.file).volume;
      }
      const auto answers = predict_case({&network}, sample, window_, device_);
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
  }
  return validation;
}

Validation HeldOut::scores(Model& network) const {
  return answer(network, {});
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
  write_scores(folder, validation.rows, notes);
  return validation;
}

}  // namespace tazuna
