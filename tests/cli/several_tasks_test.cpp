// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

/// Maps where each ball stands beside a slab of label 2 and a corner that nobody drew (255), and tables of
/// the same cases with a map a structure.
class TwoStructures : public ScratchFolder {
 public:
  TwoStructures() {
    write_blobs(data());
    describe_labels(R"("blob": 1, "slab": 2)");
    for (int number = 0; number < 6; ++number) {
      Image map = blob_map(number);
      write_map("ball", number, map);
      Image slab = map;
      for (int at = 0; at < 12 * 12 * 12; ++at) {
        float& label = map.voxels[static_cast<size_t>(at)];
        if (at / 144 < 2) label = 2;
        if (at / 144 >= 10 && at % 12 >= 6) label = 255;
        slab.voxels[static_cast<size_t>(at)] = at / 144 < 2 ? 1 : 0;
      }
      write_map("labelsTr", number, map);
      write_map("slab", number, slab);
    }
  }
  fs::path data() const { return path() / "blobs"; }
  /// What dataset.json says of the labels beside the background.
  void describe_labels(const std::string& labels) const {
    std::string text = text_of(data() / "dataset.json");
    const size_t begin = text.find("\"background\": 0, ") + 17;
    text.replace(begin, text.find('}', begin) - begin, labels);
    write_text(data() / "dataset.json", text);
  }
  /// Writes the experiment with these entries of `tasks` and trains it into NAME. `from` and `to`: a change
  /// of the configuration.
  Finished train(const std::string& name, const std::string& tasks, const std::string& from = "",
                 const std::string& to = "") const {
    std::string text = blob_config(data(), 4);
    const std::string one = "  - {name: blob, kind: segmentation}\n";
    text.replace(text.find(one), one.size(), tasks);
    text.replace(text.find(from), from.size(), to);
    write_text(path() / (name + ".yaml"), text);
    return run("train " + (path() / (name + ".yaml")).string() + " --out " + (path() / name).string());
  }

 private:
  void write_map(const std::string& folder, int number, const Image& map) const {
    write_text(data() / folder / (blob_name(number) + ".nii"), map.bytes());
  }
};

const char* ball = "  - {name: ball, kind: segmentation, target: {labels: {blob: 1}, ignore: 255}}\n";
const char* slab =
    "  - {name: slab, kind: segmentation, decoder: own, loss: {kind: tversky},\n"
    "     target: {labels: {slab: 2}, ignore: 255}}\n";

std::set<std::string> texts_of(const fs::path& table, const std::string& column) {
  const Table rows = read_table(table);
  std::set<std::string> texts;
  for (size_t row = 0; row < rows.rows(); ++row) texts.insert(rows.text(row, column));
  return texts;
}

DOCTEST_TEST_SUITE("cli/several_tasks") {
  DOCTEST_TEST_CASE(
      "two structures, one drawn by a decoder of its own, are trained, scored and predicted apart") {
    const TwoStructures folder;
    expect(folder.train("run", std::string(ball) + slab), 0, {});
    const fs::path trained = folder.path() / "run", out = folder.path() / "out";
    const std::string weights = text_of(trained / "model.safetensors");
    for (const char* name : {"\"decoder.stages.0.", "\"decoders.slab.stages.0.", "\"heads.ball.0.weight\"",
                             "\"heads.slab.0.weight\""})
      DOCTEST_CHECK_MESSAGE(has(weights, name), name);
    DOCTEST_CHECK_FALSE(has(weights, "\"decoders.ball."));
    DOCTEST_CHECK(
        (texts_of(trained / "validation" / "cases.tsv", "task") == std::set<std::string>{"ball", "slab"}));

    const Finished done = run("predict " + trained.string() + " --input " +
                              (folder.data() / "imagesTs").string() + " --out " + out.string());
    expect(done, 0, {});
    for (const char* name : {"case_06_ball.nii.gz", "case_06_slab.nii.gz", "case_07_slab.nii.gz"})
      DOCTEST_CHECK_MESSAGE(fs::exists(out / name), name);
    DOCTEST_CHECK((texts_of(out / "volumes.tsv", "task") == std::set<std::string>{"ball", "slab"}));
    DOCTEST_CHECK((texts_of(out / "volumes.tsv", "label") == std::set<std::string>{"1", "2"}));
  }

  DOCTEST_TEST_CASE("a case that lacks one structure's map trains the other and is scored on that alone") {
    const TwoStructures folder;
    std::string rows = "id\tT1w\tball\tslab\n";
    for (int number = 0; number < 6; ++number) {
      const std::string name = blob_name(number);
      rows += name + "\timagesTr/" + name + "_0000.nii\tball/" + name + ".nii\t" +
              (number % 2 == 0 ? "slab/" + name + ".nii" : "n/a") + "\n";
    }
    write_text(folder.data() / "cases.tsv", rows);
    const Finished done = folder.train(
        "run",
        "  - {name: ball, kind: segmentation, target: {map: ball, labels: {blob: 1}}}\n"
        "  - {name: slab, kind: segmentation, decoder: own, target: {map: slab, labels: {slab: 1}}}\n"
        "input: {kind: structural, sequences: [T1w]}\n",
        "{kind: nnunet, root: \"" + folder.data().string() + "\"}",
        "{kind: table, file: \"" + (folder.data() / "cases.tsv").string() + "\"}");
    expect(done, 0, {});
    const Table scores = read_table(folder.path() / "run" / "validation" / "cases.tsv");
    int balls = 0;
    for (size_t row = 0; row < scores.rows(); ++row) {
      const bool even = (scores.text(row, "case").back() - '0') % 2 == 0;
      balls += scores.text(row, "task") == "ball";
      DOCTEST_CHECK((scores.text(row, "task") == "ball" || even));
    }
    DOCTEST_CHECK(balls == 2);
    DOCTEST_CHECK_FALSE(has(text_of(folder.path() / "run" / "journal.csv"), "nan"));
  }

  DOCTEST_TEST_CASE("the ignore label of nnU-Net's dataset.json is no structure") {
    const TwoStructures folder;
    folder.describe_labels(R"("blob": 1, "slab": 2, "ignore": 255)");
    expect(folder.train("run", "  - {name: parts, kind: segmentation}\n"), 0, {});
    const fs::path trained = folder.path() / "run";
    DOCTEST_CHECK(has(text_of(trained / "config.yaml"), "ignore: 255"));
    DOCTEST_CHECK((texts_of(trained / "validation" / "cases.tsv", "structure") ==
                   std::set<std::string>{"blob", "slab"}));
  }

  DOCTEST_TEST_CASE("a label that is neither named nor ignored by any task is refused with its place") {
    const TwoStructures folder;
    expect(
        folder.train("run", "  - {name: ball, kind: segmentation, target: {labels: {blob: 1, slab: 2}}}\n"),
        3, {"255", "unknown"});
  }

  DOCTEST_TEST_CASE("a label that is named and ignored is refused") {
    const TwoStructures folder;
    expect(
        folder.train("run", "  - {name: ball, kind: segmentation, target: {labels: {blob: 1}, ignore: 1}}\n"),
        3, {"label 1", "cannot be both"});
  }
}

}  // namespace
}  // namespace tazuna::testing
