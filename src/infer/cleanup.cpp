// SPDX-License-Identifier: Apache-2.0
#include "infer/cleanup.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/components.hpp"
#include "infer/cleanup_file.hpp"

namespace tazuna {

namespace {

/// Turns the components of `label` that do not stay into background; returns their voxels.
int64_t clean(Tensor& labels, int64_t label, bool largest_only, int64_t least_voxels) {
  const Components components = connected_components(labels == label, Neighbours::all);
  size_t kept = components.voxels.size();
  if (largest_only) kept = std::min<size_t>(kept, 1);
  while (kept > 0 && components.voxels[kept - 1] < least_voxels) --kept;
  int64_t removed = 0;
  for (size_t i = kept; i < components.voxels.size(); ++i) removed += components.voxels[i];
  if (removed > 0) labels.masked_fill_(components.labels > static_cast<int64_t>(kept), 0);
  return removed;
}

/// The structures that `word` means.
std::vector<std::string> keys_of(const std::string& word, const std::vector<TaskStructures>& tasks) {
  std::vector<std::string> keys, known{"all"};
  for (const TaskStructures& task : tasks) {
    for (const auto& [name, label] : task.structures) {
      const std::string key = structure_key(task.task, name);
      if (word == "all" || word == name || word == key) keys.push_back(key);
      if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
    }
  }
  if (!keys.empty()) return keys;
  const std::string meant = nearest(word, known);
  throw refused(cat("--keep-largest ", word, ": the model draws no such structure",
                    meant.empty() ? "" : cat("; did you mean '", meant, "'?"), " (there are ",
                    join(known, ", "), ")"));
}

}  // namespace

std::vector<TaskStructures> structures_of(const std::vector<TaskOptions>& tasks) {
  std::vector<TaskStructures> found;
  for (const TaskOptions& options : tasks) {
    const auto task = make_task(options);
    if (task->scope() != Scope::voxel) continue;
    TaskStructures drawn{task->name(), {}};
    const std::vector<int64_t> labels = task->foreground_labels();
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { one.target.labels; })
            for (const auto& [name, label] : one.target.labels)
              if (std::find(labels.begin(), labels.end(), label) != labels.end())
                drawn.structures.push_back({name, label});
        },
        options.task);
    found.push_back(std::move(drawn));
  }
  return found;
}

std::string structure_key(const std::string& task, const std::string& structure) {
  return cat(task, ".", structure);
}

Cleanup::Cleanup(std::set<std::string> largest, double min_mm3, int64_t min_voxels)
    : largest_(std::move(largest)), min_mm3_(min_mm3), min_voxels_(min_voxels) {}

int64_t Cleanup::apply(const std::string& task, LabelMap& map) const {
  if (idle()) return 0;
  // A component of exactly min_mm3 stays whatever the last digit of the voxels' volume.
  const double voxels = min_mm3_ / voxel_volume(map.geometry) * (1 - 1e-6);
  const int64_t least = std::max(min_voxels_, static_cast<int64_t>(std::ceil(voxels)));
  map.labels = map.labels.clone();
  int64_t removed = 0;
  for (const auto& [name, label] : map.names) {
    const bool largest_only = largest_.contains(structure_key(task, name));
    if (largest_only || least > 1) removed += clean(map.labels, label, largest_only, least);
  }
  return removed;
}

std::string Cleanup::text() const {
  std::vector<std::string> parts;
  if (!largest_.empty()) parts.push_back(cat("keep the largest component of ", join(largest_, ", ")));
  if (min_mm3_ > 0) parts.push_back(cat("remove components below ", number_text(min_mm3_), " mm3"));
  if (min_voxels_ > 1) parts.push_back(cat("remove components below ", min_voxels_, " voxels"));
  return parts.empty() ? "none" : join(parts, "; ");
}

Tensor largest_component_only(const Tensor& labels, int64_t label) {
  Tensor cleaned = labels.clone();
  clean(cleaned, label, /*largest_only=*/true, /*least_voxels=*/0);
  return cleaned;
}

Cleanup asked_cleanup(const CleanupRequest& request, const std::vector<TaskStructures>& tasks) {
  std::set<std::string> largest;
  for (const std::string& word : request.keep_largest)
    for (const std::string& key : keys_of(word, tasks)) largest.insert(key);
  return {std::move(largest), request.min_mm3, request.min_voxels};
}

Cleanup learnt_cleanup(const std::vector<std::filesystem::path>& runs) {
  std::set<std::string> largest;
  for (size_t i = 0; i < runs.size(); ++i) {
    std::set<std::string> own;
    for (const LearntCleanup& one : read_cleanup(runs[i]))
      if (one.keep_largest) own.insert(structure_key(one.task, one.structure));
    if (i == 0) largest = own;
    std::erase_if(largest, [&own](const std::string& key) { return !own.contains(key); });
  }
  return {std::move(largest), 0, 0};
}

}  // namespace tazuna
