// SPDX-License-Identifier: Apache-2.0
#include "train/options.hpp"

#include "config/writer.hpp"
#include "config/yaml.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

std::vector<std::string> complaints(const TrainOptions& options) {
  Problems problems;
  validate(options, problems);
  std::vector<std::string> where;
  for (const Problem& problem : problems.list()) where.push_back(problem.where);
  return where;
}

}  // namespace

DOCTEST_TEST_SUITE("train/options") {
  DOCTEST_TEST_CASE("defaults are fine, contradictions are named by key") {
    using Keys = std::vector<std::string>;
    DOCTEST_CHECK(complaints({}) == Keys{});
    DOCTEST_CHECK(complaints({.steps = 10, .budget = 60}) == Keys{"budget"});
    DOCTEST_CHECK(complaints({.patch = std::vector<int64_t>{8, 8}}) == Keys{"patch"});
    DOCTEST_CHECK(complaints({.from_sha256 = "00"}) == Keys{"from_sha256"});
    DOCTEST_CHECK(complaints({.validate_every = 0, .select = "inner"}) == Keys{"validate_every"});
    DOCTEST_CHECK(complaints({.validate_every = 5, .select = "inner"}) == Keys{});
    DOCTEST_CHECK(complaints({.select = "inner", .patience = 3}) == Keys{});
    DOCTEST_CHECK(complaints({.patience = 3}) == Keys{"patience"});
    DOCTEST_CHECK(complaints({.freeze_steps = 5}) == Keys{"freeze_steps"});
    DOCTEST_CHECK(complaints({.freeze = {"encoder"}, .freeze_steps = 5}) == Keys{});
    DOCTEST_CHECK(complaints({.optimiser = SgdOptions{.momentum = 0}}) == Keys{"optimiser.nesterov"});
    DOCTEST_CHECK(complaints({.optimiser = SgdOptions{.momentum = 1}}) == Keys{"optimiser.momentum"});
    DOCTEST_CHECK(complaints({.optimiser = AdamWOptions{.beta1 = 1, .beta2 = 1}}) ==
                  Keys{"optimiser.beta1", "optimiser.beta2"});
  }

  DOCTEST_TEST_CASE("what auto becomes does not touch what was given") {
    TrainOptions options;
    fill_autos(options);
    DOCTEST_CHECK(options.steps.get() == 50000);
    DOCTEST_CHECK(options.validate_every.get() == 5000);
    DOCTEST_CHECK((options.precision.get() == "bf16" || options.precision.get() == "fp32"));
    DOCTEST_CHECK(options.workers.get() >= 1);
    DOCTEST_CHECK(options.subjects.is_auto());
    TrainOptions given{.steps = 7, .precision = std::string("fp32"), .validate_every = 3, .workers = 0};
    fill_autos(given);
    DOCTEST_CHECK(given.steps.get() == 7);
    DOCTEST_CHECK(given.validate_every.get() == 3);
    DOCTEST_CHECK(given.precision.get() == "fp32");
    DOCTEST_CHECK(given.workers.get() == 0);
    // A tenth, rounded up: the last validation does not follow the tenth by a step.
    for (const auto& [steps, every] : {std::pair{1, 1}, {10, 1}, {11, 2}, {101, 11}, {1000, 100}}) {
      TrainOptions counted{.steps = steps};
      fill_autos(counted);
      DOCTEST_CHECK(counted.validate_every.get() == every);
    }
    TrainOptions budgeted{.budget = 60};
    fill_autos(budgeted);
    DOCTEST_CHECK(budgeted.steps.is_auto());
    DOCTEST_CHECK(budgeted.validate_every.is_auto());
  }

  DOCTEST_TEST_CASE("resolved options come back from their text") {
    TrainOptions options{.optimiser = AdamWOptions{.learning_rate = 3e-4}, .schedule = CosineOptions{}};
    options.batch = 2;
    fill_autos(options);
    DOCTEST_CHECK(options.subjects.get() == 2);
    options.patch = std::vector<int64_t>{8, 8, 8};
    const std::string text = to_yaml(options);
    DOCTEST_CHECK(text.find("auto") == std::string::npos);
    TrainOptions back;
    Document document = Document::parse(text, "train");
    document.read([&back](Fields& fields) { describe(fields, back); });
    document.finish();
    DOCTEST_CHECK(to_yaml(back) == text);
  }

  DOCTEST_TEST_CASE("every weighting comes back from its text") {
    const std::vector<WeightingOptions> all{FixedOptions{}, UncertaintyOptions{.learning_rate = 0.5},
                                            LogarithmOptions{}, FamoOptions{.rate = 0.5, .decay = 0.25},
                                            PcgradOptions{}};
    for (const WeightingOptions& weighting : all) {
      const std::string text = to_yaml(TrainOptions{.weighting = weighting});
      DOCTEST_CAPTURE(text);
      TrainOptions back;
      Document document = Document::parse(text, "train");
      document.read([&back](Fields& fields) { describe(fields, back); });
      document.finish();
      DOCTEST_CHECK(kind_of(back.weighting) == kind_of(weighting));
      DOCTEST_CHECK(to_yaml(back) == text);
    }
  }

  DOCTEST_TEST_CASE("the last third of a batch is centred on foreground, as nnU-Net counts it") {
    struct Row {
      int64_t batch;
      int64_t forced;
    };
    // batch - round(batch * (1 - 0.33))
    for (const Row& row : {Row{1, 0}, Row{2, 1}, Row{3, 1}, Row{7, 2}, Row{9, 3}, Row{58, 19}}) {
      int64_t forced = 0;
      for (int64_t i = 0; i < row.batch; ++i) forced += forced_foreground(i, row.batch, 0.33);
      DOCTEST_CHECK(forced == row.forced);
      if (row.forced > 0) DOCTEST_CHECK(forced_foreground(row.batch - 1, row.batch, 0.33));
    }
  }
}
