// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"
#include "data/series.hpp"
#include "infer/predictor.hpp"
#include "tests/infer/tiny.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A prepared case of noise [C, D, H, W] on its native grid; frames instead of channels with `seconds`.
Sample sample_of(const Tensor& voxels, double seconds = 0) {
  Sample sample;
  auto subject = std::make_shared<Subject>();
  subject->id = "noise";
  subject->values["weight"] = "70";
  sample.subject = subject;
  sample.image.voxels = voxels;
  const std::array<int64_t, 3> size{voxels.size(1), voxels.size(2), voxels.size(3)};
  sample.image.geometry.size = sample.placement.native.size = sample.placement.working.size = size;
  sample.placement.crop.high = size;
  sample.present = at::ones({seconds > 0 ? 1 : voxels.size(0)}, at::kBool);
  sample.frame_seconds = seconds;
  return sample;
}

const WindowOptions window{.patch = {8, 8, 8}};

/// The answers to every task, each one prediction.
std::vector<Prediction> answered(const std::vector<Model*>& members, const Sample& sample,
                                 const ModelRecipe& recipe, const WindowOptions& options = window) {
  std::vector<Prediction> answers;
  for (const auto& own : predict_case(members, sample, options, subject_view(recipe), at::kCPU)) {
    DOCTEST_REQUIRE(own.size() == 1);
    answers.push_back(own.front());
  }
  return answers;
}

double second_share(const Prediction& answer) {
  return std::get<ClassShares>(answer).shares.at(1);
}
double value_of(const Prediction& answer) {
  return std::get<Quantity>(answer).value;
}

/// A recipe for a series whose windows have `frames` frames.
ModelRecipe series_recipe(int64_t frames, const std::vector<TaskOptions>& tasks) {
  ModelRecipe recipe = recipe_of(tasks);
  SeriesOptions input;
  input.sequences = {"bold"};
  input.frames = frames;
  input.temporal.pooling = "attention";
  recipe.preparation.sequences = {"bold"};
  recipe.preparation.frame_seconds = 2;
  recipe.input = input;
  return recipe;
}

DOCTEST_TEST_SUITE("infer/subject_answers") {
  DOCTEST_TEST_CASE("a whole case is answered by the network's own answer to its padded whole view") {
    const ModelRecipe recipe = recipe_of({grade_task(), age_task()});
    const TinyModel tiny = tiny_model(recipe, 5);
    const Sample sample = sample_of(noise({1, 9, 11, 12}, "image"));
    const auto answers = answered({tiny.network.get()}, sample, recipe);
    const at::NoGradGuard no_grad;
    tiny.network->eval();
    const Sample whole = whole_view(sample, recipe.whole);
    DOCTEST_CHECK(whole.image.voxels.sizes() == at::IntArrayRef({1, 10, 12, 12}));
    const auto outputs =
        tiny.network->forward(ModelInput{whole.image.voxels.unsqueeze(0)}, View::whole, false);
    const Tensor shares = at::softmax(outputs[0].logits[0], 1);
    DOCTEST_CHECK(second_share(answers[0]) == doctest::Approx(shares[0][1].item<double>()));
    DOCTEST_CHECK(value_of(answers[1]) ==
                  doctest::Approx(tiny.tasks[1]->averaged(outputs[1].logits[0]).item<double>()));
    DOCTEST_CHECK(std::isnan(std::get<Quantity>(answers[1]).sd));
    DOCTEST_CHECK(std::get<Quantity>(answers[1]).unit == "years");
  }

  DOCTEST_TEST_CASE("beside voxel tasks each task is answered as if asked alone, and training goes on") {
    ModelRecipe recipe = recipe_of({grade_task()});
    recipe.tasks.insert(recipe.tasks.begin(), tiny_recipe().tasks.front());
    const TinyModel tiny = tiny_model(recipe, 5);
    tiny.network->train();
    const Sample sample = sample_of(noise({1, 8, 8, 8}, "image"));
    const auto answers = answered({tiny.network.get()}, sample, recipe);
    DOCTEST_CHECK(tiny.network->is_training());
    DOCTEST_CHECK(std::get<LabelMap>(answers[0]).labels.sizes() == at::IntArrayRef({8, 8, 8}));
    const double share = second_share(answers[1]);
    DOCTEST_CHECK(share > 0);
    DOCTEST_CHECK(share < 1);
    // Dropout is off: a second answer is the same.
    DOCTEST_CHECK(second_share(answered({tiny.network.get()}, sample, recipe)[1]) == share);
  }

  DOCTEST_TEST_CASE("an ensemble answers with its members' mean, each by its own constants") {
    const ModelRecipe recipe = recipe_of({grade_task(), age_task({"weight"})});
    const TinyModel one = tiny_model(recipe, 5), other = tiny_model(recipe, 6, tiny_people(30));
    const Sample sample = sample_of(noise({1, 8, 10, 8}, "image"));
    const auto first = answered({one.network.get()}, sample, recipe),
               second = answered({other.network.get()}, sample, recipe),
               both = answered({one.network.get(), other.network.get()}, sample, recipe);
    DOCTEST_CHECK(value_of(second[1]) - value_of(first[1]) > 10);
    DOCTEST_CHECK(second_share(both[0]) ==
                  doctest::Approx((second_share(first[0]) + second_share(second[0])) / 2));
    DOCTEST_CHECK(value_of(both[1]) == doctest::Approx((value_of(first[1]) + value_of(second[1])) / 2));
    DOCTEST_CHECK(std::get<Quantity>(both[1]).sd > 0);
  }

  DOCTEST_TEST_CASE("mirrored along an axis, an image and its mirror image get one answer") {
    const ModelRecipe recipe = recipe_of({grade_task()});
    const TinyModel tiny = tiny_model(recipe, 5);
    const Tensor image = noise({1, 8, 10, 12}, "image");
    WindowOptions mirrored = window;
    mirrored.mirror_axes = {0, 2};
    const auto share = [&](const Tensor& voxels, const WindowOptions& options) {
      return second_share(answered({tiny.network.get()}, sample_of(voxels), recipe, options)[0]);
    };
    DOCTEST_CHECK(share(image, mirrored) == doctest::Approx(share(image.flip({1}), mirrored)).epsilon(1e-5));
    DOCTEST_CHECK(share(image, mirrored) == doctest::Approx(share(image.flip({3}), mirrored)).epsilon(1e-5));
    DOCTEST_CHECK(std::abs(share(image, window) - share(image.flip({1}), window)) > 1e-6);
  }

  DOCTEST_TEST_CASE("a column the head reads changes the answer; a text where it is a number is refused") {
    const ModelRecipe recipe = recipe_of({age_task({"weight"})});
    const TinyModel tiny = tiny_model(recipe, 5);
    Sample sample = sample_of(noise({1, 8, 8, 8}, "image"));
    const auto with = [&](const std::map<std::string, std::string>& values) {
      auto subject = std::make_shared<Subject>(*sample.subject);
      subject->values = values;
      sample.subject = subject;
      return value_of(answered({tiny.network.get()}, sample, recipe)[0]);
    };
    DOCTEST_CHECK(with({{"weight", "60"}}) != with({{"weight", "75"}}));
    DOCTEST_CHECK(with({}) == with({{"weight", "n/a"}}));
    DOCTEST_CHECK_THROWS_AS(with({{"weight", "heavy"}}), Error);
  }

  DOCTEST_TEST_CASE("what stands in the channel of an absent sequence does not count") {
    ModelRecipe recipe = tiny_recipe({"T1w", "FLAIR"}, {"parts"});
    recipe.tasks.push_back(grade_task());
    recipe.whole.multiple = {2, 2, 2};
    for (const char* fusion : {"early", "late"}) {
      DOCTEST_CAPTURE(fusion);
      images_of(recipe.input).missing = "allow";
      images_of(recipe.input).fusion = fusion;
      const TinyModel tiny = tiny_model(recipe, 5);
      Sample sample = sample_of(noise({2, 8, 8, 8}, "image"));
      const auto full = answered({tiny.network.get()}, sample, recipe);
      sample.present = at::tensor({1, 0}).to(at::kBool);
      const auto part = answered({tiny.network.get()}, sample, recipe);
      sample.image.voxels = sample.image.voxels.clone();
      sample.image.voxels[1] = 7;
      const auto same = answered({tiny.network.get()}, sample, recipe);
      DOCTEST_CHECK(second_share(part[1]) == second_share(same[1]));
      DOCTEST_CHECK(at::equal(std::get<LabelMap>(part[0]).labels, std::get<LabelMap>(same[0]).labels));
      DOCTEST_CHECK(second_share(part[1]) != second_share(full[1]));
    }
  }

  DOCTEST_TEST_CASE("a series is answered by the mean over windows of its frames, in both scopes") {
    ModelRecipe recipe = series_recipe(3, {tiny_recipe().tasks.front(), grade_task()});
    const TinyModel tiny = tiny_model(recipe, 5);
    const Tensor frame = noise({1, 8, 8, 8}, "frame"), frames = noise({7, 8, 8, 8}, "frames");
    // A resting image: whatever the window, it shows the same.
    const auto still = answered({tiny.network.get()}, sample_of(frame.repeat({7, 1, 1, 1}), 2), recipe),
               one_window = answered({tiny.network.get()}, sample_of(frame.repeat({3, 1, 1, 1}), 2), recipe);
    DOCTEST_CHECK(second_share(still[1]) == doctest::Approx(second_share(one_window[1])).epsilon(1e-5));
    const Tensor differ = std::get<LabelMap>(still[0]).labels != std::get<LabelMap>(one_window[0]).labels;
    DOCTEST_CHECK(differ.sum().item<int64_t>() <= 2);  // ties

    const at::NoGradGuard no_grad;
    tiny.network->eval();
    Tensor logits;
    const auto beginnings = window_beginnings(7, 3, 1);
    for (const int64_t first : beginnings) {
      const Sample part = with_frames(sample_of(frames, 2), window_frames(7, 3, 1, first));
      const ModelInput input{.image = part.image.voxels.unsqueeze(0).unsqueeze(2),
                             .times = (at::arange(3) * part.frame_seconds).to(at::kFloat).unsqueeze(0)};
      const Tensor own = tiny.network->forward(input, View::whole, false)[1].logits[0];
      logits = logits.defined() ? logits + own : own;
    }
    const double share = at::softmax(logits / static_cast<double>(beginnings.size()), 1)[0][1].item<double>();
    DOCTEST_CHECK(second_share(answered({tiny.network.get()}, sample_of(frames, 2), recipe)[1]) ==
                  doctest::Approx(share).epsilon(1e-5));
  }
}

}  // namespace
}  // namespace tazuna
