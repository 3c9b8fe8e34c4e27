// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "core/text.hpp"
#include "image/volume.hpp"
#include "infer/model_file.hpp"
#include "tasks/model.hpp"
#include "tests/networks/tiny_trunk.hpp"

namespace tazuna {

/// A tiny_trunk() for `sequences` at 1 mm with a task for each of `names`.
inline ModelRecipe tiny_recipe(const std::vector<std::string>& sequences = {"T1w"},
                               const std::vector<std::string>& names = {"parts"}) {
  ModelRecipe recipe;
  recipe.preparation.sequences = sequences;
  recipe.preparation.normalisation.resize(sequences.size());
  recipe.network = tiny_trunk();
  StructuralOptions input;
  input.sequences = sequences;
  input.spacing = std::vector<double>{1, 1, 1};
  input.normalise = std::string("zscore");
  recipe.input = input;
  for (const std::string& name : names) {
    SegmentationOptions task;
    task.name = name;
    task.target.labels = {{"front", 1}, {"back", 3}};
    recipe.tasks.push_back({task});
  }
  recipe.patch = {8, 8, 8};
  recipe.mirror_axes = {0, 2};
  return recipe;
}

/// Questions about whole cases: which of two grades; how old, in years, which may read the column `weight`.
inline TaskOptions grade_task() {
  ClassificationOptions task;
  task.name = "grade";
  task.target = {.column = "grade", .classes = {"II", "III"}};
  return {task};
}
inline TaskOptions age_task(const std::vector<std::string>& covariates = {}) {
  RegressionOptions task;
  task.name = "age";
  task.target = {.column = "age", .unit = "years"};
  task.covariates = covariates;
  return {task};
}
/// A tiny_recipe() for one sequence with these tasks alone.
inline ModelRecipe recipe_of(const std::vector<TaskOptions>& tasks) {
  ModelRecipe recipe = tiny_recipe({"T1w"}, {});
  recipe.tasks = tasks;
  recipe.whole.multiple = {2, 2, 2};
  return recipe;
}

/// Eight people of both grades, `years` older than forty and more.
inline std::vector<Subject> tiny_people(double years = 0) {
  std::vector<Subject> people;
  for (int i = 0; i < 8; ++i) {
    Subject& subject = people.emplace_back();
    subject.id = subject.person = cat("p", i);
    subject.values = {{"grade", i % 2 == 0 ? "II" : "III"},
                      {"age", number_text(40 + years + 3 * i)},
                      {"weight", number_text(60 + (i * 5) % 7)}};
  }
  return people;
}

/// The tasks and the network of a recipe: fitted on `people`, as drawn from `seed`.
struct TinyModel {
  std::vector<std::shared_ptr<Task>> tasks;
  std::shared_ptr<Model> network;
};
inline TinyModel tiny_model(const ModelRecipe& recipe, int64_t seed,
                            const std::vector<Subject>& people = tiny_people()) {
  TinyModel tiny;
  Problems problems;
  for (const TaskOptions& options : recipe.tasks) {
    tiny.tasks.push_back(make_task(options));
    tiny.tasks.back()->fit(people, problems);
  }
  problems.throw_if_any();
  tiny.network = std::make_shared<Model>(recipe.network, network_input(recipe), tiny.tasks, seed);
  return tiny;
}

/// Saves a model with weights drawn from `seed` into `folder`.
inline void save_tiny(const std::filesystem::path& folder, const ModelRecipe& recipe, int64_t seed) {
  const TinyModel tiny = tiny_model(recipe, seed);
  save_model(folder, recipe, tiny.tasks, weights_of(*tiny.network));
}

/// Noise [C, D, H, W], a function of its name.
inline Tensor noise(at::IntArrayRef size, const std::string& name) {
  Random random({name});
  Tensor image = at::empty(size, at::kFloat);
  float* values = image.data_ptr<float>();
  for (int64_t i = 0; i < image.numel(); ++i) values[i] = static_cast<float>(random.normal());
  return image;
}

/// Writes an image of noise at 1 mm.
inline void write_noise(const std::filesystem::path& file, const std::array<int64_t, 3>& size) {
  Geometry geometry;
  geometry.size = size;
  write_image(file, noise({1, size[0], size[1], size[2]}, file.filename().string()), geometry, {});
}

}  // namespace tazuna
