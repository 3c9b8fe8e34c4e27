// SPDX-License-Identifier: Apache-2.0
#include "infer/case_outputs.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "infer/bids_output.hpp"
#include "metrics/volume.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

using Json = nlohmann::ordered_json;

std::vector<VolumeRow> volumes_of(const std::string& task, const LabelMap& map) {
  const Tensor labels = map.labels.to(at::kShort).contiguous();
  std::vector<int64_t> counts(1 << 16);
  std::vector<double> sums(1 << 16);  // of uncertainty
  const int16_t* values = labels.const_data_ptr<int16_t>();
  const float* unsure = map.uncertainty.defined() ? map.uncertainty.const_data_ptr<float>() : nullptr;
  for (int64_t i = 0; i < labels.numel(); ++i) {
    const auto label = static_cast<uint16_t>(values[i]);
    ++counts[label];
    if (unsure) sums[label] += unsure[i];
  }
  std::vector<VolumeRow> rows;
  for (const auto& [name, label] : map.names) {
    const int64_t voxels = counts[static_cast<uint16_t>(label)];
    rows.push_back({task, label, name, voxels, volume_mm3(voxels, map.geometry)});
    const double mean = sums[static_cast<uint16_t>(label)] / static_cast<double>(voxels);  // 0 / 0 is NaN
    if (unsure) rows.back().uncertainty = significant(mean, 6);
  }
  return rows;
}

/// A picture's labels go back into a picture.
bool is_picture(const Subject& subject) {
  if (subject.images.empty()) return false;
  std::string ending = subject.images.begin()->second.file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

std::string names_table(const NamedIntegers& names) {
  Table table({"index", "name"});
  table.add({int64_t{0}, "background"});
  for (const auto& [name, label] : names) table.add({label, name});
  return table.tsv();
}

constexpr const char* uncertainty_text =
    "entropy of the probabilities of the classes in LabelMap, divided by the logarithm of their number: 0 "
    "where one is certain, 1 where all are alike";

/// What a BIDS sidecar says: drawn by a program, on the image's own grid.
Json bids_facts() {
  Json facts;
  facts["Manual"] = false;
  facts["SpatialReference"] = "orig";
  return facts;
}

/// The names of the classes, those of the volumes of a 4D file of their shares, by BIDS's key.
Json label_map(const NamedIntegers& structures) {
  Json names = Json::array({"background"});
  for (const auto& [name, label] : structures) names.push_back(name);
  return names;
}

}  // namespace

/// Relative to the output folder; empty: not written.
struct CaseOutputs::TaskFiles {
  std::string labels, label_names, label_facts, shares, share_facts, uncertainty, uncertainty_facts;

  std::vector<std::string> all() const {
    std::vector<std::string> files{labels,      label_names, label_facts,      shares,
                                   share_facts, uncertainty, uncertainty_facts};
    std::erase(files, "");
    return files;
  }
};

std::string label_file(const std::string& case_id, const std::string& task, size_t voxel_tasks,
                       const std::string& ending) {
  return cat(case_id, voxel_tasks > 1 ? "_" + task : "", ending);
}

CaseOutputs::CaseOutputs(Options options, std::vector<TaskStructures> tasks)
    : options_(std::move(options)), tasks_(std::move(tasks)) {
  if (!options_.bids) return;
  Subject any;
  any.id = "sub-1";
  std::map<std::string, std::string> owners;
  for (const TaskStructures& task : tasks_) {
    const auto [owner, added] = owners.insert({files_of(any, task.task).labels, task.task});
    if (!added)
      throw refused(
          cat("the tasks ", owner->second, " and ", task.task,
              " have one name in BIDS, where only letters and digits count; predict without --bids"));
  }
}

CaseOutputs::TaskFiles CaseOutputs::files_of(const Subject& subject, const std::string& task) const {
  TaskFiles files;
  if (options_.bids) {
    const DerivativeName name = derivative_name(subject);
    const std::string labels = name.file(task, "dseg"), shares = name.file(task, "probseg"),
                      uncertainty = name.file(task, "uncertainty");
    files = {labels + ".nii.gz", labels + ".tsv",         labels + ".json",     shares + ".nii.gz",
             shares + ".json",   uncertainty + ".nii.gz", uncertainty + ".json"};
  } else {
    const std::string stem = label_file(subject.id, task, tasks_.size(), "");
    files.labels = stem + (is_picture(subject) ? ".png" : ".nii.gz");
    files.shares = stem + "_probabilities.nii.gz";
    files.share_facts = stem + "_probabilities.json";
    files.uncertainty = stem + "_uncertainty.nii.gz";
    files.uncertainty_facts = stem + "_uncertainty.json";
  }
  if (!options_.probabilities) files.shares = files.share_facts = "";
  if (!options_.uncertainty) files.uncertainty = files.uncertainty_facts = "";
  return files;
}

std::vector<std::string> CaseOutputs::files(const Subject& subject) const {
  std::vector<std::string> files;
  for (const TaskStructures& task : tasks_)
    for (std::string& file : files_of(subject, task.task).all()) files.push_back(std::move(file));
  return files;
}

std::vector<VolumeRow> CaseOutputs::structures() const {
  std::vector<VolumeRow> rows;
  for (const TaskStructures& task : tasks_)
    for (const auto& [name, label] : task.structures) rows.push_back({task.task, label, name});
  return rows;
}

std::vector<VolumeRow> CaseOutputs::write(const Subject& subject, const std::string& task,
                                          const Prediction& answer) const {
  const auto* map = std::get_if<LabelMap>(&answer);
  if (!map) return {};
  const TaskFiles files = files_of(subject, task);
  write_labels(options_.out / files.labels, map->labels, map->geometry, map->header);
  if (!files.label_names.empty()) write_text(files.label_names, names_table(map->names));
  if (!files.label_facts.empty()) write_text(files.label_facts, bids_facts().dump(1) + "\n");
  Json facts = options_.bids ? bids_facts() : Json::object();
  facts["LabelMap"] = label_map(map->names);
  if (!files.shares.empty()) {
    write_image(options_.out / files.shares, map->shares, map->geometry, map->header);
    write_text(files.share_facts, facts.dump(1) + "\n");
  }
  if (!files.uncertainty.empty()) {
    write_image(options_.out / files.uncertainty, map->uncertainty.unsqueeze(0), map->geometry, map->header);
    facts["Description"] = uncertainty_text;
    write_text(files.uncertainty_facts, facts.dump(1) + "\n");
  }
  return volumes_of(task, *map);
}

void CaseOutputs::write_text(const std::string& file, const std::string& text) const {
  write_atomically(options_.out / file, text);
}

}  // namespace tazuna
