// SPDX-License-Identifier: Apache-2.0
#include "experiment/check.hpp"

#include "tasks/model.hpp"
#include "tests/experiment/small_bids.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using Dataset = testing::SmallBids;

/// What `check` prints, and what it tells on the way.
struct Checked {
  std::string out, messages;
};

Checked check(const Dataset& dataset, const std::vector<std::string>& settings = {}) {
  const ScratchFolder folder;
  Checked checked;
  {
    Log log(Verbosity::quiet);
    log.attach(folder.path() / "log.txt");
    checked.out = check_experiment(dataset.config(settings), at::kCPU, log);
  }
  checked.messages = read_text(folder.path() / "log.txt");
  return checked;
}

/// A finished model of the experiment, as a training would leave it.
std::filesystem::path model_of(const Dataset& dataset) {
  const Experiment experiment = dataset.resolved();
  const auto tasks = experiment.make_tasks();
  fit_tasks(tasks, experiment.subjects);
  const ModelRecipe recipe = experiment.recipe();
  Model model(recipe.network, network_input(recipe), tasks, /*seed=*/3);
  save_model(dataset / "run", recipe, tasks, weights_of(model));
  return dataset / "run";
}

DOCTEST_TEST_SUITE("experiment/check") {
  DOCTEST_TEST_CASE("weights to begin with are counted, those of another network refused") {
    const Dataset dataset;
    const std::string from = "train.from=" + model_of(dataset).string();
    const std::string out = check(dataset, {from}).out;
    DOCTEST_CHECK_MESSAGE(says(out, "  train.from   "), out);
    DOCTEST_CHECK(says(out, " weights taken"));
    DOCTEST_CHECK(says(out, "no problem found"));
    DOCTEST_CHECK_FALSE(says(check(dataset).out, "train.from"));
    DOCTEST_CHECK(says(refusal_of([&] {
                         check(dataset, {from, "network.widths=[6, 12]"});
                       }),
                       "weights outside the heads match"));
    DOCTEST_CHECK(says(refusal_of([&] {
                         check(dataset, {from, "train.from_sha256=00"});
                       }),
                       "from_sha256 is 00"));
  }

  DOCTEST_TEST_CASE("weights that are not there and a wrong label map come in one error") {
    const Dataset dataset;
    dataset.map(3, 9);
    const std::string sentence = refusal_of([&] { check(dataset, {"train.from=/nowhere/run"}); });
    DOCTEST_CHECK_MESSAGE(says(sentence, "/nowhere/run: there is no such run or weights file"), sentence);
    DOCTEST_CHECK_MESSAGE(says(sentence, "the label 9"), sentence);
  }

  DOCTEST_TEST_CASE("a structure that no case shows in its task's own map is a warning") {
    const Dataset dataset;
    DOCTEST_CHECK_FALSE(says(check(dataset).messages, "no case shows"));
    dataset.lesions();
    dataset.write("derivatives/seg/dseg.tsv", "index\tname\n1\tLeft-Thing\n2\tRight-Thing\n7\tNowhere\n");
    const std::string messages =
        check(dataset, {"tasks=[{name: thing, kind: segmentation, target: {map: dseg}}, {name: lesion, kind: "
                        "segmentation, target: {map: label-lesion_mask, labels: {core: 5, rim: 2}}}]"})
            .messages;
    DOCTEST_CHECK_MESSAGE(says(messages, "no case shows thing: 'Nowhere' (label 7) in its map 'dseg'"),
                          messages);
    DOCTEST_CHECK(says(messages, "no case shows lesion: 'rim' (label 2) in its map 'label-lesion_mask'"));
    DOCTEST_CHECK_FALSE(says(messages, "'core'"));
    DOCTEST_CHECK_FALSE(says(messages, "Right-Thing"));
  }
}

}  // namespace
}  // namespace tazuna
