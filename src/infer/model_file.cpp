// SPDX-License-Identifier: Apache-2.0
#include "infer/model_file.hpp"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t format_version = 1;
constexpr const char* json_name = "model.json";
constexpr const char* weights_name = "model.safetensors";

/// Fills options from a part of a model.json.
void read_part(const Json& json, const std::string& key, const std::string& name,
               const std::function<void(Fields&)>& describe_options) {
  if (!json.contains(key)) throw refused(cat(name, ": '", key, "' is missing"));
  Document document = Document::parse(json.at(key).dump(), cat(name, ": ", key));
  document.read(describe_options);
  document.finish();
}

Json open_json(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    throw refused(cat(file.string(), " is not there; a run has it once its training has finished"));
  Json json;
  try {
    json = Json::parse(read_text(file));
  } catch (const Json::exception& error) {
    throw refused(cat(file.string(), ": not JSON (", error.what(), ")"));
  }
  if (!json.is_object() || !json.contains("format") || !json["format"].is_number_integer())
    throw refused(cat(file.string(), ": no model file of this program (it has no whole number 'format')"));
  const auto format = json["format"].get<int64_t>();
  if (format != format_version)
    throw refused(
        cat(file.string(), ": format ", format, ", but this program reads format ", format_version));
  return json;
}

void check_recipe(const ModelRecipe& recipe, const std::string& name) {
  Problems problems;
  if (recipe.tasks.empty()) problems.add(name, "recipe: tasks is empty");
  if (recipe.preparation.sequences.empty()) problems.add(name, "recipe: preparation.sequences is empty");
  const auto expect_sizes = [&](const char* key, const std::vector<int64_t>& sizes) {
    if (sizes.size() != 3 || std::any_of(sizes.begin(), sizes.end(), [](int64_t n) { return n < 1; }))
      problems.add(name, cat("recipe: ", key, " [", join(sizes, ", "), "]: expected three sizes above 0"));
  };
  expect_sizes("patch", recipe.patch);
  expect_sizes("whole.multiple", recipe.whole.multiple);
  expect_sizes("whole.least", recipe.whole.least);
  problems.throw_if_any();
}

/// All tensors of a network by name; they share its memory.
NamedTensors tensors_of(Model& network) {
  NamedTensors tensors;
  for (const auto& item : network.named_parameters()) tensors[item.key()] = item.value().detach();
  for (const auto& item : network.named_buffers()) tensors[item.key()] = item.value().detach();
  return tensors;
}

}  // namespace

void describe(Fields& fields, ModelRecipe& recipe) {
  fields.one_of("input", recipe.input, "what the network sees");
  fields.group("preparation", recipe.preparation, "how files become the working grid");
  fields.one_of("network", recipe.network, "the trunk");
  fields.list("tasks", recipe.tasks, "the questions answered");
  fields.values("patch", recipe.patch, {1, 4096}, "tile of the sliding window in voxels, z, y, x");
  fields.group("whole", recipe.whole, "what subject tasks see of a case");
  fields.values("mirror_axes", recipe.mirror_axes, {0, 2},
                "working axes that mirrored prediction flips (0 = z)");
  fields.choice("precision", recipe.precision, {"fp32", "bf16"},
                "number format of the training's convolutions");
  fields.text("person", recipe.person, "column that named the person in training; empty: none did");
}

NetworkInput network_input(const ModelRecipe& recipe) {
  const ImageOptions& images = images_of(recipe.input);
  NetworkInput input{.sequences = recipe.preparation.sequences};
  input.missing = images.missing == "allow";
  input.late = images.fusion == "late";
  if (const auto* series = std::get_if<SeriesOptions>(&recipe.input)) {
    input.series = true;
    input.temporal = series->temporal;
  }
  return input;
}

SubjectView subject_view(const ModelRecipe& recipe) {
  SubjectView view{.whole = recipe.whole};
  if (const auto* series = std::get_if<SeriesOptions>(&recipe.input)) {
    view.frames = series->frames;
    view.stride = series->stride;
  }
  return view;
}

void save_model(const std::filesystem::path& folder, const ModelRecipe& recipe,
                const std::vector<std::shared_ptr<Task>>& tasks, const NamedTensors& weights) {
  const Bytes bytes = safetensors_bytes(weights, {{"format", "pt"}});
  Json json;
  json["format"] = format_version;
  json["note"] = "research use only";
  json["tazuna"] = version();
  json["weights"] = {{"file", weights_name}, {"sha256", sha256(bytes)}};
  json["recipe"] = Json::parse(to_json(recipe));
  json["constants"] = Json::object();
  for (const auto& task : tasks)
    json["constants"][task->name()] =
        Json::parse(write_json([&task](Fields& fields) { task->constants(fields); }));
  write_atomically(folder / weights_name, bytes);
  write_atomically(folder / json_name, json.dump(1) + "\n");
}

ModelRecipe read_recipe(const std::filesystem::path& folder) {
  const std::string name = (folder / json_name).string();
  const Json json = open_json(folder / json_name);
  ModelRecipe recipe;
  read_part(json, "recipe", name, [&recipe](Fields& fields) { describe(fields, recipe); });
  check_recipe(recipe, name);
  return recipe;
}

LoadedModel load_model(const std::filesystem::path& folder) {
  LoadedModel model;
  model.folder = folder;
  model.recipe = read_recipe(folder);
  const std::string name = (folder / json_name).string();
  const Json json = open_json(folder / json_name);
  for (const TaskOptions& options : model.recipe.tasks) {
    std::shared_ptr<Task> task = make_task(options);
    const Json constants = json.value("constants", Json::object());
    read_part(constants, task->name(), name + ": constants",
              [&task](Fields& fields) { task->constants(fields); });
    model.tasks.push_back(std::move(task));
  }
  const std::filesystem::path weights = folder / weights_name;
  if (!std::filesystem::exists(weights))
    throw refused(cat(weights.string(), " is not there, but model.json is"));
  model.sha256 = sha256_of_file(weights);
  const std::string expected = json.value("weights", Json::object()).value("sha256", "");
  if (model.sha256 != expected)
    throw refused(cat(weights.string(), ": its SHA-256 is ", model.sha256, ", but model.json demands ",
                      expected.empty() ? "none" : expected, "; the two files do not belong together"));
  model.network = std::make_shared<Model>(model.recipe.network, network_input(model.recipe), model.tasks,
                                          /*seed=*/std::nullopt);
  assign_weights(*model.network, read_safetensors(weights), weights.string());
  model.network->eval();
  return model;
}

void assign_weights(Model& network, const NamedTensors& weights, const std::string& source) {
  const at::NoGradGuard no_grad;
  NamedTensors targets = tensors_of(network);
  Problems problems;
  for (const auto& [name, target] : targets) {
    const auto found = weights.find(name);
    if (found == weights.end()) {
      problems.add(source, cat("the network's weight '", name, "' is missing"));
    } else if (found->second.sizes() != target.sizes()) {
      problems.add(source, cat("'", name, "' is ", shape_text(found->second.sizes()),
                               ", but the network's is ", shape_text(target.sizes())));
    }
  }
  for (const auto& [name, tensor] : weights)
    if (!targets.contains(name)) problems.add(source, cat("'", name, "' is no weight of this network"));
  problems.throw_if_any();
  for (auto& [name, target] : targets) target.copy_(weights.at(name));
}

NamedTensors weights_of(Model& network) {
  NamedTensors weights = tensors_of(network);
  for (auto& [name, tensor] : weights)
    tensor = tensor.to(at::kCPU, tensor.scalar_type(), false, /*copy=*/true);
  return weights;
}

}  // namespace tazuna
