// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

using Json = nlohmann::json;

Finished evaluate(const fs::path& predictions, const fs::path& reference, const fs::path& out,
                  const std::string& more = "") {
  return run("evaluate --predictions " + predictions.string() + " --reference " + reference.string() +
             " --out " + out.string() + " " + more);
}

DOCTEST_TEST_SUITE("cli/evaluate") {
  DOCTEST_TEST_CASE(
      "a perfect prediction has Dice 1 and no distance, against a folder and against a dataset") {
    const BlobFolder folder;
    const fs::path maps = folder.data() / "labelsTr";
    for (const fs::path& reference : {maps, folder.data()}) {
      const fs::path out = folder / reference.filename().string().append("_scores");
      const Finished finished = evaluate(maps, reference, out);
      DOCTEST_REQUIRE_MESSAGE(finished.code == 0, finished.err);
      const Table cases = read_table(out / "cases.tsv");
      DOCTEST_REQUIRE(cases.rows() == 6);
      DOCTEST_CHECK(cases.text(0, "structure") == (reference == maps ? "1" : "blob"));
      for (size_t row = 0; row < 6; ++row) {
        DOCTEST_CHECK(cases.number(row, "dice") == 1);
        DOCTEST_CHECK(cases.number(row, "hd95_mm") == 0);
      }
      const Json summary = Json::parse(text_of(out / "summary.json"));
      DOCTEST_CHECK(summary.at("foreground_mean").at("Dice") == 1);
      DOCTEST_CHECK(summary.at("mean").at("1").at("Dice") == 1);
      DOCTEST_CHECK(summary.at("metric_per_case").size() == 6);
    }
  }

  DOCTEST_TEST_CASE("the table on stdout shows the means of means.tsv with interval and counts") {
    const BlobFolder folder;
    const fs::path maps = folder.data() / "labelsTr";
    write_text(folder / "persons.tsv",
               "case\tperson\ncase_00\ta\ncase_01\ta\ncase_02\tb\ncase_03\tb\n"
               "case_04\tc\ncase_05\td\n");
    const Finished finished =
        evaluate(maps, folder.data(), folder / "out",
                 "--lesions --tolerance 2 --persons " + (folder / "persons.tsv").string());
    DOCTEST_REQUIRE_MESSAGE(finished.code == 0, finished.err);
    DOCTEST_CAPTURE(finished.out);
    for (const char* part :
         {"95 % interval", "undefined", "infinite", "1.0000 to 1.0000", "hd95_mm", "assd_mm", "nsd",
          "volume_error_mm3", "lesion_f1", "mean Dice of the structures 1"})
      DOCTEST_CHECK_MESSAGE(has(finished.out, part), part);
    const Table means = read_table(folder / "out" / "means.tsv");
    DOCTEST_CHECK(means.text(0, "metric") == "dice");
    DOCTEST_CHECK(means.text(0, "n") == "6");
    DOCTEST_CHECK(means.text(0, "persons") == "4");
    DOCTEST_CHECK(means.number(0, "low") == 1);
    expect(evaluate(maps, folder.data(), folder / "out", "--tolerance -1"), 2, {"--tolerance"});
    write_text(folder / "persons.tsv", "case\tperson\ncase_00\ta\n");
    expect(evaluate(maps, folder.data(), folder / "out", "--persons " + (folder / "persons.tsv").string()), 3,
           {"persons.tsv", "case_01"});
  }

  DOCTEST_TEST_CASE("Dice and volumes are those counted by hand") {
    const BlobFolder folder;
    Image moved = blob_map(0);
    double both = 0, one = 0, other = 0;
    std::rotate(moved.voxels.begin(), moved.voxels.begin() + 2, moved.voxels.end());
    for (size_t at = 0; at < moved.voxels.size(); ++at) {
      one += moved.voxels[at];
      other += blob_map(0).voxels[at];
      both += moved.voxels[at] * blob_map(0).voxels[at];
    }
    write_text(folder / "predictions" / "case_00.nii", moved.bytes());
    write_text(folder / "truth" / "case_00.nii", blob_map(0).bytes());
    DOCTEST_REQUIRE(evaluate(folder / "predictions", folder / "truth", folder / "out").code == 0);
    const Table cases = read_table(folder / "out" / "cases.tsv");
    DOCTEST_CHECK(cases.number(0, "dice") == doctest::Approx(2 * both / (one + other)));
    DOCTEST_CHECK(cases.number(0, "predicted_mm3") == doctest::Approx(1.25 * one));
  }

  DOCTEST_TEST_CASE("held-out maps of a training run evaluate to the run's own scores") {
    const BlobFolder folder;
    const fs::path out = folder.train("all", "--fold all");
    for (const std::string fold : {"fold_0", "fold_1", "fold_2"})
      for (const auto& entry : fs::directory_iterator(out / fold / "validation"))
        if (entry.path().extension() == ".gz")
          write_text(folder / "maps" / entry.path().filename(), text_of(entry.path()));
    DOCTEST_REQUIRE(evaluate(folder / "maps", folder.data(), folder / "out").code == 0);
    const Table ours = read_table(out / "cases.tsv"), theirs = read_table(folder / "out" / "cases.tsv");
    DOCTEST_REQUIRE(ours.rows() == 6);
    for (size_t row = 0; row < 6; ++row)
      for (const std::string metric : {"dice", "hd95_mm", "assd_mm", "nsd", "volume_error_mm3"})
        DOCTEST_CHECK(ours.text(row, metric) == theirs.text(row, metric));
  }

  DOCTEST_TEST_CASE("a missing and a misplaced prediction fail alone, exit code 4, and stand in the tables") {
    const BlobFolder folder;
    const fs::path maps = folder / "maps";
    fs::copy(folder.data() / "labelsTr", maps);
    fs::remove(maps / "case_01.nii");
    Image elsewhere = blob_map(2);
    elsewhere.origin[1] += 3;
    write_text(maps / "case_02.nii", elsewhere.bytes());
    const Finished finished = evaluate(maps, folder.data() / "labelsTr", folder / "out");
    expect(finished, 4, {"case_01: no prediction in", "case_02", "apart"});
    const Table cases = read_table(folder / "out" / "cases.tsv");
    DOCTEST_REQUIRE(cases.rows() == 6);
    DOCTEST_CHECK(cases.text(1, "dice") == "n/a");
    DOCTEST_CHECK(cases.text(2, "dice") == "n/a");
    DOCTEST_CHECK(cases.text(3, "dice") == "1");
  }

  DOCTEST_TEST_CASE("of a dataset only the cases that were asked for are scored, failed predictions too") {
    const BlobFolder folder;
    write_text(folder / "asked" / "case_05_0000.nii", blob_image(5).bytes());
    write_text(folder / "asked" / "case_04_0000.nii", "broken");
    const fs::path maps = folder / "maps";
    DOCTEST_REQUIRE(run("predict " + trained_run().string() + " --input " + (folder / "asked").string() +
                        " --out " + maps.string())
                        .code == 4);
    const Finished finished = evaluate(maps, folder.data(), folder / "out");
    expect(finished, 4, {"case_04", "4 cases of", "left out"});
    const Table cases = read_table(folder / "out" / "cases.tsv");
    DOCTEST_REQUIRE(cases.rows() == 2);
    DOCTEST_CHECK(cases.text(0, "dice") == "n/a");
    DOCTEST_CHECK(cases.number(1, "dice") >= 0);
  }

  DOCTEST_TEST_CASE("answers to subject tasks are scored against a table, with a column of another name") {
    const ScratchFolder scratch;
    const fs::path answers = scratch.path() / "pred" / "subjects.tsv", table = scratch.path() / "people.csv";
    write_text(answers,
               "case\tperson\tsession\tgrade\tgrade_p_II\tgrade_p_III\n"
               "a\ta\tn/a\tII\t0.75\t0.25\nb\tb\tn/a\tIII\t0.25\t0.75\nc\tc\tn/a\tn/a\tn/a\tn/a\n");
    write_text(table, "case,who\na,II\nb,III\n");
    const fs::path out = scratch.path() / "out";
    expect(evaluate(answers, table, out), 3, {"people.csv has no column grade", "--column grade=COLUMN"});
    expect(evaluate(answers, table, out, "--column who"), 2, {"--column who: expected TASK=COLUMN"});
    const Finished finished = evaluate(answers, table, out, "--column grade=who");
    DOCTEST_REQUIRE_MESSAGE(finished.code == 0, finished.err);
    for (const char* part : {"task", "95 % interval", "grade", "accuracy", "1.000"})
      DOCTEST_CHECK_MESSAGE(has(finished.out, part), part);
    const Table scores = read_table(out / "task_scores.tsv");
    DOCTEST_CHECK(scores.text(0, "task") == "grade");
    DOCTEST_CHECK(scores.text(0, "metric") == "auc");
    DOCTEST_CHECK(scores.number(0, "value") == 1);
    DOCTEST_CHECK(Json::parse(text_of(out / "summary.json")).at("subject_tasks").contains("grade"));
    write_text(table, "case,who\na,II\nb,III\nc,II\n");
    expect(evaluate(answers.parent_path(), table, out, "--column grade=who"), 4,
           {"c: the predictions hold no answer"});
  }

  DOCTEST_TEST_CASE("of several maps a case --map chooses one, and without it the maps are listed") {
    const BlobFolder folder;
    const fs::path maps = folder / "manual";
    for (int i = 0; i < 2; ++i) {
      const std::string name = "sub-0" + std::to_string(i);
      write_text(maps / name / "anat" / (name + "_seg-blob_dseg.nii"), blob_map(i).bytes());
      write_text(maps / name / "anat" / (name + "_label-ball_mask.nii"), blob_map(i + 2).bytes());
      write_text(folder / "predicted" / (name + ".nii"), blob_map(i).bytes());
    }
    expect(evaluate(folder / "predicted", maps, folder / "out"), 3,
           {"two reference label maps of one case", "choose one by --map: label-ball_mask, seg-blob_dseg"});
    DOCTEST_REQUIRE(evaluate(folder / "predicted", maps, folder / "out", "--map seg-blob_dseg").code == 0);
    const Table cases = read_table(folder / "out" / "cases.tsv");
    DOCTEST_REQUIRE(cases.rows() == 2);
    DOCTEST_CHECK(cases.number(0, "dice") == 1);
    expect(evaluate(folder / "predicted", maps, folder / "out", "--map blob_dseg"), 3,
           {"--map blob_dseg: 'blob_dseg' selects no BIDS files"});
  }

  DOCTEST_TEST_CASE("folders that cannot be used are refused, exit code 3, nothing half-written") {
    const BlobFolder folder;
    const fs::path maps = folder.data() / "labelsTr", out = folder / "out";
    expect(evaluate(folder / "absent", maps, out), 3, {"absent", "no such folder"});
    expect(evaluate(maps, folder / "absent", out), 3, {"absent", "no such folder"});
    fs::create_directory(folder / "empty");
    expect(evaluate(folder / "empty", maps, out), 3, {"empty", "no label map"});
    expect(evaluate(folder.data() / "imagesTr", maps, out), 3, {"no prediction has the name of a reference"});
    DOCTEST_CHECK_FALSE(fs::exists(out));
    write_text(folder / "foreign" / "thesis.tex", "text");
    expect(evaluate(maps, maps, folder / "foreign"), 3, {"foreign is not empty"});
    DOCTEST_CHECK(lasting_files(folder / "foreign").size() == 1);
  }
}

}  // namespace
}  // namespace tazuna::testing
