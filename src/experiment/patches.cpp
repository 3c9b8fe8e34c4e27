// SPDX-License-Identifier: Apache-2.0
#include "experiment/patches.hpp"

#include <algorithm>

#include "core/random.hpp"
#include "core/text.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

// Kept apart by task: one task's labels do not stand for another's, and what a task ignores is no structure.
int64_t structure_key(size_t task, int64_t label) {
  return (static_cast<int64_t>(task) << 16) + label;
}

ForegroundIndex structures_of(const Sample& sample, const std::vector<std::shared_ptr<Task>>& tasks) {
  ForegroundIndex all;
  for (size_t t = 0; t < tasks.size(); ++t) {
    const Wants wants = tasks[t]->wants();
    if (wants.maps.empty()) continue;
    ForegroundIndex one = index_foreground(sample, wants.maps.front());
    for (const int64_t label : tasks[t]->foreground_labels()) {
      const auto found = one.voxels.find(label);
      if (found != one.voxels.end()) all.voxels[structure_key(t, label)] = std::move(found->second);
    }
  }
  return all;
}

}  // namespace

PatchSource::PatchSource(const Experiment& experiment, std::vector<std::shared_ptr<const Subject>> cases,
                         Cache& cache, std::vector<std::shared_ptr<Task>> tasks)
    : cases_(std::move(cases)), cache_(cache), tasks_(std::move(tasks)) {
  const TrainOptions& train = experiment.config.train;
  std::copy_n(train.patch.get().begin(), 3, patch_.begin());
  batch_ = train.batch.get();
  seed_ = train.seed;
  foreground_share_ = train.foreground;
  augment_ = with_mirrors_along(experiment.recipe().mirror_axes, experiment.config.augment);
  for (const auto& subject : cases_) foreground_.push_back(structures_of(cache_.sample(subject), tasks_));
}

std::vector<std::string> PatchSource::absent_structures(const ScoreNotes& notes) const {
  std::vector<std::string> absent;
  for (size_t t = 0; t < tasks_.size(); ++t) {
    const auto named = notes.labels.find(tasks_[t]->name());
    if (named == notes.labels.end()) continue;
    for (const auto& [name, label] : named->second) {
      const int64_t key = structure_key(t, label);
      const bool seen = std::any_of(foreground_.begin(), foreground_.end(),
                                    [key](const ForegroundIndex& one) { return one.voxels.contains(key); });
      if (!seen) absent.push_back(cat(tasks_[t]->name(), ": '", name, "' (label ", label, ")"));
    }
  }
  return absent;
}

Step PatchSource::step(int64_t k) const {
  std::vector<Sample> samples;
  for (int64_t i = 0; i < batch_; ++i) {
    const int64_t number = k * batch_ + i;
    const Draw drawn = draw_of(number, seed_, static_cast<int64_t>(cases_.size()));
    const auto index = static_cast<size_t>(drawn.index);
    Random random{seed_, cases_[index]->id, drawn.epoch, "patch"};
    samples.push_back(draw_patch(cache_.sample(cases_[index]), foreground_[index], patch_,
                                 forced_foreground(i, batch_, foreground_share_), augment_, random));
  }
  return {make_batch(samples, View::patch, tasks_)};
}

double PatchSource::steps_per_epoch() const {
  return static_cast<double>(cases_.size()) / static_cast<double>(batch_);
}

}  // namespace tazuna
