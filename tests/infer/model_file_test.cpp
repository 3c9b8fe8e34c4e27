// SPDX-License-Identifier: Apache-2.0
#include "infer/model_file.hpp"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "config/writer.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/infer/tiny.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::string refusal_to_load(const std::filesystem::path& folder) {
  return refusal_of([&] { load_model(folder); });
}

DOCTEST_TEST_SUITE("infer/model_file") {
  DOCTEST_TEST_CASE("a loaded model has the saved recipe and weights and gives the same logits") {
    const ScratchFolder folder;
    const ModelRecipe recipe = tiny_recipe({"T1w", "FLAIR"});
    const TinyModel tiny = tiny_model(recipe, 7);
    save_model(folder.path(), recipe, tiny.tasks, weights_of(*tiny.network));
    const LoadedModel loaded = load_model(folder.path());
    DOCTEST_CHECK(to_json(loaded.recipe) == to_json(recipe));
    DOCTEST_CHECK(loaded.sha256 == sha256_of_file(folder.path() / "model.safetensors"));
    const NamedTensors before = weights_of(*tiny.network), after = weights_of(*loaded.network);
    DOCTEST_REQUIRE(before.size() == after.size());
    for (const auto& [name, tensor] : before) DOCTEST_CHECK(at::equal(tensor, after.at(name)));
    const at::NoGradGuard no_grad;
    const Tensor image = noise({1, 2, 8, 8, 8}, "image");
    tiny.network->eval();
    DOCTEST_CHECK(at::equal(tiny.network->forward(image, View::patch, false)[0].logits[0],
                            loaded.network->forward(image, View::patch, false)[0].logits[0]));
  }

  DOCTEST_TEST_CASE("saving twice writes the same bytes") {
    const ScratchFolder folder;
    save_tiny(folder.path() / "a", tiny_recipe(), 3);
    save_tiny(folder.path() / "b", tiny_recipe(), 3);
    for (const char* name : {"model.json", "model.safetensors"})
      DOCTEST_CHECK(read_text(folder.path() / "a" / name) == read_text(folder.path() / "b" / name));
  }

  DOCTEST_TEST_CASE("a model from before an option existed has its default") {
    const ScratchFolder folder;
    save_tiny(folder.path(), tiny_recipe(), 3);
    std::string text = read_text(folder.path() / "model.json");
    for (size_t at; (at = text.find("\"n4\": false")) != std::string::npos;) {
      const size_t comma = text.rfind(',', at);
      text.erase(comma, at + 11 - comma);
    }
    write_atomically(folder.path() / "model.json", text);
    DOCTEST_CHECK_FALSE(says(text, "n4"));
    DOCTEST_CHECK_FALSE(load_model(folder.path()).recipe.preparation.n4);
  }

  DOCTEST_TEST_CASE("a model from before whole views has their defaults; sizes that cannot be are refused") {
    const ScratchFolder folder;
    save_tiny(folder.path(), tiny_recipe(), 3);
    const std::string text = read_text(folder.path() / "model.json");
    auto json = nlohmann::ordered_json::parse(text);
    json["recipe"].erase("whole");
    write_atomically(folder.path() / "model.json", json.dump());
    DOCTEST_CHECK(load_model(folder.path()).recipe.whole.factor == 1);
    json["recipe"]["whole"]["multiple"] = {2, 2};
    write_atomically(folder.path() / "model.json", json.dump());
    DOCTEST_CHECK(says(refusal_to_load(folder.path()), "whole.multiple [2, 2]: expected three sizes"));
  }

  DOCTEST_TEST_CASE("what a network meets and how subject tasks see a case follow from the input") {
    ModelRecipe recipe = tiny_recipe({"T1w", "FLAIR"});
    images_of(recipe.input).missing = "allow";
    images_of(recipe.input).fusion = "late";
    const NetworkInput several = network_input(recipe);
    DOCTEST_CHECK(several.sequences == std::vector<std::string>{"T1w", "FLAIR"});
    DOCTEST_CHECK(several.missing);
    DOCTEST_CHECK(several.late);
    DOCTEST_CHECK_FALSE(several.series);
    DOCTEST_CHECK(subject_view(recipe).frames == 0);
    SeriesOptions series;
    series.frames = 7;
    series.stride = 2;
    recipe.input = series;
    DOCTEST_CHECK(network_input(recipe).series);
    DOCTEST_CHECK(subject_view(recipe).frames == 7);
    DOCTEST_CHECK(subject_view(recipe).stride == 2);
  }

  DOCTEST_TEST_CASE("subject tasks keep what they were fitted on") {
    const ScratchFolder folder;
    const ModelRecipe recipe = recipe_of({grade_task(), age_task({"weight"})});
    const TinyModel tiny = tiny_model(recipe, 3, tiny_people(20));
    save_model(folder.path(), recipe, tiny.tasks, weights_of(*tiny.network));
    const LoadedModel loaded = load_model(folder.path());
    const Tensor logits = at::ones({1, 1});
    DOCTEST_CHECK(at::equal(loaded.tasks[1]->averaged(logits), tiny.tasks[1]->averaged(logits)));
    Sample sample;
    auto subject = std::make_shared<Subject>();
    subject->values["weight"] = "90";
    sample.subject = subject;
    DOCTEST_CHECK(
        at::equal(loaded.tasks[1]->covariates_of({&sample, 1}), tiny.tasks[1]->covariates_of({&sample, 1})));
  }

  DOCTEST_TEST_CASE("model.json says research use only") {
    const ScratchFolder folder;
    save_tiny(folder.path(), tiny_recipe(), 3);
    DOCTEST_CHECK(says(read_text(folder.path() / "model.json"), "\"note\": \"research use only\""));
  }

  DOCTEST_TEST_CASE("a folder without a model is refused by name") {
    const ScratchFolder folder;
    DOCTEST_CHECK(says(refusal_to_load(folder.path()), "model.json is not there"));
    save_tiny(folder.path(), tiny_recipe(), 3);
    std::filesystem::remove(folder.path() / "model.safetensors");
    DOCTEST_CHECK(says(refusal_to_load(folder.path()), "model.safetensors is not there"));
  }

  DOCTEST_TEST_CASE("one changed bit of the weights is refused") {
    const ScratchFolder folder;
    save_tiny(folder.path(), tiny_recipe(), 3);
    Bytes bytes = read_bytes(folder.path() / "model.safetensors");
    bytes.back() ^= std::byte{1};
    write_atomically(folder.path() / "model.safetensors", bytes);
    DOCTEST_CHECK(says(refusal_to_load(folder.path()), "do not belong together"));
  }

  DOCTEST_TEST_CASE("a model.json of another kind is refused") {
    const ScratchFolder folder;
    const auto refusal = [&](const char* text) {
      write_atomically(folder.path() / "model.json", std::string_view(text));
      return refusal_to_load(folder.path());
    };
    DOCTEST_CHECK(says(refusal("{"), "not JSON"));
    DOCTEST_CHECK(says(refusal("[]"), "no model file of this program"));
    DOCTEST_CHECK(says(refusal("{\"format\": 99}"), "format 99"));
    DOCTEST_CHECK(says(refusal("{\"format\": 1}"), "'recipe' is missing"));
  }

  DOCTEST_TEST_CASE("missing, unknown and misshapen weights are all named") {
    const TinyModel tiny = tiny_model(tiny_recipe(), 1);
    NamedTensors weights = weights_of(*tiny.network);
    const std::string first = weights.begin()->first, last = weights.rbegin()->first;
    weights.erase(first);
    weights[last] = at::zeros({1, 2, 3});
    weights["stranger"] = at::zeros({1});
    const std::string sentence = refusal_of([&] { assign_weights(*tiny.network, weights, "w.safetensors"); });
    DOCTEST_CHECK(says(sentence, "'" + first + "' is missing"));
    DOCTEST_CHECK(says(sentence, "'" + last + "' is 1x2x3"));
    DOCTEST_CHECK(says(sentence, "'stranger' is no weight"));
  }
}

}  // namespace
}  // namespace tazuna
