// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "image/volume.hpp"
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

Json weights_facts(const fs::path& file) {
  const MappedFile mapped(file);
  const SafetensorsHeader header =
      within(file.string(), [&] { return read_safetensors_header(mapped.bytes()); });
  Json facts;
  facts["file"] = file.string();
  facts["sha256"] = sha256(mapped.bytes());
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
  try {
    facts["model"] = Json::parse(read_text(file));
  } catch (const nlohmann::json::exception&) {
    throw refused(cat(file.string(), ": is not JSON; a model.json is written by `tazuna train`"));
  }
  const fs::path weights = file.parent_path() / "model.safetensors";
  const std::string promised = facts["model"].value("sha256", "");
  if (!fs::exists(weights)) {
    facts["weights"] = "model.safetensors is missing";
  } else {
    facts["weights"] = sha256_of_file(weights) == promised ? "checksum is right" : "CHECKSUM IS WRONG";
  }
  return facts;
}

Json run_facts(const fs::path& folder) {
  Json facts;
  facts["run"] = folder.string();
  facts["finished"] = fs::exists(folder / "model.safetensors");
  if (fs::exists(folder / "journal.csv")) {
    const Table journal = read_table(folder / "journal.csv");
    if (journal.rows() > 0) {
      for (const std::string& column : journal.columns()) {
        facts["last_row"][column] = journal.text(journal.rows() - 1, column);
      }
    }
  }
  if (fs::exists(folder / "validation" / "summary.json")) {
    facts["held_out"] =
        Json::parse(read_text(folder / "validation" / "summary.json"), nullptr, false)["foreground_mean"];
  }
  Json folds = Json::array();
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().rfind("fold_", 0) == 0)
      folds.push_back(entry.path().filename().string());
  }
  if (!folds.empty()) facts["folds"] = folds;
  if (!fs::exists(folder / "config.yaml"))
    throw refused(cat(folder.string(), ": is no run folder: config.yaml is missing"));
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
  if (!fs::exists(file)) throw Error(cat(file.string(), ": there is no such file or folder"), Fault::usage);
  Json facts;
  if (fs::is_directory(file)) {
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
