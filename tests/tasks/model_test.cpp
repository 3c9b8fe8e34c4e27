// SPDX-License-Identifier: Apache-2.0
#include "tasks/model.hpp"

#include <ATen/ATen.h>

#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/catalog.hpp"
#include "tests/networks/tiny_trunk.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

std::shared_ptr<Task> task_named(const std::string& name, const std::string& decoder = "shared") {
  SegmentationOptions options;
  options.name = name;
  options.target.map = name;
  options.target.labels = {{"lesion", 1}};
  options.decoder = decoder;
  return make_task(TaskOptions{options});
}

// The first part of every parameter's name, two parts below `decoders` and `heads`.
std::set<std::string> parts_of(const Model& model) {
  std::set<std::string> parts;
  for (const auto& item : model.named_parameters()) {
    const std::vector<std::string> words = split_text(item.key(), '.');
    const bool per_task = words[0] == "decoders" || words[0] == "heads";
    parts.insert(per_task ? words[0] + "." + words[1] : words[0]);
  }
  return parts;
}

bool any_gradient(const Model& model, const std::string& prefix) {
  for (const auto& item : model.named_parameters()) {
    if (item.key().starts_with(prefix) && item.value().grad().defined() &&
        item.value().grad().abs().max().item<double>() > 0)
      return true;
  }
  return false;
}

}  // namespace

DOCTEST_TEST_SUITE("tasks/model") {
  DOCTEST_TEST_CASE("several tasks share one trunk and each has a head of its own name") {
    Model model(tiny_trunk(), 1, {task_named("lesion"), task_named("oedema")}, 7);
    const auto parameters = model.named_parameters();
    DOCTEST_CHECK(parameters.contains("encoder.stages.0.0.convs.0.conv.weight"));
    DOCTEST_CHECK(parameters.contains("decoder.transpconvs.0.weight"));
    DOCTEST_CHECK(parameters.contains("heads.lesion.0.weight"));
    DOCTEST_CHECK(parameters.contains("heads.oedema.0.bias"));
    const auto outputs = model.forward(at::randn({2, 1, 8, 8, 8}), View::patch, true);
    DOCTEST_REQUIRE(outputs.size() == 2);
    DOCTEST_CHECK(outputs[1].logits.front().sizes() == at::IntArrayRef({2, 2, 8, 8, 8}));
  }

  DOCTEST_TEST_CASE(
      "a decoder of its own carries the task's name, and the shared one is there only if read") {
    const Model mixed(tiny_trunk(), 1, {task_named("lesion"), task_named("oedema", "own")}, 7);
    DOCTEST_CHECK((parts_of(mixed) == std::set<std::string>{"encoder", "decoder", "decoders.oedema",
                                                            "heads.lesion", "heads.oedema"}));
    const Model apart(tiny_trunk(), 1, {task_named("lesion", "own"), task_named("oedema", "own")}, 7);
    DOCTEST_CHECK((parts_of(apart) == std::set<std::string>{"encoder", "decoders.lesion", "decoders.oedema",
                                                            "heads.lesion", "heads.oedema"}));
    const auto parameters = mixed.named_parameters();
    for (const char* name : {"transpconvs.0.weight", "transpconvs.0.bias", "stages.0.convs.0.conv.weight",
                             "stages.0.convs.0.norm.bias"}) {
      DOCTEST_CAPTURE(name);
      DOCTEST_REQUIRE(parameters.contains(cat("decoders.oedema.", name)));
      DOCTEST_CHECK(parameters[cat("decoders.oedema.", name)].sizes() ==
                    parameters[cat("decoder.", name)].sizes());
    }
  }

  DOCTEST_TEST_CASE("a task with its own decoder moves the encoder, its decoder and its head, nothing else") {
    Model model(tiny_trunk(), 1, {task_named("lesion"), task_named("oedema", "own")}, 7);
    const auto outputs = model.forward(at::randn({1, 1, 8, 8, 8}), View::patch, true);
    outputs[1].logits.front().square().sum().backward();
    for (const char* moved : {"encoder.", "decoders.oedema.", "heads.oedema."})
      DOCTEST_CHECK_MESSAGE(any_gradient(model, moved), moved);
    for (const char* still : {"decoder.", "heads.lesion."})
      DOCTEST_CHECK_MESSAGE(!any_gradient(model, still), still);
  }

  DOCTEST_TEST_CASE(
      "a task answers the same through a decoder of its own as through a shared one of equal weights") {
    Model shared(tiny_trunk(), 1, {task_named("lesion")}, 7);
    Model own(tiny_trunk(), 1, {task_named("lesion", "own")}, std::nullopt);
    const at::NoGradGuard no_grad;
    auto weights = shared.named_parameters();
    for (auto& item : own.named_parameters()) {
      std::string name = item.key();
      if (name.starts_with("decoders.lesion.")) name = "decoder." + name.substr(16);
      item.value().copy_(weights[name]);
    }
    const Tensor image = at::randn({1, 1, 8, 8, 8});
    DOCTEST_CHECK(at::equal(own.forward(image, View::patch, false)[0].logits.front(),
                            shared.forward(image, View::patch, false)[0].logits.front()));
  }

  DOCTEST_TEST_CASE("a case without one task's map trains the other: no loss, no gradient, no NaN") {
    for (const char* decoder : {"shared", "own"}) {
      DOCTEST_CAPTURE(decoder);
      Model model(tiny_trunk(), 1, {task_named("lesion"), task_named("oedema", decoder)}, 7);
      Sample sample;
      sample.subject = std::make_shared<Subject>(Subject{.id = "sub-01"});
      sample.image.voxels = at::randn({1, 8, 8, 8});
      sample.present = at::ones({1}, at::kBool);
      sample.maps["lesion"].voxels = at::randint(0, 2, {1, 8, 8, 8}, at::kShort);
      const std::vector<Sample> samples{sample};
      const Batch batch = make_batch(samples, View::patch, model.tasks());
      DOCTEST_CHECK(batch.targets[0].present.item<bool>());
      DOCTEST_CHECK_FALSE(batch.targets[1].present.item<bool>());
      const auto outputs = model.forward(batch.image, View::patch, true);
      const Tensor lesion = model.tasks()[0]->loss(outputs[0], batch.targets[0]);
      const Tensor oedema = model.tasks()[1]->loss(outputs[1], batch.targets[1]);
      DOCTEST_CHECK(lesion.item<double>() > 0);
      DOCTEST_CHECK(oedema.item<double>() == 0);
      (lesion + oedema).sum().backward();
      DOCTEST_CHECK(any_gradient(model, "heads.lesion."));
      DOCTEST_CHECK_FALSE(any_gradient(model, "heads.oedema."));
      for (const auto& item : model.named_parameters())
        if (item.value().grad().defined()) DOCTEST_CHECK(item.value().grad().isfinite().all().item<bool>());
    }
  }

  DOCTEST_TEST_CASE("tasks of two maps read each its own labels") {
    Sample sample;
    sample.subject = std::make_shared<Subject>(Subject{.id = "sub-01"});
    sample.image.voxels = at::zeros({1, 8, 8, 8});
    sample.present = at::ones({1}, at::kBool);
    at::manual_seed(3);
    sample.maps["lesion"].voxels = at::randint(0, 2, {1, 8, 8, 8}, at::kShort);
    sample.maps["oedema"].voxels = at::randint(0, 2, {1, 8, 8, 8}, at::kShort);
    const std::vector<Sample> samples{sample};
    const Batch batch = make_batch(samples, View::patch, {task_named("oedema"), task_named("lesion")});
    DOCTEST_CHECK(at::equal(batch.targets[0].value[0], sample.maps["oedema"].voxels));
    DOCTEST_CHECK(at::equal(batch.targets[1].value[0], sample.maps["lesion"].voxels));
  }

  DOCTEST_TEST_CASE("initial weights depend on seed and parameter name, not on the other tasks") {
    Model one(tiny_trunk(), 1, {task_named("lesion")}, 7);
    Model other(tiny_trunk(), 1, {task_named("lesion")}, 8);
    for (const char* decoder : {"shared", "own"}) {
      Model two(tiny_trunk(), 1, {task_named("oedema", decoder), task_named("lesion")}, 7);
      for (const auto& item : one.named_parameters())
        DOCTEST_CHECK(at::equal(item.value(), two.named_parameters()[item.key()]));
    }
    const char* name = "encoder.stages.0.0.convs.0.conv.weight";
    DOCTEST_CHECK_FALSE(at::equal(one.named_parameters()[name], other.named_parameters()[name]));
  }

  DOCTEST_TEST_CASE("an image with another number of channels is refused") {
    Model model(tiny_trunk(), 1, {task_named("lesion")}, 7);
    DOCTEST_CHECK_THROWS_AS(model.forward(at::randn({1, 2, 8, 8, 8}), View::patch, false), Error);
  }

  DOCTEST_TEST_CASE("samples of different sizes do not make a batch, and the sentence names the case") {
    Sample a, b;
    a.subject = std::make_shared<Subject>(Subject{.id = "sub-01"});
    b.subject = std::make_shared<Subject>(Subject{.id = "sub-02"});
    a.image.voxels = at::zeros({1, 8, 8, 8});
    b.image.voxels = at::zeros({1, 8, 8, 4});
    a.present = b.present = at::ones({1}, at::kBool);
    const std::vector<Sample> samples{a, b};
    DOCTEST_CHECK_THROWS_WITH_AS(make_batch(samples, View::patch, {task_named("lesion")}),
                                 doctest::Contains("sub-02"), Error);
  }
}
