// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_curves.hpp"

#include <fstream>

#include "core/text.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::vector<CurvePanel> panels_of(const std::vector<std::string>& journals) {
  const ScratchFolder folder;
  Log log(Verbosity::quiet);
  CurveCollector curves("journal.csv");
  for (size_t i = 0; i < journals.size(); ++i) {
    const auto file = folder.path() / cat(i, ".csv");
    std::ofstream(file) << journals[i];
    curves.add(file, cat("run ", i), i, log);
  }
  curves.add(folder.path() / "absent.csv", "absent", std::nullopt, log);
  return curves.panels();
}

constexpr const char* journal =
    "step,learning_rate,a_loss,a_b_loss,cos_a_a_b,grad_norm,skipped_steps,a_dice,a_b_auc\n"
    "1,0.1,3,5,n/a,1,0,n/a,n/a\n"
    "2,0.1,2,4,0.5,1,0,0.7,0.6\n";

DOCTEST_TEST_SUITE("experiment/report_curves") {
  DOCTEST_TEST_CASE(
      "losses come first, then what was measured on held-out people, gradients, the learning rate") {
    std::vector<std::string> titles;
    for (const CurvePanel& panel : panels_of({journal})) titles.push_back(panel.title);
    DOCTEST_CHECK(titles == std::vector<std::string>{"Training loss of a", "Training loss of a_b",
                                                     "Held-out Dice of a", "Held-out AUC of a_b",
                                                     "Agreement of the gradients of a and a_b",
                                                     "Learning rate"});
  }

  DOCTEST_TEST_CASE(
      "held-out curves say so, rows without a value are left out of them, and each names its column") {
    for (const CurvePanel& panel : panels_of({journal})) {
      DOCTEST_CHECK(panel.held_out == panel.title.starts_with("Held-out"));
      const bool rare = panel.held_out || panel.y_name == "cosine";
      DOCTEST_CHECK(panel.curves.front().x.size() == (rare ? 1U : 2U));
      DOCTEST_CHECK(panel.trace.starts_with("Source: journal.csv ("));
    }
  }

  DOCTEST_TEST_CASE("the score of people who choose the weights is not called held out") {
    const auto panels =
        panels_of({"step,a_loss,grad_norm,skipped_steps,a_dice,inner_score\n"
                   "1,3,1,0,n/a,n/a\n2,2,1,0,0.7,0.6\n"});
    DOCTEST_REQUIRE(panels.size() == 3);
    DOCTEST_CHECK(panels[2].title == "Score of those who choose the weights");
    DOCTEST_CHECK_FALSE(panels[2].held_out);
    DOCTEST_CHECK(panels[2].curves.front().x == std::vector<double>{2});
  }

  DOCTEST_TEST_CASE("journals of several runs share the plots of the tasks that they share") {
    const std::string single = "step,learning_rate,a_loss,grad_norm,skipped_steps,a_dice\n1,0.1,3,1,0,0.5\n";
    for (const CurvePanel& panel : panels_of({journal, single})) {
      const bool shared = panel.title.ends_with(" a") || panel.title == "Learning rate";
      DOCTEST_CHECK(panel.curves.size() == (shared ? 2U : 1U));
      DOCTEST_CHECK(panel.curves.back().colour == (shared ? 1U : 0U));
    }
  }

  DOCTEST_TEST_CASE("of a long run the last value and some hundred others are kept") {
    std::string text = "step,a_loss,skipped_steps\n";
    for (int step = 1; step <= 5001; ++step) text += cat(step, ",", step, ",0\n");
    const Curve curve = panels_of({text}).front().curves.front();
    DOCTEST_CHECK(curve.x.size() <= 302);
    DOCTEST_CHECK(curve.x.size() > 200);
    DOCTEST_CHECK(curve.x.back() == 5001);
    DOCTEST_CHECK(curve.x == curve.y);
  }

  DOCTEST_TEST_CASE("a damaged journal costs its own curves alone") {
    DOCTEST_CHECK(panels_of({"step,a_loss,skipped_steps\n1,2\n", journal}).size() == 6);
    DOCTEST_CHECK(panels_of({}).empty());
  }
}

}  // namespace
}  // namespace tazuna
