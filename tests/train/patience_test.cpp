// SPDX-License-Identifier: Apache-2.0
// Runs that end before their last step, since the inner score no longer rises.
#include <limits>

#include "tables/table.hpp"
#include "tests/train/tiny_training.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A run of 60 steps, scored every tenth, that stops after two scores without gain.
TrainOptions patient() {
  TrainOptions options = tiny_options(60);
  options.validate_every = 10;
  options.select = "inner";
  options.patience = 2;
  return options;
}

/// Scores one after the other, as they were written down.
std::function<double(Model&)> scripted(std::vector<double> scores) {
  return [scores = std::move(scores), call = size_t{0}](Model&) mutable { return scores.at(call++); };
}

double alike(Model&) {
  return 0.5;
}

int64_t last_step(const TinyRun& run) {
  const Table journal = read_table(run.folder / "journal.csv");
  return std::llround(journal.number(journal.rows() - 1, "step"));
}

DOCTEST_TEST_SUITE("train/patience") {
  DOCTEST_TEST_CASE("a run ends after so many scores in a row that are no higher than the best before") {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    const struct {
      std::vector<double> scores;
      int64_t ends;
    } rows[] = {
        {{0.5, 0.5, 0.5}, 30},
        {{0.5, 0.4, 0.6, 0.6, unknown}, 50},
        {{0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, 60},
        {{unknown, unknown, unknown, unknown, unknown, unknown}, 60},
        {{unknown, unknown, unknown, 0.1, 0, 0}, 60},
    };
    for (const auto& row : rows) {
      DOCTEST_CAPTURE(row.scores);
      TinyRun run(patient());
      run.parts.choose = scripted(row.scores);
      DOCTEST_CHECK(train(run.parts, false) == Ended::finished);
      DOCTEST_CHECK(last_step(run) == row.ends);
      const bool told =
          run.messages().find(cat("stopped after step ", row.ends, " of 60")) != std::string::npos;
      DOCTEST_CHECK(told == (row.ends < 60));
    }
    TinyRun forbearing(patient());
    forbearing.options.patience = 0;
    forbearing.parts.choose = alike;
    DOCTEST_CHECK(train(forbearing.parts, false) == Ended::finished);
    DOCTEST_CHECK(last_step(forbearing) == 60);
  }

  DOCTEST_TEST_CASE(
      "a run that has stopped early is over when it is resumed, and keeps the weights it chose") {
    TinyRun run(patient());
    run.parts.choose = scripted({0.6, 0.5, 0.5});
    DOCTEST_CHECK(train(run.parts, false) == Ended::finished);
    DOCTEST_CHECK(run.messages().find("the weights after step 10 of 60 are kept") != std::string::npos);
    const auto before = promised_bytes(run);
    run.parts.choose = scripted({});
    DOCTEST_CHECK(run.resumed() == Ended::finished);
    DOCTEST_CHECK(run.messages().find("resumed at step 30 of 60") != std::string::npos);
    DOCTEST_CHECK(promised_bytes(run) == before);
  }

  DOCTEST_TEST_CASE("wherever a run is interrupted, it stops at the same step with the same bytes") {
    TinyRun whole(patient());
    whole.parts.choose = alike;
    DOCTEST_CHECK(train(whole.parts, false) == Ended::finished);
    for (const int64_t step : {4, 14, 29}) {
      DOCTEST_CAPTURE(step);
      TinyRun stopped(patient());
      stopped.parts.choose = alike;
      {
        Interrupts interrupts;
        stopped.parts.interrupts = &interrupts;
        stopped.parts.make_step = signalling(step, SIGTERM, whole.parts.make_step);
        // The last step is done, and with it the run, before anybody asks.
        DOCTEST_CHECK((train(stopped.parts, false) == Ended::finished) == (step == 29));
      }
      stopped.parts.make_step = whole.parts.make_step;
      DOCTEST_CHECK(stopped.resumed() == Ended::finished);
      DOCTEST_CHECK(promised_bytes(stopped) == promised_bytes(whole));
    }
  }

  DOCTEST_TEST_CASE("a validation that is left after its inner score counts once when it is taken up") {
    const auto shown = [](Model&) { return Validation{}; };
    TinyRun whole(patient());
    whole.parts.choose = alike;
    whole.parts.validate = shown;
    DOCTEST_CHECK(train(whole.parts, false) == Ended::finished);
    for (const int64_t left : {1, 2, 3}) {
      DOCTEST_CAPTURE(left);
      TinyRun stopped(patient());
      stopped.parts.choose = alike;
      int64_t validations = 0;
      stopped.parts.validate = [&](Model& model) {
        if (++validations == left) {
          raise(SIGINT);
          stop_if_asked();
        }
        return shown(model);
      };
      {
        Interrupts interrupts;
        stopped.parts.interrupts = &interrupts;
        DOCTEST_CHECK(train(stopped.parts, false) == Ended::interrupted);
      }
      DOCTEST_CHECK(stopped.resumed() == Ended::finished);
      DOCTEST_CHECK(last_step(stopped) == 30);
      DOCTEST_CHECK(promised_bytes(stopped) == promised_bytes(whole));
    }
  }
}

}  // namespace
}  // namespace tazuna
