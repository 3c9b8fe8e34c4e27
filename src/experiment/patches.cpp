// SPDX-License-Identifier: Apache-2.0
#include "experiment/patches.hpp"

#include <algorithm>

#include "core/random.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

// Where left and right differ, the working axis that runs left-right is never mirrored.
AugmentOptions without_unwanted_mirrors(AugmentOptions augment, const std::vector<int64_t>& allowed) {
  if (augment.transforms.empty()) augment.transforms = default_transforms();
  for (auto& entry : augment.transforms) {
    auto* mirror = std::get_if<MirrorOptions>(&entry.transform);
    if (!mirror) continue;
    std::erase_if(mirror->axes, [&allowed](int64_t axis) {
      return std::find(allowed.begin(), allowed.end(), axis) == allowed.end();
    });
  }
  return augment;
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
  augment_ = without_unwanted_mirrors(experiment.config.augment, experiment.recipe().mirror_axes);
  const std::vector<std::string> maps = experiment.maps();
  for (const auto& subject : cases_) {
    // The first voxel task steers the forced patches.
    foreground_.push_back(maps.empty() ? ForegroundIndex{}
                                       : index_foreground(cache_.sample(subject), maps.front()));
  }
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
