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
  DOCTEST_TEST_CASE("on the CPU, augmentation on the GPU is refused with everything else that is wrong") {
    const std::string refusal = refusal_of([] {
      check(Dataset(), {"augment.device=gpu", "train.from=/no/such/run"});
    });
    DOCTEST_CHECK_MESSAGE(says(refusal, "augment.device is gpu"), refusal);
    DOCTEST_CHECK_MESSAGE(says(refusal, "/no/such/run"), refusal);
  }

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

  DOCTEST_TEST_CASE("wrong voxels, words that are no numbers and classes of one person come in one error") {
    const Dataset dataset(8);
    const std::vector<std::string> settings{
        "tasks=[{name: thing, kind: segmentation, target: {map: dseg}}, {name: grade, kind: classification, "
        "target: {column: grade}, covariates: [age]}]",
        "data.split.stratify=[grade]"};
    const auto participants = [&](const std::string& grade, const std::string& age) {
      std::string table = "participant_id\tgrade\tage\n";
      for (int i = 0; i < 8; ++i) {
        const std::string usual = i % 2 == 0 ? "II" : "III";
        table += cat("sub-", i, "\t", i == 5 ? grade : usual, "\t", i == 2 ? age : "60", "\n");
      }
      dataset.write("participants.tsv", table);
    };
    participants("IV", "old");
    dataset.map(3, 9);
    std::filesystem::remove(dataset.file(7, "FLAIR"));
    const std::string sentence = refusal_of([&] { check(dataset, settings); });
    for (const std::string part :
         {"the label 9", "sub-7: it has no FLAIR in ", "age of sub-2 is 'old', not a number",
          "one person of the training part has the class 'IV' (column 'grade')"}) {
      DOCTEST_CHECK_MESSAGE(says(sentence, part), part << " not in: " << sentence);
      DOCTEST_CHECK_MESSAGE(sentence.find(part) == sentence.rfind(part), part << " twice in: " << sentence);
    }
    participants("III", "61");
    dataset.map(3, 2);
    dataset.image(7, "FLAIR", 107);
    DOCTEST_CHECK(says(check(dataset, settings).out, "no problem found"));
  }

  DOCTEST_TEST_CASE("values of people whose images are missing count, so that only what is wrong is told") {
    const Dataset dataset(4);  // of each grade two people
    std::filesystem::remove(dataset.file(0, "T1w"));
    const std::string sentence = refusal_of([&] {
      check(dataset, {"tasks=[{name: grade, kind: classification, target: {column: grade}}]",
                      "data.split={kind: none}"});
    });
    DOCTEST_CHECK_MESSAGE(sentence.starts_with("sub-0: it has no T1w in "), sentence);
    DOCTEST_CHECK_FALSE(says(sentence, "\n"));
  }

  DOCTEST_TEST_CASE("of a table whose files are missing everything else is told as well") {
    const Dataset dataset;
    std::string table = "id\tscan\tsite\tgrade\tage\n";
    for (int i = 0; i < 6; ++i)
      table += cat("p", i, "\tnowhere/", i, ".nii.gz\tA\t", i == 0 ? "IV" : "II", "\t", i == 1 ? "old" : "9",
                   "\n");
    dataset.write("cases.tsv", table);
    const std::vector<std::string> settings{
        cat("data.cohort={kind: table, file: \"", (dataset / "cases.tsv").string(), "\"}"),
        "input.sequences=[scan]",
        "tasks=[{name: grade, kind: classification, target: {column: grade}}, {name: age, kind: regression, "
        "target: "
        "{column: age}}, {name: sex, kind: classification, target: {column: sex}}]"};
    const auto expect_parts = [&](const std::string& split, const std::vector<std::string>& parts) {
      std::vector<std::string> all = settings;
      all.push_back(split);
      const std::string sentence = refusal_of([&] { check(dataset, all); });
      for (const std::string& part : parts)
        DOCTEST_CHECK_MESSAGE(says(sentence, part), part << " not in: " << sentence);
    };
    const std::vector<std::string> always{"p0: scan: there is no file ", "p5: scan: there is no file ",
                                          "tasks.2: the cohort has no column 'sex'"};
    expect_parts("data.split.stratify=[sit]", always);
    expect_parts("data.split.stratify=[sit]", {"data.split.stratify: ", "did you mean 'site'?"});
    for (const std::string column : {"sit", "site"}) {
      expect_parts(cat("data.split.stratify=[", column, "]"), always);
      expect_parts(cat("data.split.stratify=[", column, "]"),
                   {"the class 'IV' (column 'grade')", "age of p1 is 'old'"});
    }
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
