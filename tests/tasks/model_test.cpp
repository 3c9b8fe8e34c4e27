// SPDX-License-Identifier: Apache-2.0
#include "tasks/model.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "tasks/catalog.hpp"
#include "tests/networks/tiny_trunk.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

std::shared_ptr<Task> task_named(const std::string& name) {
  SegmentationOptions options;
  options.name = name;
  options.target.labels = {{"lesion", 1}};
  return make_task(TaskOptions{options});
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

  DOCTEST_TEST_CASE("initial weights depend on seed and parameter name, not on the other tasks") {
    Model one(tiny_trunk(), 1, {task_named("lesion")}, 7);
    Model two(tiny_trunk(), 1, {task_named("oedema"), task_named("lesion")}, 7);
    Model other(tiny_trunk(), 1, {task_named("lesion")}, 8);
    for (const auto& item : one.named_parameters()) {
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
