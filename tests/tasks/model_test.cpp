// SPDX-License-Identifier: Apache-2.0
#include "tasks/model.hpp"

#include <ATen/ATen.h>

#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "kernels/precision.hpp"
#include "tasks/catalog.hpp"
#include "tests/networks/tiny_trunk.hpp"
#include "tests/tasks/words.hpp"

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

// Asks for one of two classes, after a look at a training part.
std::shared_ptr<Task> subject_task(bool mask = true, const std::vector<std::string>& covariates = {}) {
  ClassificationOptions options;
  options.name = "grade";
  options.target = {"grade", {"II", "III"}};
  options.head.mask = mask;
  options.covariates = covariates;
  auto task = make_task(TaskOptions{options});
  auto people = people_with("grade", {"II", "II", "III", "III"});
  for (Subject& subject : people) subject.values["age"] = std::to_string(30 + subject.id.back());
  DOCTEST_CHECK(problems_of(*task, people).empty());
  return task;
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

  DOCTEST_TEST_CASE("a joint network answers each view's tasks, and in a view of both all of them") {
    Model model(tiny_trunk(), 1, {task_named("lesion"), subject_task()}, 7);
    model.eval();
    const Tensor image = at::randn({2, 1, 8, 8, 8});
    const auto patch = model.forward(image, View::patch, true),
               whole = model.forward(image, View::whole, true), both = model.forward(image, View::both, true);
    DOCTEST_CHECK(patch[0].logits.size() == 1);
    DOCTEST_CHECK(patch[1].logits.empty());
    DOCTEST_CHECK(whole[0].logits.empty());
    DOCTEST_REQUIRE(whole[1].logits.size() == 1);
    DOCTEST_CHECK(whole[1].logits.front().sizes() == at::IntArrayRef({2, 2}));
    DOCTEST_CHECK(at::equal(both[0].logits.front(), patch[0].logits.front()));
    DOCTEST_CHECK(at::equal(both[1].logits.front(), whole[1].logits.front()));
  }

  DOCTEST_TEST_CASE(
      "a joint network draws as the network of the drawing task alone, the trunk starts equal") {
    Model joint(tiny_trunk(), 1, {subject_task(), task_named("lesion")}, 7);
    Model alone(tiny_trunk(), 1, {task_named("lesion")}, 7), subject(tiny_trunk(), 1, {subject_task()}, 7);
    const Tensor image = at::randn({1, 1, 8, 8, 8});
    DOCTEST_CHECK(at::equal(joint.forward(image, View::patch, false)[1].logits.front(),
                            alone.forward(image, View::patch, false)[0].logits.front()));
    DOCTEST_CHECK(at::equal(joint.encode({image}).stages.back(), subject.encode({image}).stages.back()));
    DOCTEST_CHECK((parts_of(subject) == std::set<std::string>{"encoder", "heads.grade"}));
  }

  DOCTEST_TEST_CASE("only the tasks that are asked answer, and a decoder that nobody reads does not run") {
    Model model(tiny_trunk(), 1, {task_named("lesion"), subject_task(/*mask=*/false)}, 7);
    const Tensor image = at::randn({1, 1, 8, 8, 8});
    const auto answers = model.forward(ModelInput{image}, View::both, true, {false, true});
    DOCTEST_CHECK(answers[0].logits.empty());
    answers[1].logits.front().select(1, 0).sum().backward();
    DOCTEST_CHECK(any_gradient(model, "encoder."));
    DOCTEST_CHECK_FALSE(any_gradient(model, "decoder."));
    DOCTEST_CHECK(model.forward(ModelInput{image}, View::patch, true, {true, true})[1].logits.empty());
    DOCTEST_CHECK_THROWS_AS(model.forward(ModelInput{image}, View::both, true, {true}), Error);
  }

  DOCTEST_TEST_CASE("a subject's answer moves encoder, decoder and its head, but not what is drawn under") {
    for (const View view : {View::whole, View::both}) {
      Model model(tiny_trunk(), 1, {task_named("lesion"), subject_task()}, 7);
      const auto answers = model.forward(at::randn({1, 1, 8, 8, 8}), view, true);
      answers[1].logits.front().select(1, 0).sum().backward();
      for (const char* moved : {"encoder.", "decoder.", "heads.grade."})
        DOCTEST_CHECK_MESSAGE(any_gradient(model, moved), moved);
      DOCTEST_CHECK_FALSE(any_gradient(model, "heads.lesion."));
    }
  }

  DOCTEST_TEST_CASE(
      "what a voxel task draws changes a subject's answer only if its decoder is the shared one") {
    for (const char* decoder : {"shared", "own"}) {
      DOCTEST_CAPTURE(decoder);
      Model model(tiny_trunk(), 1, {task_named("lesion", decoder), subject_task()}, 7);
      model.eval();
      const at::NoGradGuard no_grad;
      const Tensor image = at::randn({1, 1, 8, 8, 8});
      const Tensor before = model.forward(image, View::whole, false)[1].logits.front();
      for (auto& item : model.named_parameters())
        if (item.key().starts_with("heads.lesion.")) item.value().add_(at::randn(item.value().sizes()) * 5);
      const Tensor after = model.forward(image, View::whole, false)[1].logits.front();
      DOCTEST_CHECK(at::equal(after, before) == (std::string(decoder) == "own"));
    }
  }

  DOCTEST_TEST_CASE("subject heads answer in float32 under autocast") {
    Model model(tiny_trunk(), 1, {task_named("lesion"), subject_task()}, 7);
    model.eval();
    const Tensor image = at::randn({1, 1, 8, 8, 8});
    const Autocast bf16(at::kCPU, true);
    const auto answers = model.forward(image, View::both, false);
    DOCTEST_CHECK((answers[0].logits.front().scalar_type() == at::kBFloat16));
    DOCTEST_CHECK((answers[1].logits.front().scalar_type() == at::kFloat));
    answers[1].logits.front().sum().backward();
    for (const auto& item : model.named_parameters())
      DOCTEST_CHECK((item.value().scalar_type() == at::kFloat));
  }

  DOCTEST_TEST_CASE("columns reach the head that asks for them and are demanded") {
    Model model(tiny_trunk(), 1, {task_named("lesion"), subject_task(true, {"age"})}, 7);
    model.eval();
    const Tensor image = at::randn({1, 1, 8, 8, 8});
    const auto answer = [&](double age) {
      const ModelInput input{.image = image, .covariates = {Tensor(), at::full({1, 1}, age)}};
      return model.forward(input, View::whole, false)[1].logits.front();
    };
    DOCTEST_CHECK_FALSE(at::equal(answer(0), answer(2)));
    DOCTEST_CHECK_THROWS_AS(model.forward(image, View::whole, false), Error);
    const ModelInput short_of_one{.image = image, .covariates = {Tensor()}};
    DOCTEST_CHECK_THROWS_AS(model.forward(short_of_one, View::whole, false), Error);
  }

  DOCTEST_TEST_CASE("a batch's tensors are a network's input") {
    std::vector<Sample> samples = samples_of(people_with("grade", {"II", ""}));
    for (Sample& sample : samples) {
      sample.image.voxels = at::randn({1, 8, 8, 8});
      sample.present = at::ones({1}, at::kBool);
    }
    Model model(tiny_trunk(), 1, {subject_task(true, {"age"})}, 7);
    const Batch batch = make_batch(samples, View::whole, model.tasks());
    const auto answers = model.forward(input_of(batch, at::kCPU), batch.view, true);
    const Tensor loss = model.tasks()[0]->loss(answers[0], batch.targets[0]);
    DOCTEST_CHECK(loss[0].item<double>() > 0);
    DOCTEST_CHECK(loss[1].item<double>() == 0);
  }
}
