// SPDX-License-Identifier: Apache-2.0
#include "infer/model_file.hpp"

#include <ATen/ATen.h>

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
