// SPDX-License-Identifier: Apache-2.0
// Voxel tasks and subject tasks in one network: who takes part when, and what each weighting makes of it.
#include <cmath>

#include "core/text.hpp"
#include "tables/table.hpp"
#include "tests/train/tiny_training.hpp"
#include "train/learner.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Tasks = std::vector<std::shared_ptr<Task>>;

const at::Device cpu(at::kCPU);

const std::vector<WeightingOptions> all_weightings{FixedOptions{}, UncertaintyOptions{}, LogarithmOptions{},
                                                   FamoOptions{}, PcgradOptions{}};

NamedTensors copies(const NamedTensors& tensors) {
  NamedTensors copied;
  for (const auto& [name, tensor] : tensors) copied[name] = tensor.detach().clone();
  return copied;
}

bool same(const NamedTensors& a, const NamedTensors& b) {
  for (const auto& [name, tensor] : a)
    if (!at::equal(tensor, b.at(name))) return false;
  return a.size() == b.size();
}

/// Everything that `steps` steps of a joint network change.
NamedTensors state_after(const TrainOptions& options, const Tasks& tasks, int64_t steps) {
  Model model = tiny_model(tasks);
  Learner learner(model, options, cpu);
  for (int64_t k = 0; k < steps; ++k) learner.step(tiny_joint_step(k, tasks), k);
  return copies(learner.state());
}

/// Gradient descent without momentum, decay or moving averages, so that weights move by the gradient alone.
TrainOptions plain_descent() {
  TrainOptions options = tiny_options(4);
  options.optimiser = SgdOptions{.learning_rate = 0.1, .momentum = 0, .nesterov = false, .weight_decay = 0};
  options.clip = 0;
  options.ema = false;
  return options;
}

/// The step split into micro-batches of one row.
Step single_rows(const Batch& batch) {
  Step rows;
  for (int64_t n = 0; n < batch.image.size(0); ++n) {
    Batch row;
    row.image = batch.image.slice(0, n, n + 1);
    row.present = batch.present.slice(0, n, n + 1);
    row.covariates = batch.covariates;
    for (const Target& target : batch.targets)
      row.targets.push_back({target.value.slice(0, n, n + 1), target.present.slice(0, n, n + 1)});
    rows.push_back(row);
  }
  return rows;
}

/// Gives the second head the weights of the first.
void twin_heads(Model& model) {
  const at::NoGradGuard no_grad;
  const auto parameters = model.named_parameters();
  for (const char* name : {"0.weight", "0.bias"})
    parameters[cat("heads.rest.", name)].copy_(parameters[cat("heads.lesion.", name)]);
}

/// Two voxel tasks of which the second draws what the first leaves out, in rows of their own.
Batch opposed_batch() {
  Batch batch = tiny_batch(0, 3, 2);
  batch.targets[1].value = 1 - batch.targets[0].value;
  batch.targets[0].present = at::tensor({1, 1, 0}).to(at::kBool);
  return batch;
}

}  // namespace

DOCTEST_TEST_SUITE("train/joint") {
  DOCTEST_TEST_CASE("before its start a subject task has no loss and its head stays as it was") {
    const Tasks tasks{tiny_task(), tiny_question("size", 0.5)};
    for (const WeightingOptions& weighting : all_weightings) {
      DOCTEST_CAPTURE(kind_of(weighting));
      TrainOptions options = tiny_options(4);
      options.weighting = weighting;
      Model model = tiny_model(tasks);
      Learner learner(model, options, cpu);
      for (int64_t k = 0; k < 4; ++k) {
        const NamedTensors before = copies(learner.parameters());
        // Whole views that come too early are asked nothing.
        const StepReport report = learner.step(tiny_joint_step(k, tasks), k);
        DOCTEST_CHECK(std::isfinite(report.losses[0].item<double>()));
        DOCTEST_CHECK(std::isnan(report.losses[1].item<double>()) == (k < 2));
        DOCTEST_CHECK(std::isnan(report.cosines[0].item<double>()) ==
                      (k < 2 || kind_of(weighting) != "pcgrad"));
        bool moved = false;
        for (const auto& [name, tensor] : learner.parameters())
          if (name.starts_with("heads.size.")) moved |= !at::equal(tensor.detach(), before.at(name));
        DOCTEST_CHECK(moved == (k >= 2));
      }
    }
  }

  DOCTEST_TEST_CASE("subject tasks alone learn from whole views from the first step on") {
    const Tasks tasks{tiny_question("size", 0.9)};
    TrainOptions options = tiny_options(60);
    options.subject_learning_rate = 0.05;
    Model model = tiny_model(tasks);
    Learner learner(model, options, cpu);
    double first = 0, last = 0;
    for (int64_t k = 0; k < 60; ++k) {
      const double loss = learner.step(tiny_views(k % 4, tasks), k).losses[0].item<double>();
      (k < 8 ? first : last) += k < 8 || k >= 52 ? loss : 0;
    }
    DOCTEST_CHECK(last < first / 2);
  }

  DOCTEST_TEST_CASE("a view that holds all of a case is asked both kinds of questions") {
    const Tasks tasks{tiny_task(), tiny_question()};
    Batch batch = tiny_batch(0, 2, 2);
    batch.view = View::both;
    batch.targets[1] = {at::zeros({2}), at::tensor({1, 0}).to(at::kBool)};
    Model model = tiny_model(tasks);
    Learner learner(model, tiny_options(2), cpu);
    const StepReport report = learner.step({batch}, 0);
    DOCTEST_CHECK(at::isfinite(report.losses).all().item<bool>());
    DOCTEST_CHECK(std::abs(report.cosines[0].item<double>()) <= 1);
  }

  DOCTEST_TEST_CASE("looking at conflicts changes no bit") {
    const Tasks tasks{tiny_task(), tiny_question("size"), tiny_question("other")};
    for (const WeightingOptions& weighting : all_weightings) {
      DOCTEST_CAPTURE(kind_of(weighting));
      TrainOptions options = tiny_options(6);
      options.weighting = weighting;
      options.conflict_every = 0;
      const NamedTensors never = state_after(options, tasks, 6);
      options.conflict_every = 1;
      DOCTEST_CHECK(same(never, state_after(options, tasks, 6)));
    }
  }

  DOCTEST_TEST_CASE("a task without an answer takes no part under any weighting") {
    const Tasks tasks{tiny_task(), tiny_question("size"), tiny_question("other")};
    for (const WeightingOptions& weighting : all_weightings) {
      DOCTEST_CAPTURE(kind_of(weighting));
      TrainOptions options = tiny_options(2);
      options.weighting = weighting;
      Model model = tiny_model(tasks);
      Learner learner(model, options, cpu);
      Step step = tiny_joint_step(0, tasks);
      for (Batch& batch : step)
        if (batch.targets[2].present.defined()) batch.targets[2].present = at::zeros({1}, at::kBool);
      const NamedTensors before = copies(learner.parameters());
      const StepReport report = learner.step(step, 0);
      DOCTEST_CHECK(std::isnan(report.losses[2].item<double>()));
      DOCTEST_CHECK(report.skipped.item<double>() == 0);
      for (const auto& [name, tensor] : learner.parameters())
        if (name.starts_with("heads.other.")) DOCTEST_CHECK(at::equal(tensor.detach(), before.at(name)));
      const StepReport nothing = learner.step({}, 1);
      DOCTEST_CHECK(nothing.losses.isnan().all().item<bool>());
      DOCTEST_CHECK(nothing.gradient_norm.item<double>() == 0);
    }
  }

  DOCTEST_TEST_CASE("log moves the weights along the gradient of the sum of log losses") {
    const Tasks tasks{tiny_task("lesion"), tiny_task("rest")};
    const Batch batch = opposed_batch();
    TrainOptions options = plain_descent();
    options.weighting = LogarithmOptions{};
    Model model = tiny_model(tasks), reference = tiny_model(tasks);
    Learner learner(model, options, cpu);
    learner.step(single_rows(batch), 0);

    const auto outputs = reference.forward(batch.image, View::patch, /*all_levels=*/true);
    Tensor total = at::zeros({});
    for (size_t t = 0; t < 2; ++t) {
      const Tensor rows = batch.targets[t].present.sum();
      total = total + (tasks[t]->loss(outputs[t], batch.targets[t]).sum() / rows + 1e-8).log();
    }
    total.backward();
    for (const auto& item : reference.named_parameters()) {
      const Tensor gradient = item.value().grad();
      const Tensor expected = item.value().detach() - (gradient.defined() ? 0.1 * gradient : at::zeros({}));
      DOCTEST_CHECK((expected - learner.parameters().at(item.key()).detach()).abs().max().item<double>() <
                    1e-5);
    }
  }

  DOCTEST_TEST_CASE("pcgrad projects the trunk alone, and leaves tasks that agree as fixed has them") {
    const Tasks tasks{tiny_task("lesion"), tiny_task("rest")};
    for (const bool opposed : {true, false}) {
      DOCTEST_CAPTURE(opposed);
      const Batch batch = opposed ? opposed_batch() : tiny_batch(0, 2, 2);
      TrainOptions options = plain_descent();
      Model plain = tiny_model(tasks), projecting = tiny_model(tasks);
      twin_heads(plain);
      twin_heads(projecting);
      options.conflict_every = 1;
      Learner fixed(plain, options, cpu);
      const double cosine = fixed.step({batch}, 0).cosines[0].item<double>();
      options.weighting = PcgradOptions{};
      Learner pcgrad(projecting, options, cpu);
      DOCTEST_CHECK(pcgrad.step(single_rows(batch), 0).cosines[0].item<double>() ==
                    doctest::Approx(cosine).epsilon(1e-3));
      double of_trunk = 0, of_heads = 0;
      for (const auto& [name, tensor] : fixed.parameters()) {
        const double apart = (tensor - pcgrad.parameters().at(name)).abs().max().item<double>();
        double& most = name.starts_with("heads.") ? of_heads : of_trunk;
        most = std::max(most, apart);
      }
      DOCTEST_CHECK(of_heads < 1e-6);
      DOCTEST_CHECK(opposed == (cosine < 0));
      DOCTEST_CHECK((of_trunk > 1e-5) == opposed);
      DOCTEST_CHECK(opposed == (cosine < 0));
    }
  }

  DOCTEST_TEST_CASE(
      "an interrupted joint run ends with the bytes of an undisturbed one under every weighting") {
    for (const WeightingOptions& weighting : all_weightings) {
      DOCTEST_CAPTURE(kind_of(weighting));
      TrainOptions options = tiny_options(12);
      options.weighting = weighting;
      options.conflict_every = 3;
      const Tasks tasks{tiny_task(), tiny_question("size", 0.3)};
      TinyRun undisturbed(options, tasks), stopped(options, tasks);
      DOCTEST_CHECK(train(undisturbed.parts, false) == Ended::finished);
      {
        Interrupts interrupts;
        stopped.parts.interrupts = &interrupts;
        stopped.parts.make_step = signalling(7, SIGTERM, undisturbed.parts.make_step);
        DOCTEST_CHECK(train(stopped.parts, false) == Ended::interrupted);
      }
      stopped.parts.make_step = undisturbed.parts.make_step;
      DOCTEST_CHECK(stopped.resumed() == Ended::finished);
      DOCTEST_CHECK(promised_bytes(stopped) == promised_bytes(undisturbed));
      const Table journal = read_table(undisturbed.folder / "journal.csv");
      DOCTEST_CHECK(std::isnan(journal.number(3, "size_loss")));
      DOCTEST_CHECK(std::isfinite(journal.number(4, "size_loss")));
      DOCTEST_CHECK(std::isfinite(journal.number(6, "cos_lesion_size")));
      DOCTEST_CHECK(std::isnan(journal.number(7, "cos_lesion_size")) == (kind_of(weighting) != "pcgrad"));
    }
  }

  DOCTEST_TEST_CASE("a head that gives up is named once in the log, and its task has a column of scores") {
    TrainOptions options = tiny_options(10);
    options.validate_every = 1;
    TinyRun run(options, {tiny_task(), tiny_question("grade", 0.3)});
    run.parts.validate = [](Model&) {
      std::vector<AnsweredCase> cases;
      for (int i = 0; i < 8; ++i)
        cases.push_back({"case", "person", i % 2 ? "II" : "I", ClassShares{{"I", "II"}, {0.7, 0.3}, 0}});
      return Validation{.values = {{"lesion", "dice", 0.5}, {"grade", "mae", 2}},
                        .answered = {{"grade", cases}},
                        .rows = {}};
    };
    DOCTEST_CHECK(train(run.parts, false) == Ended::finished);
    const std::string messages = run.messages();
    const size_t first = messages.find("task 'grade' seems to learn nothing");
    DOCTEST_REQUIRE(first != std::string::npos);
    DOCTEST_CHECK(messages.find("task 'grade' seems", first + 1) == std::string::npos);
    // It takes part from step 3 on: the third validation after that.
    DOCTEST_CHECK(messages.find("validation after step 6") < first);
    DOCTEST_CHECK(messages.find("validation after step 7") > first);
    DOCTEST_CHECK(read_table(run.folder / "journal.csv").number(9, "grade_mae") == 2);
  }
}
