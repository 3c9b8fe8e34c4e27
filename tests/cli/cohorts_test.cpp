// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

std::string person(int number) {
  return "sub-0" + std::to_string(number);
}

/// The blobs as a BIDS dataset of six people at two sites, and as a table beside it.
class Blobs : public ScratchFolder {
 public:
  Blobs() {
    std::string participants = "participant_id\tsite\n", table = "id\tsite\tT1w\tmask\n";
    for (int i = 0; i < 6; ++i) {
      write_text(image(i), blob_image(i).bytes());
      write_text(map(i), blob_map(i).bytes());
      participants += person(i) + (i < 2 ? "\tA\n" : "\tB\n");
      table += person(i) + (i < 2 ? "\tA\t" : "\tB\t") + image(i).string() + "\t" + map(i).string() + "\n";
    }
    write_text(data() / "participants.tsv", participants);
    write_text(data() / "dataset_description.json", R"({"Name": "Blobs", "BIDSVersion": "1.9.0"})");
    write_text(path() / "cases.tsv", table);
    write_text(path() / "bids.yaml",
               config("{kind: bids, root: " + data().string() + ", derivatives: manual}", "label-blob_mask"));
    write_text(path() / "table.yaml",
               config("{kind: table, file: " + (path() / "cases.tsv").string() + "}", "mask"));
  }
  fs::path data() const { return path() / "data"; }
  fs::path image(int number) const {
    return data() / person(number) / "anat" / (person(number) + "_T1w.nii");
  }
  fs::path map(int number) const {
    return data() / "derivatives/manual" / person(number) / "anat" /
           (person(number) + "_label-blob_mask.nii");
  }
  std::string operator/(const std::string& name) const { return (path() / name).string(); }

 private:
  static std::string config(const std::string& cohort, const std::string& map) {
    return "data:\n  cohort: " + cohort +
           "\n  split: {kind: kfold, folds: 2, hold_out: {column: site, value: A}}\n"
           "input: {kind: structural, sequences: [T1w]}\n"
           "network: {kind: residual, stages: 2, widths: [4, 8]}\n"
           "tasks:\n  - {name: blob, kind: segmentation, target: {map: " +
           map +
           ", labels: {blob: 1}}}\n"
           "train: {steps: 4, batch: 2, patch: [8, 8, 8], precision: fp32, validate_every: 4}\n";
  }
};

DOCTEST_TEST_SUITE("cli/cohorts") {
  DOCTEST_TEST_CASE("a BIDS dataset and a table of the same files train the same network") {
    const Blobs blobs;
    for (const std::string name : {"bids", "table"}) {
      const Finished done = run("train " + blobs / (name + ".yaml") + " --out " + blobs / name);
      DOCTEST_REQUIRE_MESSAGE(done.code == 0, done.err);
      DOCTEST_CHECK(fs::exists(blobs.path() / name / "held_aside" / "cases.tsv"));
      DOCTEST_CHECK(has(text_of(blobs.path() / name / "held_aside" / "cases.tsv"), "sub-01"));
      DOCTEST_CHECK_FALSE(has(text_of(blobs.path() / name / "splits.json"), "sub-01"));
    }
    DOCTEST_CHECK((text_of(blobs.path() / "bids/model.safetensors") ==
                   text_of(blobs.path() / "table/model.safetensors")));
  }

  DOCTEST_TEST_CASE("a BIDS dataset is predicted; a case without its image fails alone") {
    const Blobs blobs;
    DOCTEST_REQUIRE(run("train " + blobs / "bids.yaml" + " --fold none --out " + blobs / "run").code == 0);
    fs::remove(blobs.image(3));
    const Finished done =
        run("predict " + blobs / "run" + " --input " + blobs.data().string() + " --out " + blobs / "out");
    expect(done, 4, {"sub-03: it has no T1w in "});
    DOCTEST_CHECK(fs::exists(blobs.path() / "out" / "sub-04.nii.gz"));
    DOCTEST_CHECK_FALSE(fs::exists(blobs.path() / "out" / "sub-03.nii.gz"));
    DOCTEST_CHECK(has(text_of(blobs.path() / "out" / "status.tsv"), "sub-03\tfailed\t"));
    const Finished table = run("predict " + blobs / "run" + " --input " + blobs / "cases.tsv" + " --out " +
                               blobs / "from_table");
    expect(table, 4, {"sub-03: T1w: there is no file "});
    DOCTEST_CHECK((text_of(blobs.path() / "out" / "sub-04.nii.gz") ==
                   text_of(blobs.path() / "from_table" / "sub-04.nii.gz")));
  }

  DOCTEST_TEST_CASE("check lists the problems of names and of voxels together") {
    const Blobs blobs;
    fs::remove(blobs.image(2));
    fs::resize_file(blobs.image(3), 3000);
    Image elsewhere = blob_map(4);
    elsewhere.origin[0] += 4;
    write_text(blobs.map(4), elsewhere.bytes());
    expect(run("check " + blobs / "bids.yaml"), 3,
           {"sub-02: it has no T1w", "sub-03: ", "sub-04: T1w and label-blob_mask lie apart"});
    expect(run("check " + blobs / "table.yaml"), 3,
           {"sub-02: T1w: there is no file", "sub-03: ", "sub-04: T1w and mask lie apart"});
  }

  DOCTEST_TEST_CASE(
      "a column of the split that a cohort does not have is told beside files that are missing") {
    const Blobs blobs;
    const std::string stratify = " --set data.split.stratify=[sit]";
    fs::remove(blobs.image(2));
    for (const std::string name : {"bids", "table"})
      expect(run("check " + blobs / (name + ".yaml") + stratify), 3,
             {"sub-02: ", "data.split.stratify: ", "'sit'", "did you mean 'site'?"});
    for (int i = 0; i < 6; ++i) fs::remove(blobs.image(i));
    expect(run("check " + blobs / "table.yaml" + stratify), 3,
           {"sub-05: T1w: there is no file", "data.split.stratify: ", "did you mean 'site'?"});
  }
}

}  // namespace
}  // namespace tazuna::testing
