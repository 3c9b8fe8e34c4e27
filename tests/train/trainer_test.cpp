// SPDX-License-Identifier: Apache-2.0
#include "train/trainer.hpp"

#include <ATen/Context.h>

#include <cmath>
#include <csignal>
#include <limits>

#include "core/error.hpp"
#include "tables/table.hpp"
#include "tests/train/tiny_training.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

double sum_of_weights(Model& model) {
  double sum = 0;
  for (const auto& parameter : model.parameters()) sum += parameter.abs().sum().item<double>();
  return sum;
}

TrainOptions long_options() {
  TrainOptions options = tiny_options(404);  // a row of the journal every second step
  options.validate_every = 150;
  return options;
}

Validation weights_as_score(Model& model) {
  return {.values = {{"lesion", "dice", sum_of_weights(model)}}, .rows = {}};
}

}  // namespace

DOCTEST_TEST_SUITE("train/trainer") {
  DOCTEST_TEST_CASE("an interrupted and a crashed run end with the bytes of an undisturbed one") {
    TinyRun undisturbed(long_options());
    undisturbed.parts.validate = weights_as_score;
    DOCTEST_CHECK(train(undisturbed.parts, false) == Ended::finished);

    TinyRun stopped(long_options());
    stopped.parts.validate = weights_as_score;
    {
      Interrupts interrupts;
      stopped.parts.interrupts = &interrupts;
      stopped.parts.make_step = signalling(200, SIGTERM, undisturbed.parts.make_step);
      DOCTEST_CHECK(train(stopped.parts, false) == Ended::interrupted);
    }
    stopped.parts.make_step = undisturbed.parts.make_step;
    DOCTEST_CHECK(stopped.resumed() == Ended::finished);
    DOCTEST_CHECK(promised_bytes(stopped) == promised_bytes(undisturbed));

    TinyRun crashed(long_options());
    crashed.parts.validate = weights_as_score;
    {
      Interrupts interrupts;
      crashed.parts.interrupts = &interrupts;
      crashed.parts.make_step = [checkpointed = signalling(100, SIGUSR1, undisturbed.parts.make_step)](
                                    int64_t k, bool subjects) {
        if (k == 333) throw Error("the power went off");
        return checkpointed(k, subjects);
      };
      DOCTEST_CHECK_THROWS_WITH_AS(train(crashed.parts, false), doctest::Contains("power"), Error);
    }
    crashed.parts.make_step = undisturbed.parts.make_step;
    crashed.options.workers = 2;
    DOCTEST_CHECK(crashed.resumed() == Ended::finished);
    DOCTEST_CHECK(crashed.messages().find("resumed at step 101 of 404") != std::string::npos);
    DOCTEST_CHECK(promised_bytes(crashed) == promised_bytes(undisturbed));
    const char* events = "events.out.tfevents.tazuna";
    DOCTEST_CHECK(std::filesystem::file_size(crashed.folder / events) ==
                  std::filesystem::file_size(undisturbed.folder / events));
    DOCTEST_CHECK(read_table(crashed.folder / "timing.csv").rows() ==
                  read_table(undisturbed.folder / "timing.csv").rows());
  }

  DOCTEST_TEST_CASE(
      "validation and the finished model see the moving averages, resuming a finished run too") {
    TinyRun run(tiny_options(20));
    run.options.validate_every = 20;
    double seen = 0;
    run.parts.validate = [&seen](Model& model) {
      DOCTEST_CHECK_FALSE(model.is_training());
      seen = sum_of_weights(model);
      return Validation{};
    };
    train(run.parts, false);
    DOCTEST_CHECK(seen == sum_of_weights(run.model));
    const NamedTensors state = read_safetensors(run.folder / "state" / "step-000000020.safetensors");
    for (const auto& item : run.model.named_parameters()) {
      DOCTEST_CHECK(at::equal(item.value().detach(), state.at("ema." + item.key())));
      DOCTEST_CHECK_FALSE(at::equal(item.value().detach(), state.at("weights." + item.key())));
    }
    const std::string digest = weights_digest(run.model);
    DOCTEST_CHECK(run.resumed() == Ended::finished);
    DOCTEST_CHECK(weights_digest(run.model) == digest);
  }

  DOCTEST_TEST_CASE("a stop in a validation is taken up by that validation, and ends in the same bytes") {
    TinyRun undisturbed(long_options());
    undisturbed.parts.validate = weights_as_score;
    DOCTEST_CHECK(train(undisturbed.parts, false) == Ended::finished);
    for (const int64_t step : {150, 404}) {
      DOCTEST_CAPTURE(step);
      TinyRun stopped(long_options());
      int64_t validations = 0;
      stopped.parts.validate = [&](Model& model) {
        if (++validations == (step == 150 ? 1 : 3)) {
          std::raise(SIGINT);
          stop_if_asked();
        }
        return weights_as_score(model);
      };
      {
        Interrupts interrupts;
        stopped.parts.interrupts = &interrupts;
        DOCTEST_CHECK(train(stopped.parts, false) == Ended::interrupted);
      }
      DOCTEST_CHECK(stopped.messages().find(cat("interrupted after step ", step)) != std::string::npos);
      DOCTEST_CHECK(stopped.resumed() == Ended::finished);
      DOCTEST_CHECK(promised_bytes(stopped) == promised_bytes(undisturbed));
    }
  }

  DOCTEST_TEST_CASE("one broken step is skipped and counted, twenty in a row end the run by name") {
    const auto broken = [](int64_t k) {
      Batch batch = tiny_batch(k);
      batch.image[0][0][0][0][0] = std::numeric_limits<float>::infinity();
      return Step{batch};
    };
    TinyRun once(tiny_options(30));
    once.parts.make_step = [&broken](int64_t k, bool) { return k == 4 ? broken(k) : Step{tiny_batch(k)}; };
    DOCTEST_CHECK(train(once.parts, false) == Ended::finished);
    const Table journal = read_table(once.folder / "journal.csv");
    DOCTEST_CHECK(journal.number(4, "skipped_steps") == 1);
    DOCTEST_CHECK(once.messages().find("step 5: 1 updates") != std::string::npos);
    DOCTEST_CHECK(std::isnan(journal.number(4, "lesion_loss")));
    DOCTEST_CHECK(std::isfinite(journal.number(5, "lesion_loss")));
    DOCTEST_CHECK(std::isfinite(sum_of_weights(once.model)));

    TinyRun always(tiny_options(60));
    always.parts.make_step = [&broken](int64_t k, bool) { return k >= 8 ? broken(k) : Step{tiny_batch(k)}; };
    DOCTEST_CHECK_THROWS_WITH_AS(train(always.parts, false),
                                 doctest::Contains("step 28 (cases sub-27-0, sub-27-1)"), Error);
  }

  DOCTEST_TEST_CASE("a budget becomes steps once, and the resolved options alone give the same bytes") {
    TinyRun timed(tiny_options(1));
    timed.options.steps.reset();
    timed.options.validate_every.reset();
    timed.options.budget = 0.3;
    TrainOptions resolved;
    timed.parts.budget_resolved = [&resolved](const TrainOptions& options) {
      resolved = options;
      return std::string("of the resolved configuration");
    };
    const std::string before = weights_digest(timed.model);
    DOCTEST_CHECK(train(timed.parts, false) == Ended::finished);
    DOCTEST_CHECK(resolved.budget == 0);
    DOCTEST_CHECK(resolved.steps.get() >= 1);
    DOCTEST_CHECK(resolved.validate_every.get() == (resolved.steps.get() + 9) / 10);
    DOCTEST_CHECK(weights_digest(timed.model) != before);

    TinyRun again(resolved);
    again.parts.fingerprint_of_config = "of the resolved configuration";
    train(again.parts, false);
    DOCTEST_CHECK(promised_bytes(again) == promised_bytes(timed));
  }

  DOCTEST_TEST_CASE("resuming with another configuration is refused, without any checkpoint it begins anew") {
    TinyRun run(tiny_options(5));
    DOCTEST_CHECK(run.resumed() == Ended::finished);
    DOCTEST_CHECK(run.messages().find("no checkpoint yet") != std::string::npos);
    run.parts.fingerprint_of_config = "of another";
    DOCTEST_CHECK_THROWS_WITH_AS(run.resumed(), doctest::Contains("another configuration"), Error);
  }

  DOCTEST_TEST_CASE(
      "cuDNN searches for algorithms where batches have one shape and bytes may differ, only then") {
    const struct {
      bool deterministic, one_shape, searches;
    } rows[] = {{false, true, true}, {false, false, false}, {true, true, false}};
    for (const auto& row : rows) {
      TinyRun run(tiny_options(1));
      run.options.deterministic = row.deterministic;
      run.parts.one_shape = row.one_shape;
      bool searches = !row.searches;
      run.parts.make_step = [&searches](int64_t k, bool) {
        searches = at::globalContext().benchmarkCuDNN();
        return Step{tiny_batch(k)};
      };
      train(run.parts, false);
      DOCTEST_CHECK(searches == row.searches);
      DOCTEST_CHECK_FALSE(at::globalContext().benchmarkCuDNN());
    }
  }

  DOCTEST_TEST_CASE("without ema the model ends with the weights of the last step") {
    TinyRun run(tiny_options(5));
    run.options.ema = false;
    train(run.parts, false);
    const NamedTensors state = read_safetensors(run.folder / "state" / "step-000000005.safetensors");
    for (const auto& item : run.model.named_parameters()) {
      DOCTEST_CHECK(at::equal(item.value().detach(), state.at("weights." + item.key())));
    }
    DOCTEST_CHECK_FALSE(state.contains("ema.encoder.stages.0.0.convs.0.conv.weight"));
  }
}
