// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/config.hpp"
#include "image/volume.hpp"
#include "infer/cleanup_file.hpp"
#include "infer/safetensors.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// JSON has no NaN or infinity; an image that holds them shows null.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json image_facts(const fs::path& file) {
  const ImageFile image = read_image(file);
  const Tensor& voxels = image.volume.voxels;
  const Geometry& geometry = image.volume.geometry;
  Json facts;
  facts["file"] = file.string();
  facts["shape"] = {geometry.size[2], geometry.size[1], geometry.size[0]};
  if (voxels.size(0) > 1) facts["shape"].push_back(voxels.size(0));
  facts["affine"] = affine_of(geometry);
  facts["spacing"] = {geometry.spacing[2], geometry.spacing[1], geometry.spacing[0]};
  facts["dtype"] = image.dtype;
  facts["min"] = number(voxels.min().item<double>());
  facts["max"] = number(voxels.max().item<double>());
  facts["mean"] = number(voxels.mean(at::kDouble).item<double>());
  facts["format"] = image.header.format;
  if (image.frame_seconds > 0) facts["frame_seconds"] = image.frame_seconds;
  for (const auto& [name, value] : image.header.facts) facts["header"][name] = value;
  return facts;
}

// What is asked of every case, and in which words it is answered: labels of which map, classes, levels, a
// unit. Keys that say nothing are left out.
Json tasks_summary(const Json& tasks) {
  Json facts;
  if (!tasks.is_array()) return facts;
  for (const Json& task : tasks) {
    if (!task.is_object() || !task.value("name", Json()).is_string()) continue;
    Json& said = facts[task["name"].get<std::string>()];
    said["kind"] = task.value("kind", Json(nullptr));
    const auto take = [&said](const Json& from, const char* key) {
      if (!from.is_object() || !from.contains(key)) return;
      const Json& value = from[key];
      const bool silent = value.empty() || value == Json("") || value == Json(false) || value == Json(0);
      if (!silent) said[key] = value;
    };
    const Json target = task.value("target", Json::object());
    for (const char* key : {"map", "labels", "ignore", "column", "classes", "levels", "unit", "log"})
      take(target, key);
    for (const char* key : {"cuts", "covariates"}) take(task, key);
  }
  return facts;
}

// What a model.json says in a few lines: what goes in, what is answered, how large the network is.
Json model_summary(const Json& model) {
  Json facts;
  const auto take = [&](const char* name, const char* place) {
    const Json::json_pointer pointer(place);
    if (model.contains(pointer)) facts[name] = model[pointer];
  };
  take("sequences", "/recipe/preparation/sequences");
  take("spacing", "/recipe/preparation/spacing");
  take("network", "/recipe/network/kind");
  take("widths", "/recipe/network/widths");
  take("patch", "/recipe/patch");
  take("mirror_axes", "/recipe/mirror_axes");
  const Json::json_pointer tasks("/recipe/tasks");
  if (model.contains(tasks)) facts["tasks"] = tasks_summary(model[tasks]);
  return facts;
}

// The tasks of a run that has not finished, as its config.yaml asks them; nothing where that cannot be read.
Json asked_tasks(const fs::path& run) {
  try {
    return tasks_summary(
        Json::parse(to_json(read_config<ExperimentConfig>(run / "config.yaml"))).at("tasks"));
  } catch (const Error&) {
    return nullptr;
  }
}

// What weights answer, as the files of their run tell; nothing of weights from elsewhere.
Json answered_tasks(const fs::path& weights) {
  const fs::path folder = fs::absolute(weights).lexically_normal().parent_path();
  if (fs::exists(folder / "model.json")) {
    const Json model = Json::parse(read_text(folder / "model.json"), nullptr, /*allow_exceptions=*/false);
    const Json::json_pointer tasks("/recipe/tasks");
    return model.is_object() && model.contains(tasks) ? tasks_summary(model[tasks]) : Json();
  }
  const bool checkpoint = folder.filename() == "state" && fs::exists(folder.parent_path() / "config.yaml");
  return checkpoint ? asked_tasks(folder.parent_path()) : Json();
}

Json weights_facts(const fs::path& file) {
  const MappedFile mapped(file);
  const SafetensorsHeader header =
      within(file.string(), [&] { return read_safetensors_header(mapped.bytes()); });
  Json facts;
  facts["file"] = file.string();
  facts["sha256"] = sha256(mapped.bytes());
  if (const Json tasks = answered_tasks(file); !tasks.is_null()) facts["tasks"] = tasks;
  int64_t values = 0;
  Json tensors = Json::array();
  for (const auto& [name, entry] : header.tensors) {
    int64_t count = 1;
    for (const int64_t size : entry.shape) count *= size;
    values += count;
    tensors.push_back({{"name", name}, {"dtype", entry.dtype}, {"shape", entry.shape}});
  }
  facts["values"] = values;
  for (const auto& [name, value] : header.metadata) facts["metadata"][name] = value;
  facts["tensors"] = std::move(tensors);
  return facts;
}

Json model_facts(const fs::path& file) {
  Json facts;
  facts["file"] = file.string();
  facts["summary"] = nullptr;
  try {
    facts["model"] = Json::parse(read_text(file));
  } catch (const nlohmann::json::exception&) {
    throw refused(cat(file.string(), ": is not JSON; a model.json is written by `tazuna train`"));
  }
  const fs::path weights = file.parent_path() / "model.safetensors";
  const auto promised = Json::json_pointer("/weights/sha256");
  if (!facts["model"].contains(promised)) {
    throw refused(cat(file.string(), ": has no weights.sha256; a model.json is written by `tazuna train`"));
  }
  if (!fs::exists(weights)) {
    facts["weights"] = "model.safetensors is missing";
  } else if (facts["model"][promised] == sha256_of_file(weights)) {
    facts["weights"] = "model.safetensors has the checksum of this file";
  } else {
    facts["weights"] = "model.safetensors HAS ANOTHER CHECKSUM: the two files do not belong together";
  }
  facts["summary"] = model_summary(facts["model"]);
  return facts;
}

// Which fold a run holds out, as it was asked for; "" where nobody wrote it down.
std::string fold_of(const fs::path& folder) {
  const fs::path request = folder / ".tazuna" / "request.yaml";
  const std::string begin = "# --fold ";
  if (!fs::exists(request)) return "";
  const std::string line = split_text(read_text(request), '\n').front();
  return line.starts_with(begin) ? line.substr(begin.size()) : "";
}

// The decisions of a cleanup.json, or nothing.
Json cleanup_facts(const fs::path& folder) {
  Json facts;
  for (const LearntCleanup& one : read_cleanup(folder)) {
    Json& said = facts[cat(one.task, ".", one.structure)];
    said["keep_largest"] = one.keep_largest;
    said["dice_before"] = number(one.dice_before);
    said["dice_after"] = number(one.dice_after);
    said["dice_nested"] = number(one.dice_nested);
    said["cases"] = one.cases;
  }
  return facts;
}

// The foreground means of a summary.json, or nothing.
Json held_out_facts(const fs::path& summary) {
  if (!fs::exists(summary)) return nullptr;
  const Json json = Json::parse(read_text(summary), nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json.value("foreground_mean", Json(nullptr)) : Json(nullptr);
}

Json fold_facts(const fs::path& folder) {
  Json facts;
  facts["run"] = folder.string();
  if (const std::string fold = fold_of(folder); !fold.empty()) facts["fold"] = fold;
  facts["finished"] = fs::exists(folder / "model.json");
  if (fs::exists(folder / "model.json")) {
    const Json model = Json::parse(read_text(folder / "model.json"), nullptr, /*allow_exceptions=*/false);
    if (model.is_object()) facts["model"] = model_summary(model);
  } else if (const Json tasks = asked_tasks(folder); !tasks.is_null()) {
    facts["tasks"] = tasks;
  }
  if (fs::exists(folder / "journal.csv")) {
    const Table journal = read_table(folder / "journal.csv");
    if (journal.rows() > 0) {
      for (const std::string& column : journal.columns()) {
        facts["last_row"][column] = journal.text(journal.rows() - 1, column);
      }
    }
  }
  const Json held_out = held_out_facts(folder / "validation" / "summary.json");
  if (!held_out.is_null()) facts["held_out"] = held_out;
  return facts;
}

// A run of one fold, or of all: then each fold's facts and the means over all held-out cases.
Json run_facts(const fs::path& folder) {
  if (fs::exists(folder / "config.yaml")) return fold_facts(folder);
  Json facts;
  facts["run"] = folder.string();
  for (int64_t k = 0; fs::exists(folder / cat("fold_", k) / "config.yaml"); ++k) {
    facts["folds"][cat("fold_", k)] = fold_facts(folder / cat("fold_", k));
  }
  if (!facts.contains("folds")) {
    throw refused(cat(folder.string(),
                      ": is no run folder, it has neither config.yaml nor fold_0/config.yaml; of other "
                      "folders name a file"));
  }
  const Json held_out = held_out_facts(folder / "summary.json");
  if (!held_out.is_null()) facts["held_out"] = held_out;
  const Json cleanup = cleanup_facts(folder);
  if (!cleanup.is_null()) facts["cleanup"] = cleanup;
  return facts;
}

void print_lines(const Json& facts, const std::string& indent) {
  for (const auto& [name, value] : facts.items()) {
    if (value.is_object()) {
      std::cout << indent << name << "\n";
      print_lines(value, indent + "  ");
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
      std::cout << indent << name << "\n";
      for (const Json& item : value) {
        if (!item.contains("name") || !item.contains("shape")) {
          std::cout << indent << "  " << item.dump() << "\n";
          continue;
        }
        std::cout << indent << "  " << item["name"].get<std::string>() << "  "
                  << item["dtype"].get<std::string>() << " " << item["shape"].dump() << "\n";
      }
    } else {
      std::cout << indent << name << ": " << (value.is_string() ? value.get<std::string>() : value.dump())
                << "\n";
    }
  }
}

}  // namespace

int inspect_command(const InspectFlags& flags) {
  const fs::path& file = flags.file;
  if (!fs::exists(file)) throw refused(cat(file.string(), ": there is no such file or folder"));
  Json facts;
  if (fs::is_directory(file) && !is_dicom_folder(file)) {
    facts = run_facts(file);
  } else if (file.extension() == ".safetensors") {
    facts = weights_facts(file);
  } else if (file.filename() == "model.json") {
    facts = model_facts(file);
  } else {
    facts = image_facts(file);
  }
  if (flags.json) {
    std::cout << facts.dump() << "\n";
  } else {
    print_lines(facts, "");
  }
  return 0;
}

}  // namespace tazuna
