// SPDX-License-Identifier: Apache-2.0
#include "experiment/steps.hpp"

#include <algorithm>

#include "core/random.hpp"
#include "core/text.hpp"
#include "data/series.hpp"
#include "kernels/span.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

// Kept apart by task: one task's labels do not stand for another's, and what a task ignores is no structure.
int64_t structure_key(size_t task, int64_t label) {
  return (static_cast<int64_t>(task) << 16) + label;
}

// By task: the label of voxels that nobody knows, 0 where there is none.
std::vector<int64_t> ignored_labels(const std::vector<TaskOptions>& tasks) {
  std::vector<int64_t> ignored;
  for (const TaskOptions& task : tasks) {
    ignored.push_back(std::visit(
        [](const auto& options) -> int64_t {
          if constexpr (requires { options.target.ignore; }) return options.target.ignore;
          return 0;
        },
        task.task));
  }
  return ignored;
}

// Voxels count as annotated only where no task of the case's maps has an answer everywhere.
ForegroundIndex structures_of(const Sample& sample, const std::vector<std::shared_ptr<Task>>& tasks,
                              const std::vector<int64_t>& ignored) {
  ForegroundIndex all;
  bool everywhere = false;
  for (size_t t = 0; t < tasks.size(); ++t) {
    const Wants wants = tasks[t]->wants();
    if (wants.maps.empty() || !sample.maps.contains(wants.maps.front())) continue;
    ForegroundIndex one = index_foreground(sample, wants.maps.front(), 10000, ignored.at(t));
    everywhere = everywhere || ignored[t] == 0;
    all.annotated.insert(all.annotated.end(), one.annotated.begin(), one.annotated.end());
    for (const int64_t label : tasks[t]->foreground_labels()) {
      const auto found = one.voxels.find(label);
      if (found != one.voxels.end()) all.voxels[structure_key(t, label)] = std::move(found->second);
    }
  }
  if (everywhere) all.annotated = {};
  return all;
}

// Whether any subject task knows this case's answer.
bool answers_a_subject_task(const std::shared_ptr<const Subject>& subject,
                            const std::vector<std::shared_ptr<Task>>& tasks) {
  Sample words;
  words.subject = subject;
  return std::any_of(tasks.begin(), tasks.end(), [&words](const auto& task) {
    return task->scope() == Scope::subject && task->target_of({&words, 1}).present.template item<bool>();
  });
}

}  // namespace

StepSource::StepSource(const Experiment& experiment, std::vector<std::shared_ptr<const Subject>> cases,
                       Cache& cache, std::vector<std::shared_ptr<Task>> tasks, RowShare share,
                       at::Device device)
    : cases_(std::move(cases)), cache_(cache), tasks_(std::move(tasks)), share_(share) {
  const TrainOptions& train = experiment.config.train;
  std::copy_n(train.patch.get().begin(), 3, patch_.begin());
  batch_ = train.batch.get();
  subjects_ = train.subjects.get();
  seed_ = train.seed;
  foreground_share_ = train.foreground;
  const ModelRecipe recipe = experiment.recipe();
  augment_ = with_mirrors_along(recipe.mirror_axes, recipe.preparation.arrange, experiment.config.augment);
  if (augment_.device == "gpu") augment_on_ = device;
  view_ = subject_view(recipe);
  for (const auto& task : tasks_) voxel_tasks_ = voxel_tasks_ || task->scope() == Scope::voxel;
  const std::vector<int64_t> ignored = ignored_labels(experiment.config.tasks);
  for (size_t i = 0; i < cases_.size(); ++i) {
    if (voxel_tasks_) foreground_.push_back(structures_of(cache_.sample(cases_[i]), tasks_, ignored));
    if (answers_a_subject_task(cases_[i], tasks_)) answered_.push_back(i);
  }
}

std::vector<std::string> StepSource::absent_structures(const ScoreNotes& notes) const {
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

Step StepSource::step(int64_t k, bool subjects) const {
  Step step;
  if (voxel_tasks_ || (view_.whole.both && !answered_.empty())) step.push_back(patches(k));
  if (subjects && !view_.whole.both && !answered_.empty()) add_whole_views(k, step);
  return step;
}

Sample StepSource::read(const std::shared_ptr<const Subject>& subject) const {
  const Span span("read");
  return cache_.sample(subject);
}

// Some frames of a series, from a random beginning; any other sample as it is.
Sample StepSource::window_of(const Sample& sample, Random& random) const {
  if (view_.frames == 0) return sample;
  const int64_t length = sample.image.voxels.size(0), span = (view_.frames - 1) * view_.stride + 1;
  const int64_t first = random.below(std::max<int64_t>(1, length - span + 1));
  return with_frames(sample, window_frames(length, view_.frames, view_.stride, first));
}

Batch StepSource::patches(int64_t k) const {
  static const ForegroundIndex nothing;
  std::vector<Sample> samples;
  // A view of a case without an answer teaches nothing where there are subject tasks alone.
  const size_t choice = voxel_tasks_ ? cases_.size() : answered_.size();
  for (int64_t i = share_.first(batch_); i < share_.first(batch_, 1); ++i) {
    const Draw drawn = draw_of(k * batch_ + i, seed_, static_cast<int64_t>(choice));
    const auto place = static_cast<size_t>(drawn.index);
    const size_t index = voxel_tasks_ ? place : answered_[place];
    Random random{seed_, cases_[index]->id, drawn.epoch, "patch"};
    const Sample sample = window_of(read(cases_[index]), random);
    // A view that must hold the whole case is not drawn around one of its voxels.
    const bool centred = voxel_tasks_ && !view_.whole.both;
    const bool forced = centred && forced_foreground(i, batch_, foreground_share_);
    samples.push_back(draw_patch(sample, centred ? foreground_[index] : nothing, patch_, forced, augment_,
                                 random, augment_on_));
  }
  const Span span("assemble");
  return make_batch(samples, view_.whole.both ? View::both : View::patch, tasks_);
}

void StepSource::add_whole_views(int64_t k, Step& step) const {
  std::vector<std::vector<Sample>> by_size;
  for (int64_t i = share_.first(subjects_); i < share_.first(subjects_, 1); ++i) {
    const Draw drawn = draw_of(k * subjects_ + i, seed_, static_cast<int64_t>(answered_.size()));
    const auto& subject = cases_[answered_[static_cast<size_t>(drawn.index)]];
    Random random{seed_, subject->id, drawn.epoch, "whole"};
    Sample view = draw_whole(window_of(read(subject), random), view_.whole, augment_, random, augment_on_);
    const auto same = std::find_if(by_size.begin(), by_size.end(), [&view](const auto& others) {
      return others.front().image.voxels.sizes() == view.image.voxels.sizes();
    });
    if (same == by_size.end()) {
      by_size.emplace_back().push_back(std::move(view));
    } else {
      same->push_back(std::move(view));
    }
  }
  const Span span("assemble");
  for (const auto& samples : by_size) step.push_back(make_batch(samples, View::whole, tasks_));
}

}  // namespace tazuna
