// SPDX-License-Identifier: Apache-2.0
#include "infer/transfer.hpp"

#include <set>

#include "core/text.hpp"
#include "tests/infer/tiny.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

NamedTensors weights_drawn(const ModelRecipe& recipe, int64_t seed) {
  return weights_of(*tiny_model(recipe, seed).network);
}

std::string first_convolution(const NamedTensors& weights, int64_t channels) {
  for (const auto& [name, tensor] : weights) {
    if (name.starts_with("encoder") && tensor.dim() == 5 && tensor.size(1) == channels) return name;
  }
  return "";
}

ModelRecipe of_three_labels() {
  ModelRecipe recipe = tiny_recipe();
  std::get<SegmentationOptions>(recipe.tasks[0].task).target.labels = {{"a", 1}, {"b", 2}, {"c", 3}};
  return recipe;
}

}  // namespace

DOCTEST_TEST_SUITE("infer/transfer") {
  DOCTEST_TEST_CASE("the same network takes every weight") {
    const NamedTensors source = weights_drawn(tiny_recipe(), 1);
    const TinyModel target = tiny_model(tiny_recipe(), 2);
    const Transfer transfer = transfer_weights(*target.network, source, "run");
    DOCTEST_CHECK(transfer.taken.size() == source.size());
    DOCTEST_CHECK(transfer.adapted.empty());
    DOCTEST_CHECK(transfer.own.empty());
    DOCTEST_CHECK(transfer.unused.empty());
    for (const auto& [name, tensor] : weights_of(*target.network))
      DOCTEST_CHECK_MESSAGE(tensor.equal(source.at(name)), name);
  }

  DOCTEST_TEST_CASE("with other classes or another task the heads keep their own initial weights") {
    const NamedTensors source = weights_drawn(tiny_recipe(), 1);
    for (const ModelRecipe& recipe : {of_three_labels(), tiny_recipe({"T1w"}, {"lesion"})}) {
      const TinyModel target = tiny_model(recipe, 2);
      const NamedTensors before = weights_of(*target.network);
      const Transfer transfer = transfer_weights(*target.network, source, "run");
      DOCTEST_CHECK_FALSE(transfer.own.empty());
      const NamedTensors after = weights_of(*target.network);
      for (const auto& [name, tensor] : after) {
        DOCTEST_CAPTURE(name);
        const bool head_of_its_own = name.starts_with("heads.");
        DOCTEST_CHECK(tensor.equal(head_of_its_own ? before.at(name) : source.at(name)));
      }
    }
  }

  DOCTEST_TEST_CASE("one image in every channel gives the encoder the activations it gave before") {
    const std::vector<std::vector<std::string>> sequences{{"a"}, {"a", "b"}, {"a", "b", "c"}};
    for (const auto& from : sequences) {
      for (const auto& to : sequences) {
        if (from.size() == to.size()) continue;
        const auto old_channels = static_cast<int64_t>(from.size()),
                   new_channels = static_cast<int64_t>(to.size());
        DOCTEST_CAPTURE(old_channels);
        DOCTEST_CAPTURE(new_channels);
        const TinyModel before = tiny_model(tiny_recipe(from), 1), after = tiny_model(tiny_recipe(to), 2);
        const NamedTensors source = weights_of(*before.network);
        const Transfer transfer = transfer_weights(*after.network, source, "run");
        DOCTEST_REQUIRE(transfer.adapted.size() == 1);
        DOCTEST_CHECK(says(transfer.adapted[0], cat(old_channels, " -> ", new_channels, " channels")));
        DOCTEST_CHECK(transfer.own.empty());
        const std::string name = first_convolution(source, old_channels);
        DOCTEST_CHECK(weights_of(*after.network).at(name).size(1) == new_channels);
        const Tensor image = noise({1, 1, 8, 8, 8}, "image");
        const auto answer = [&image](Model& network, int64_t channels) {
          const at::NoGradGuard no_grad;
          return network.forward(image.repeat({1, channels, 1, 1, 1}), View::patch, false)[0].logits[0];
        };
        const Tensor was = answer(*before.network, old_channels), is = answer(*after.network, new_channels);
        DOCTEST_CHECK((was - is).abs().max().item<double>() < 1e-4 * was.abs().max().item<double>() + 1e-5);
      }
    }
  }

  DOCTEST_TEST_CASE(
      "channels that say which sequences are there begin at 0, so that they change nothing yet") {
    const TinyModel before = tiny_model(tiny_recipe({"a"}), 1);
    ModelRecipe recipe = tiny_recipe({"a", "b"});
    images_of(recipe.input).missing = "allow";
    const TinyModel after = tiny_model(recipe, 2);
    const Transfer transfer = transfer_weights(*after.network, weights_of(*before.network), "run");
    DOCTEST_REQUIRE(transfer.adapted.size() == 1);
    DOCTEST_CHECK(says(transfer.adapted[0], "1 -> 4 channels"));
    const at::NoGradGuard no_grad;
    const Tensor image = noise({1, 1, 8, 8, 8}, "image");
    const Tensor was = before.network->forward(image, View::patch, false)[0].logits[0];
    const ModelInput input{.image = image.repeat({1, 2, 1, 1, 1}), .present = at::ones({1, 2}, at::kBool)};
    const Tensor is = after.network->forward(input, View::patch, false)[0].logits[0];
    DOCTEST_CHECK((was - is).abs().max().item<double>() < 1e-4 * was.abs().max().item<double>() + 1e-5);
  }

  DOCTEST_TEST_CASE("an encoder for each sequence begins as the one encoder of the source") {
    const NamedTensors source = weights_drawn(tiny_recipe({"a"}), 1);
    ModelRecipe recipe = tiny_recipe({"a", "b"});
    images_of(recipe.input).fusion = "late";
    const TinyModel target = tiny_model(recipe, 2);
    const Transfer transfer = transfer_weights(*target.network, source, "run");
    DOCTEST_CHECK(transfer.own.empty());
    DOCTEST_CHECK(transfer.unused.empty());
    const NamedTensors after = weights_of(*target.network);
    for (const auto& [name, tensor] : source) {
      DOCTEST_CAPTURE(name);
      if (!name.starts_with("encoder.")) continue;
      for (const char* own : {"encoders.a", "encoders.b"})
        DOCTEST_CHECK(tensor.equal(after.at(own + name.substr(std::string("encoder").size()))));
    }
  }

  DOCTEST_TEST_CASE("heads of tasks that one side lacks are named, and the trunk goes over") {
    ModelRecipe recipe = tiny_recipe();
    const NamedTensors source = weights_drawn(recipe, 1);
    recipe.tasks.push_back(grade_task());
    const TinyModel both = tiny_model(recipe, 2);
    const Transfer added = transfer_weights(*both.network, source, "run");
    DOCTEST_CHECK(added.unused.empty());
    for (const std::string& name : added.own) DOCTEST_CHECK_MESSAGE(name.starts_with("heads.grade."), name);
    DOCTEST_CHECK_FALSE(added.own.empty());
    const TinyModel alone = tiny_model(tiny_recipe(), 3);
    const Transfer dropped = transfer_weights(*alone.network, weights_of(*both.network), "run");
    DOCTEST_CHECK(dropped.own.empty());
    const std::set<std::string> grade(added.own.begin(), added.own.end());
    DOCTEST_CHECK(std::set<std::string>(dropped.unused.begin(), dropped.unused.end()) == grade);
  }

  DOCTEST_TEST_CASE("another network is refused with the first mismatch, both shapes and the remedy") {
    ModelRecipe wide = tiny_recipe();
    shape_of(wide.network).widths = std::vector<int64_t>{8, 16};
    const TinyModel target = tiny_model(tiny_recipe(), 1);
    const NamedTensors before = weights_of(*target.network);
    const std::string sentence =
        refusal_of([&] { transfer_weights(*target.network, weights_drawn(wide, 1), "run"); });
    for (const char* part : {"run: only ", " weights outside the heads match: 'encoder.", " there, but ",
                             " here", "copy `network` from the config.yaml", "leave train.from out"})
      DOCTEST_CHECK_MESSAGE(says(sentence, part), sentence);
    DOCTEST_CHECK(says(refusal_of([&] { transfer_weights(*target.network, {}, "run"); }), "is not there"));
    for (const auto& [name, tensor] : weights_of(*target.network))
      DOCTEST_CHECK(tensor.equal(before.at(name)));
  }

  DOCTEST_TEST_CASE("a source is a run that is whole or a weights file") {
    const ScratchFolder folder;
    const std::filesystem::path run = folder.path() / "run";
    save_tiny(run, tiny_recipe(), 3);
    const SourceWeights of_run = read_source(run), of_file = read_source(run / "model.safetensors");
    DOCTEST_CHECK(of_run.sha256 == sha256_of_file(run / "model.safetensors"));
    DOCTEST_CHECK(of_run.sha256 == of_file.sha256);
    DOCTEST_CHECK(of_run.weights.size() == of_file.weights.size());
    for (const auto& [name, tensor] : of_run.weights) DOCTEST_CHECK(tensor.equal(of_file.weights.at(name)));

    DOCTEST_CHECK(says(refusal_of([&] { read_source(folder.path() / "absent"); }), "no such run"));
    std::filesystem::create_directories(folder.path() / "empty");
    DOCTEST_CHECK(says(refusal_of([&] { read_source(folder.path() / "empty"); }), "no model.safetensors"));
    std::filesystem::create_directories(folder.path() / "folds" / "fold_0");
    DOCTEST_CHECK(says(refusal_of([&] { read_source(folder.path() / "folds"); }), "fold_0"));
    Bytes bytes = read_bytes(run / "model.safetensors");
    bytes.back() ^= std::byte{1};
    write_atomically(run / "model.safetensors", bytes);
    DOCTEST_CHECK(says(refusal_of([&] { read_source(run); }), "SHA-256"));
  }

  DOCTEST_TEST_CASE("the log names ten weights of a kind and counts the rest") {
    Transfer transfer;
    for (int i = 0; i < 14; ++i) transfer.own.push_back(cat("heads.", i));
    const std::string text = transfer_text(transfer, "RUN");
    DOCTEST_CHECK(says(text, "RUN: 0 weights taken, 14 at their initial values (heads.0, "));
    DOCTEST_CHECK(says(text, "heads.9 and 4 more)"));
    DOCTEST_CHECK_FALSE(says(text, "adapted"));
  }
}

}  // namespace tazuna
