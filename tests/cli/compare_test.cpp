// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <set>

#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

constexpr int cases = 12;

/// Balls with a group and an age, two people with two cases each, and the experiment that asks for all
/// three.
class Asked : public ScratchFolder {
 public:
  Asked() {
    write_blobs(path() / "blobs", cases);
    std::string rows = "id\tT1w\tlabel\tgroup\tage\tsite\tweight\tperson\n";
    for (int i = 0; i < cases; ++i) {
      const std::string name = blob_name(i);
      rows += name + "\timagesTr/" + name + "_0000.nii\tlabelsTr/" + name + ".nii\t" +
              (i % 2 ? "patient" : "control") + "\t" + std::to_string(30 + 7 * i % 50) + "\t" +
              (i % 3 ? "A" : "B") + "\t" + std::to_string(50 + i) + "\tperson " +
              std::to_string(i % 3 ? i : i % 6) + "\n";
    }
    write_text(path() / "blobs" / "cases.tsv", rows);
    write_text(config(), text());
  }
  fs::path config() const { return path() / "asked.yaml"; }
  std::string text(const std::string& weighting = "fixed") const {
    return "data:\n  cohort: {kind: table, file: \"" + (path() / "blobs" / "cases.tsv").string() +
           "\"}\n  split: {kind: kfold, folds: 2, stratify: [group]}\n"
           "input: {kind: structural, sequences: [T1w]}\n"
           "network: {kind: residual, stages: 2, widths: [4, 8]}\n"
           "tasks:\n"
           "  - {name: blob, kind: segmentation, target: {map: label, labels: {blob: 1}}}\n"
           "  - {name: group, kind: classification, target: {column: group}}\n"
           "  - {name: age, kind: regression, target: {column: age, unit: years}}\n"
           "train: {steps: 3, batch: 2, patch: [8, 8, 8], precision: fp32, validate_every: 0, weighting: "
           "{kind: " +
           weighting + "}}\n";
  }
  Finished compare(const std::string& more = "") const {
    return run("compare " + config().string() + " --out " + (path() / "out").string() + " " + more);
  }
  fs::path operator/(const std::string& name) const { return path() / "out" / name; }
};

/// A finished comparison that the cases share; they may go on with it, but not change it.
class Compared : public Asked {
 public:
  Compared() : first(compare("--occlude-region")) {}
  static const Compared& shared() {
    static const Compared one;
    return one;
  }
  const Finished first;
};

std::vector<std::string> column(const Table& table, const std::string& name) {
  std::vector<std::string> texts;
  for (size_t row = 0; row < table.rows(); ++row) texts.push_back(table.text(row, name));
  return texts;
}

DOCTEST_TEST_SUITE("cli/compare") {
  DOCTEST_TEST_CASE("joint, each task alone and the controls are compared on the same held-out people") {
    const Compared& done = Compared::shared();
    expect(done.first, 0,
           {"arm 1 of 4 (joint), seed 1, fold 0 of 2", "arm 4 of 4 (age), seed 1, fold 1 of 2"});
    const Table arms = read_table(done / "arms.tsv");
    DOCTEST_CHECK(column(arms, "arm") == std::vector<std::string>{"joint", "blob", "group", "age",
                                                                  "covariates", "intensity", "volumes",
                                                                  "features"});
    DOCTEST_CHECK(column(arms, "steps") ==
                  std::vector<std::string>{"3", "3", "3", "3", "n/a", "n/a", "n/a", "n/a"});
    for (size_t row = 0; row < 4; ++row) {
      DOCTEST_CHECK(arms.number(row, "parameters") > 0);
      DOCTEST_CHECK(arms.number(row, "gflop_per_step") > 0);
      DOCTEST_CHECK(arms.number(row, "minutes") > 0);
      DOCTEST_CHECK(fs::exists(done / (arms.text(row, "folder") + "/seed_1/fold_1/model.json")));
    }
    for (const char* file : {"answers_group.tsv", "answers_age.tsv"}) {
      const Table answers = read_table(done / file);
      std::set<std::string> people;
      for (size_t row = 0; row < answers.rows(); ++row)
        people.insert(answers.text(row, "arm") + " " + answers.text(row, "case"));
      DOCTEST_CHECK(answers.rows() == 6 * cases);  // joint, alone, four controls
      DOCTEST_CHECK(people.size() == answers.rows());
    }
    std::set<std::string> compared;
    const Table comparison = read_table(done / "comparison.tsv");
    for (size_t row = 0; row < comparison.rows(); ++row)
      compared.insert(comparison.text(row, "metric") + " " + comparison.text(row, "arm") + " " +
                      comparison.text(row, "reference"));
    for (const char* pair :
         {"dice joint blob", "auc joint group", "accuracy joint group", "mae_years joint age",
          "auc joint covariates", "auc joint intensity", "auc joint volumes", "mae_years joint features"})
      DOCTEST_CHECK_MESSAGE(compared.contains(pair), pair);
    const auto scored = column(read_table(done / "scores.tsv"), "metric");
    DOCTEST_CHECK(std::count(scored.begin(), scored.end(), "mae_years") == 6);  // networks and controls alike
    DOCTEST_CHECK(std::count(scored.begin(), scored.end(), "mae") == 0);
    const std::string json = text_of(done / "comparison.json");
    for (const char* part : {"\"limits\"", "Research use only", "One seed", "\"config_sha256\""})
      DOCTEST_CHECK_MESSAGE(has(json, part), part);
    DOCTEST_CHECK(read_table(done / "flow.tsv").rows() == 5);
    DOCTEST_CHECK(has(text_of(done / "report.html"), "; all folds, each case"));
  }

  DOCTEST_TEST_CASE("what is there is not done again") {
    const Compared& done = Compared::shared();
    const std::string before = text_of(done / "comparison.tsv"), config = text_of(done / "config.yaml");
    const Finished again = done.compare("--occlude-region");
    expect(again, 0, {"8 of 8 trainings are there already"});
    DOCTEST_CHECK_FALSE(has(again.err, "arm 1 of 4"));
    DOCTEST_CHECK(text_of(done / "comparison.tsv") == before);
    DOCTEST_CHECK(text_of(done / "config.yaml") == config);
  }

  DOCTEST_TEST_CASE("SciPy and scikit-learn find the same figures in the rows") {
    run_python("cli/golden/comparison.py", {Compared::shared() / ""});
  }

  DOCTEST_TEST_CASE(
      "with the region filled in, the same people are answered by all arms with subject tasks") {
    const Table occlusion = read_table(Compared::shared() / "occlusion.tsv");
    const auto arms = column(occlusion, "arm");
    for (size_t row = 0; row < occlusion.rows(); ++row)
      DOCTEST_CHECK(std::set<std::string>{"joint", "group", "age"}.contains(arms[row]));
  }

  DOCTEST_TEST_CASE("a person's cases with one truth are merged before answers are compared") {
    const Table comparison = read_table(Compared::shared() / "comparison.tsv");
    for (size_t row = 0; row < comparison.rows(); ++row) {
      const bool group = comparison.text(row, "task") == "group";
      DOCTEST_CHECK(comparison.number(row, "persons") == cases - 2);
      DOCTEST_CHECK(comparison.number(row, "n") == (group ? cases - 2 : cases));  // ages differ
      DOCTEST_CHECK(comparison.number(row, "merged") == (group ? 4 : 0));
    }
  }

  DOCTEST_TEST_CASE("each subject task has a map of the worst, the median and the best answer of joint") {
    const Table saliency = read_table(Compared::shared() / "saliency.tsv");
    std::set<std::string> maps;
    for (size_t row = 0; row < saliency.rows(); ++row) {
      maps.insert(saliency.text(row, "task") + " " + saliency.text(row, "role"));
      DOCTEST_CHECK(saliency.text(row, "arm") == "joint");
      for (const char* axis : {"x", "y", "z"}) {
        const double low = saliency.number(row, std::string(axis) + "_low"),
                     high = saliency.number(row, std::string(axis) + "_high");
        DOCTEST_CHECK(low >= 0);
        DOCTEST_CHECK(low < high);
        DOCTEST_CHECK(high <= 12);
      }
    }
    DOCTEST_CHECK(maps == std::set<std::string>{"age best of 12", "age median of 12", "age worst of 12",
                                                "group best of 12", "group median of 12",
                                                "group worst of 12"});
    DOCTEST_CHECK(
        has(text_of(Compared::shared() / "report.html"), "Which part of the image moves the answer"));
  }

  DOCTEST_TEST_CASE("people held aside are answered by every fold's network and stand apart") {
    const Asked asked;
    expect(
        asked.compare("--set 'data.split={kind: kfold, folds: 2, stratify: [group], hold_out: {column: site, "
                      "value: B}}'"),
        0, {"the comparison is in"});
    const Table rows = read_table(asked / "held_aside/cases.tsv"),
                answers = read_table(asked / "held_aside/answers_group.tsv"),
                scores = read_table(asked / "held_aside/scores.tsv");
    DOCTEST_CHECK(rows.rows() == 2 * 2 * 4);     // joint and blob, folds, cases
    DOCTEST_CHECK(answers.rows() == 6 * 2 * 4);  // joint, group and four controls
    std::set<std::string> arms;
    for (size_t row = 0; row < scores.rows(); ++row) {
      if (scores.text(row, "metric") != "accuracy") continue;
      arms.insert(scores.text(row, "arm"));
      DOCTEST_CHECK(scores.number(row, "n") == 4);
      DOCTEST_CHECK(scores.number(row, "persons") == 2);
    }
    DOCTEST_CHECK(arms ==
                  std::set<std::string>{"joint", "group", "covariates", "intensity", "volumes", "features"});
    DOCTEST_CHECK(read_table(asked / "held_aside/comparison.tsv").rows() > 0);
    const Table inside = read_table(asked / "answers_group.tsv");
    for (const std::string& one : column(inside, "case"))
      for (const std::string& other : column(answers, "case")) DOCTEST_CHECK(one != other);
    DOCTEST_CHECK(has(text_of(asked / "report.html"), "People held aside"));
    DOCTEST_CHECK(has(text_of(asked / "comparison.json"), "People held aside (4 cases)"));
  }

  DOCTEST_TEST_CASE("another arm on the same people stands against joint; another configuration is refused") {
    const Compared& done = Compared::shared();
    const fs::path file = done.path() / "uncertain.yaml";
    write_text(file, done.text("uncertainty"));
    const Finished more = done.compare("--fold 0 --no-controls --arms " + file.string());
    expect(more, 0, {"arm 5 of 5 (uncertain)"});
    DOCTEST_CHECK_FALSE(has(more.err, "arm 1 of 5"));
    const Table arms = read_table(done / "arms.tsv");
    DOCTEST_CHECK(column(arms, "arm") ==
                  std::vector<std::string>{"joint", "blob", "group", "age", "uncertain"});
    expect(done.compare("--set train.seed=9"), 3, {"seed: 1", "seed: 9"});
    expect(done.compare("--fold 2"), 2, {"--fold 2", "from 0 to 1"});
    expect(done.compare("--atlas " + file.string()), 3, {"--atlas", "no series"});
    done.compare("--occlude-region");  // as the other cases expect it
  }

  DOCTEST_TEST_CASE(
      "a comparison that is interrupted stops with a checkpoint, and the same command goes on") {
    const Asked asked;
    const std::vector<std::string> arguments{
        "compare", asked.config().string(), "--out", (asked / "").string(), "--fold",
        "0",       "--no-controls",         "--set", "train.steps=100"};
    {
      Started comparing(arguments, asked.path() / "err");
      const auto begun = [&asked] {
        if (!fs::exists(asked / "arms")) return false;
        for (const auto& entry : fs::recursive_directory_iterator(asked / "arms"))
          if (entry.path().filename() == "journal.csv" && has(text_of(entry.path()), "\n1,")) return true;
        return false;
      };
      DOCTEST_REQUIRE(comparing.signal_when(SIGINT, begun));
      DOCTEST_CHECK(comparing.wait() == 130);
    }
    DOCTEST_CHECK_FALSE(fs::exists(asked / "comparison.tsv"));
    const Finished done = asked.compare("--fold 0 --no-controls --set train.steps=100");
    expect(done, 0, {"resumed at step "});
    DOCTEST_CHECK(read_table(asked / "arms.tsv").rows() == 4);
    DOCTEST_CHECK(has(text_of(asked / "report.html"), "; fold 0, each case"));
  }

  DOCTEST_TEST_CASE("a foreign folder and a comparison without held-out people are refused") {
    const Asked asked;
    write_text(asked / "letter.txt", "mine");
    expect(asked.compare(), 3, {"out"});
    fs::remove_all(asked / "");
    expect(asked.compare("--set 'data.split={kind: none}'"), 3, {"held-out people"});
    DOCTEST_CHECK_FALSE(fs::exists(asked / "config.yaml"));
  }
}

}  // namespace
}  // namespace tazuna::testing
