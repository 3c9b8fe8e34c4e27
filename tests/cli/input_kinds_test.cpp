// SPDX-License-Identifier: Apache-2.0
// Slices, series and late fusion from a phantom cohort to the scores of people who were never seen.
#include <cmath>

#include "tables/table.hpp"
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

namespace fs = std::filesystem;

/// Six people to learn from, two or three to be answered, and the smallest network for them.
class Round : public ScratchFolder {
 public:
  Round(const std::string& phantom, int unseen) {
    for (const auto& [name, more] :
         {std::pair(std::string("known"), std::string("--subjects 6 --seed 1")),
          std::pair(std::string("unseen"), "--subjects " + std::to_string(unseen) + " --seed 2")}) {
      const Finished made = run("phantom --out " + (*this / name) + " " + phantom + " " + more);
      DOCTEST_REQUIRE_MESSAGE(made.code == 0, made.err);
    }
  }
  std::string operator/(const std::string& name) const { return (path() / name).string(); }

  /// Trains NAME for three steps on half of each group; `cohort`, `input`, `tasks` and `patch` as in YAML.
  Finished train(const std::string& name, const std::string& cohort, const std::string& input,
                 const std::string& tasks, const std::string& patch) const {
    write_text(
        path() / (name + ".yaml"),
        "data:\n  cohort: " + cohort + "\n  split: {kind: kfold, folds: 3, stratify: [" + group +
            "]}\ninput: " + input + "\nnetwork: {kind: residual, stages: 2, widths: [4, 8]}\ntasks:\n" +
            tasks + "  - {name: group, kind: classification, start: 0, target: {column: " + group +
            "}}\ntrain: {steps: 3, batch: 2, patch: " + patch + ", precision: fp32, validate_every: 0}\n");
    return run("train " + *this / (name + ".yaml") + " --out " + *this / name);
  }
  Finished predict(const std::string& name, const std::string& input, const std::string& out) const {
    return run("predict " + *this / name + " --input " + *this / input + " --out " + *this / out);
  }
  Table table(const std::string& file) const { return read_table(path() / file); }

  std::string group = "group";  ///< the column that the subject task reads
};

/// Checks that three steps were made and that everybody held out is answered and drawn.
void expect_trained(const Round& round, const std::string& run, size_t held_out) {
  const Table journal = round.table(run + "/journal.csv");
  DOCTEST_REQUIRE(journal.rows() > 0);
  DOCTEST_CHECK(journal.number(journal.rows() - 1, "step") == 3);
  DOCTEST_CHECK(std::isfinite(journal.number(journal.rows() - 1, "group_loss")));
  DOCTEST_CHECK(round.table(run + "/validation/subjects.tsv").rows() == held_out);
  DOCTEST_CHECK(round.table(run + "/validation/cases.tsv").rows() == held_out);
}

/// Predicts the unseen cases twice: the second time nothing is done.
void expect_predicted(const Round& round, const std::string& run, const std::string& input, size_t cases,
                      const std::string& ending) {
  expect(round.predict(run, input, "out"), 0, {});
  const Table status = round.table("out/status.tsv"), answers = round.table("out/subjects.tsv");
  DOCTEST_REQUIRE(status.rows() == cases);
  DOCTEST_CHECK(answers.rows() == cases);
  std::string before = text_of(round.path() / "out/subjects.tsv");
  for (size_t row = 0; row < cases; ++row) {
    DOCTEST_CHECK(status.text(row, "status") == "done");
    const fs::path map = round.path() / "out" / (status.text(row, "case") + ending);
    DOCTEST_REQUIRE_MESSAGE(fs::exists(map), map.string());
    before += text_of(map);
  }
  expect(round.predict(run, input, "out"), 0, {std::to_string(cases) + " cases were done already"});
  std::string after = text_of(round.path() / "out/subjects.tsv");
  for (size_t row = 0; row < cases; ++row)
    after += text_of(round.path() / "out" / (status.text(row, "case") + ending));
  DOCTEST_CHECK((after == before));
}

/// `evaluate` of what was predicted against `reference`; `more`: further flags.
void evaluate(const Round& round, const std::string& reference, const std::string& more = "") {
  expect(run("evaluate --predictions " + round / "out" + " --reference " + round / reference + " --out " +
             round / "scores" + " " + more),
         0, {});
}

/// Checks the scores of the subject task against the answers beside the truth.
void expect_accuracy(const Round& round, size_t cases) {
  const Table answers = round.table("scores/subjects.tsv"), scores = round.table("scores/task_scores.tsv");
  DOCTEST_REQUIRE(answers.rows() == cases);
  double right = 0;
  for (size_t row = 0; row < cases; ++row)
    right += answers.text(row, "group") == answers.text(row, "group_true") ? 1 : 0;
  bool scored = false;
  for (size_t row = 0; row < scores.rows(); ++row) {
    if (scores.text(row, "metric") != "accuracy") continue;
    scored = true;
    DOCTEST_CHECK(scores.number(row, "n") == static_cast<double>(cases));
    DOCTEST_CHECK(scores.number(row, "value") == doctest::Approx(right / static_cast<double>(cases)));
  }
  DOCTEST_CHECK(scored);
}

/// Checks that each case's map was scored once as `structure`, against `voxels` true voxels at least.
void expect_overlaps(const Round& round, size_t cases, const std::string& structure) {
  const Table rows = round.table("scores/cases.tsv");
  DOCTEST_REQUIRE(rows.rows() == cases);
  for (size_t row = 0; row < cases; ++row) {
    DOCTEST_CHECK(rows.text(row, "structure") == structure);
    const double tp = rows.number(row, "tp"), fp = rows.number(row, "fp"), fn = rows.number(row, "fn");
    DOCTEST_CHECK(tp + fn > 0);
    DOCTEST_CHECK(rows.number(row, "dice") == doctest::Approx(2 * tp / (2 * tp + fp + fn)));
  }
}

DOCTEST_TEST_SUITE("cli/input_kinds") {
  DOCTEST_TEST_CASE(
      "slices are learnt, predicted as pictures and scored, those of a person held out together") {
    Round round("--kind slice --slices 2 --size 32", 2);
    round.group = "class";
    expect(round.train("run", "{kind: table, file: \"" + round / "known/samples.tsv" + "\", person: block}",
                       "{kind: slice, sequences: [image]}",
                       "  - {name: lesion, kind: segmentation, target: {map: mask, labels: {lesion: 1}}}\n",
                       "[1, 16, 16]"),
           0, {"fold 0: 8 cases train, 4 are held out"});
    expect_trained(round, "run", 4);
    const Table held_out = round.table("run/validation/subjects.tsv");
    for (size_t row = 0; row < 4; row += 2)
      DOCTEST_CHECK(held_out.text(row, "person") == held_out.text(row + 1, "person"));
    expect_predicted(round, "run", "unseen/samples.tsv", 4, ".png");
    evaluate(round, "unseen/masks");
    expect_overlaps(round, 4, "lesion");
    evaluate(round, "unseen/samples.tsv", "--column group=class");
    expect_accuracy(round, 4);
  }

  DOCTEST_TEST_CASE("series are learnt in windows, predicted and scored, their frames weighed by attention") {
    Round round("--kind series --size 8 --frames 12", 2);
    expect(
        round.train(
            "run", "{kind: bids, root: \"" + round / "known" + "\", derivatives: truth}",
            "{kind: series, sequences: [task-rest_bold], frames: 4, stride: 2, temporal: {pooling: "
            "attention, frame_chunk: 2}}",
            "  - {name: region, kind: segmentation, target: {map: label-region_mask, labels: {region: 1}}}\n",
            "[8, 8, 8]"),
        0, {"fold 0: 4 cases train, 2 are held out"});
    expect_trained(round, "run", 2);
    expect_predicted(round, "run", "unseen", 2, ".nii.gz");
    evaluate(round, "unseen/derivatives/truth");
    expect_overlaps(round, 2, "region");
    expect_accuracy(round, 2);
  }

  DOCTEST_TEST_CASE(
      "late fusion does without a sequence where that is allowed, and refuses its case elsewhere") {
    Round round("--like stroke --spacing 8", 3);
    const std::string cohort = "{kind: bids, root: \"" + round / "known" + "\", derivatives: truth}";
    const std::string tasks =
        "  - {name: core, kind: segmentation, target: {map: label-lesion_mask, labels: {core: 1}}}\n";
    const std::string late = "{kind: structural, sequences: [dwi, ADC], fusion: late";
    expect(round.train("strict", cohort, late + "}", tasks, "[8, 8, 8]"), 0, {});
    const std::string lacking = "sub-02: it has no ADC in ";
    fs::remove(round.path() / "known/sub-02/dwi/sub-02_ADC.nii.gz");
    expect(round.train("none", cohort, late + "}", tasks, "[8, 8, 8]"), 3, {lacking, "input.missing: allow"});
    DOCTEST_CHECK_FALSE(fs::exists(round.path() / "none"));
    expect(round.train("run", cohort, late + ", missing: allow}", tasks, "[8, 8, 8]"), 0,
           {"fold 0: 4 cases train, 2 are held out"});
    expect_trained(round, "run", 2);
    const std::string weights = text_of(round.path() / "run/model.safetensors");
    for (const char* encoder : {"\"encoders.dwi.stages.0", "\"encoders.ADC.stages.0"})
      DOCTEST_CHECK_MESSAGE(has(weights, encoder), encoder);

    expect(round.predict("run", "unseen", "whole"), 0, {});
    fs::remove(round.path() / "unseen/sub-02/dwi/sub-02_ADC.nii.gz");
    expect_predicted(round, "run", "unseen", 3, ".nii.gz");
    const Table whole = round.table("whole/subjects.tsv"), part = round.table("out/subjects.tsv");
    for (size_t row = 0; row < 3; ++row) {
      const double one = whole.number(row, "group_p_good_outcome"),
                   other = part.number(row, "group_p_good_outcome");
      DOCTEST_CHECK((one == other) == (part.text(row, "case") != "sub-02"));
    }
    evaluate(round, "unseen");
    expect_overlaps(round, 3, "lesion");
    expect_accuracy(round, 3);

    expect(round.predict("strict", "unseen", "refused"), 4, {lacking});
    const Table status = round.table("refused/status.tsv");
    for (size_t row = 0; row < 3; ++row)
      DOCTEST_CHECK((status.text(row, "status") == "failed") == (status.text(row, "case") == "sub-02"));
  }
}

}  // namespace
}  // namespace tazuna::testing
