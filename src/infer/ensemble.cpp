// SPDX-License-Identifier: Apache-2.0
#include "infer/ensemble.hpp"

#include <torch/nn/module.h>

#include <map>
#include <nlohmann/json.hpp>

#include "config/writer.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

/// Refuses a model whose recipe differs from the first one's in more than what only its training knew.
void check_plan(const LoadedModel& first, const LoadedModel& other) {
  const auto ours = nlohmann::ordered_json::parse(to_json(first.recipe));
  const auto theirs = nlohmann::ordered_json::parse(to_json(other.recipe));
  for (const auto& [key, value] : ours.items()) {
    if (key == "precision" || key == "person" || theirs.at(key) == value) continue;
    throw refused(cat(other.folder.string(), ": its ", key, " differs from that of ", first.folder.string(),
                      "; models that predict together must share one plan"));
  }
}

}  // namespace

std::vector<fs::path> model_folders(const fs::path& run) {
  if (!fs::is_directory(run)) throw refused(cat(run.string(), ": there is no such run folder"));
  if (fs::exists(run / "model.json")) return {run};
  std::map<int64_t, fs::path> folds;
  for (const fs::directory_entry& entry : fs::directory_iterator(run)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || !name.starts_with("fold_")) continue;
    const std::string number = name.substr(5);
    const bool digits =
        !number.empty() && number.size() < 10 && number.find_first_not_of("0123456789") == std::string::npos;
    if (digits) folds[std::stoll(number)] = entry.path();
  }
  if (folds.empty())
    throw refused(cat(run.string(),
                      ": no model.json here and no fold_K inside; a run has its model.json once its "
                      "training has finished"));
  std::vector<fs::path> folders;
  for (const auto& [number, folder] : folds) {
    if (!fs::exists(folder / "model.json"))
      throw refused(
          cat(folder.string(), " has no model.json: finish its training, or name the folds to use"));
    folders.push_back(folder);
  }
  return folders;
}

std::vector<Model*> Ensemble::networks() const {
  std::vector<Model*> networks;
  for (const LoadedModel& member : members) networks.push_back(member.network.get());
  return networks;
}

Ensemble load_ensemble(const std::vector<fs::path>& runs, at::Device device) {
  Ensemble ensemble;
  std::string digests;
  for (const fs::path& run : runs) {
    for (const fs::path& folder : model_folders(run)) {
      LoadedModel member = load_model(folder);
      if (!ensemble.members.empty()) check_plan(ensemble.members.front(), member);
      member.network->to(device);
      digests += member.sha256 + "\n";
      ensemble.members.push_back(std::move(member));
    }
  }
  if (ensemble.members.empty()) throw Error("no model was named", Fault::usage);
  ensemble.sha256 = ensemble.members.size() == 1 ? ensemble.members.front().sha256 : sha256(digests);
  return ensemble;
}

}  // namespace tazuna
