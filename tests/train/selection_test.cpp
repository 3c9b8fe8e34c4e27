// SPDX-License-Identifier: Apache-2.0
#include "train/selection.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "tables/table.hpp"
#include "tests/train/tiny_training.hpp"
#include "train/state.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

double first_weight(Model& model) {
  return model.named_parameters().begin()->value().flatten()[0].item<double>();
}

/// Runs of 60 steps, scored every tenth.
TrainOptions options_of_sixty() {
  TrainOptions options = tiny_options(60);
  options.validate_every = 10;
  return options;
}

double scripted(size_t call) {
  const std::vector<double> scores{0.3, 0.8, 0.2, std::numeric_limits<double>::quiet_NaN(), 0.1};
  return scores.at(call);
}

}  // namespace

DOCTEST_TEST_SUITE("train/selection") {
  DOCTEST_TEST_CASE("the best weights are kept, of equals the later, and what is undefined is never best") {
    const Tensor live = at::zeros({2});
    Selection selection({{"w", live}});
    DOCTEST_CHECK(selection.step() == 0);
    DOCTEST_CHECK_FALSE(selection.look(std::numeric_limits<double>::quiet_NaN(), 1));
    int64_t step = 1;
    for (const auto& [score, kept] : {std::pair{-3.0, true}, {0.5, true}, {0.4, false}, {0.5, true}}) {
      live.fill_(++step);
      DOCTEST_CHECK(selection.look(score, step) == kept);
    }
    DOCTEST_CHECK(selection.step() == 5);
    DOCTEST_CHECK(selection.gained() == 3);
    DOCTEST_CHECK(selection.score() == 0.5);
    live.fill_(77);
    DOCTEST_CHECK(selection.best().at("w")[0].item<double>() == 5);
    Selection again({{"w", at::ones({2})}});
    restore(again.state(), selection.state());
    DOCTEST_CHECK(again.step() == 5);
    DOCTEST_CHECK(again.gained() == 3);
    DOCTEST_CHECK(at::equal(again.best().at("w"), selection.best().at("w")));
  }

  DOCTEST_TEST_CASE(
      "a run ends with the weights that its inner part scored best, once every task took part") {
    TinyRun run(options_of_sixty(), {tiny_task(), tiny_question("size", 0.2)});
    std::vector<double> seen;
    run.parts.choose = [&seen](Model& model) {
      DOCTEST_CHECK_FALSE(model.is_training());
      seen.push_back(first_weight(model));
      return scripted(seen.size() - 1);
    };
    DOCTEST_CHECK(train(run.parts, false) == Ended::finished);
    const Table journal = read_table(run.folder / "journal.csv");
    std::vector<std::string> column;
    for (size_t row = 9; row < journal.rows(); row += 10) column.push_back(journal.text(row, "inner_score"));
    DOCTEST_CHECK(column == std::vector<std::string>{"n/a", "0.3", "0.8", "0.2", "n/a", "0.1"});
    DOCTEST_REQUIRE(seen.size() == 5);
    DOCTEST_CHECK(first_weight(run.model) == seen[1]);
    DOCTEST_CHECK(first_weight(run.model) != seen[4]);
    DOCTEST_CHECK(run.messages().find("the weights after step 30 of 60 are kept") != std::string::npos);
    const std::string weights = weights_digest(run.model);
    run.parts.choose = [](Model&) { return 1.0; };
    DOCTEST_CHECK(run.resumed() == Ended::finished);
    DOCTEST_CHECK(weights_digest(run.model) == weights);
  }

  DOCTEST_TEST_CASE("a run that chooses is resumed to the byte, and without a score the last weights stay") {
    const auto score = [](Model& model) { return -std::abs(first_weight(model)); };
    TinyRun whole(options_of_sixty());
    whole.parts.choose = score;
    DOCTEST_CHECK(train(whole.parts, false) == Ended::finished);
    TinyRun stopped(options_of_sixty());
    stopped.parts.choose = score;
    {
      Interrupts interrupts;
      stopped.parts.interrupts = &interrupts;
      stopped.parts.make_step = signalling(44, SIGTERM, whole.parts.make_step);
      DOCTEST_CHECK(train(stopped.parts, false) == Ended::interrupted);
    }
    stopped.parts.make_step = whole.parts.make_step;
    DOCTEST_CHECK(stopped.resumed() == Ended::finished);
    DOCTEST_CHECK(promised_bytes(stopped) == promised_bytes(whole));

    TinyRun last(options_of_sixty());
    DOCTEST_CHECK(train(last.parts, false) == Ended::finished);
    TinyRun unknown(options_of_sixty());
    unknown.parts.choose = [](Model&) { return std::numeric_limits<double>::quiet_NaN(); };
    DOCTEST_CHECK(train(unknown.parts, false) == Ended::finished);
    DOCTEST_CHECK(weights_digest(unknown.model) == weights_digest(last.model));
    DOCTEST_CHECK(unknown.messages().find("weights of the last step are kept") != std::string::npos);
  }
}
