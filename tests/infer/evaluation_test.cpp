// SPDX-License-Identifier: Apache-2.0
#include "infer/evaluation.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "infer/task_maps.hpp"
#include "tables/table.hpp"
#include "tests/dataset.hpp"
#include "tests/infer/tiny.hpp"
#include "tests/python.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// A label map of blocks: label 1 in the first `one` planes, label 2 in the last `two`; 2 x 1 x 1.5 mm
/// voxels.
void write_map(const fs::path& file, int64_t one, int64_t two, int64_t planes = 10) {
  Tensor labels = at::zeros({planes, 6, 5}, at::kShort);
  labels.narrow(0, 0, one).fill_(1);
  labels.narrow(0, planes - two, two).fill_(2);
  Geometry geometry;
  geometry.size = {planes, 6, 5};
  geometry.spacing = {2, 1, 1.5};
  write_labels(file, labels, geometry, {});
}

EvaluateOptions options_of(const fs::path& folder) {
  EvaluateOptions options;
  options.predictions = folder / "pred";
  options.reference = folder / "ref";
  options.out = folder / "out";
  options.threads = 2;
  return options;
}

EvaluateCounts evaluate_quietly(const EvaluateOptions& options) {
  Log log(Verbosity::quiet);
  return evaluate(options, log);
}

EvaluateCounts evaluate_folder(const fs::path& folder, NamedIntegers labels = {}) {
  EvaluateOptions options = options_of(folder);
  options.labels = std::move(labels);
  return evaluate_quietly(options);
}

Json summary_of(const fs::path& folder) {
  return Json::parse(read_text(folder / "out" / "summary.json"));
}

DOCTEST_TEST_SUITE("infer/evaluation") {
  DOCTEST_TEST_CASE("scores of blocks are what can be counted by hand") {
    const ScratchFolder folder;
    write_map(folder.path() / "ref" / "a.nii.gz", 2, 4);
    write_map(folder.path() / "pred" / "a.nii.gz", 3, 4);
    DOCTEST_CHECK(evaluate_folder(folder.path(), {{"front", 1}, {"back", 2}}).scored == 1);
    const Table table = read_table(folder.path() / "out" / "cases.tsv");
    DOCTEST_REQUIRE(table.rows() == 2);
    DOCTEST_CHECK(table.text(0, "structure") == "front");
    DOCTEST_CHECK(table.number(0, "dice") == doctest::Approx(0.8));
    DOCTEST_CHECK(table.number(0, "iou") == doctest::Approx(2.0 / 3));
    DOCTEST_CHECK(table.number(0, "reference_mm3") == doctest::Approx(60 * 3));
    DOCTEST_CHECK(table.number(0, "volume_error_mm3") == doctest::Approx(30 * 3));
    DOCTEST_CHECK(table.number(0, "volume_error_percent") == doctest::Approx(50));
    DOCTEST_CHECK(table.number(1, "dice") == 1);
    DOCTEST_CHECK(table.number(1, "hd95_mm") == 0);
    const Json front = summary_of(folder.path())["metric_per_case"][0]["metrics"]["1"];
    DOCTEST_CHECK(front["TP"] == 60);
    DOCTEST_CHECK(front["FP"] == 30);
    DOCTEST_CHECK(front["FN"] == 0);
    DOCTEST_CHECK(front["TN"] == 210);
    DOCTEST_CHECK(front["n_pred"] == 90);
    DOCTEST_CHECK(front["n_ref"] == 60);
  }

  DOCTEST_TEST_CASE("means are over finite values, and what was left out is counted") {
    const ScratchFolder folder;
    write_map(folder.path() / "ref" / "a.nii.gz", 2, 0);
    write_map(folder.path() / "pred" / "a.nii.gz", 2, 0);
    write_map(folder.path() / "ref" / "b.nii.gz", 2, 3);
    write_map(folder.path() / "pred" / "b.nii.gz", 0, 3);
    evaluate_folder(folder.path());
    const Json summary = summary_of(folder.path());
    DOCTEST_CHECK(summary["mean"]["1"]["Dice"] == 0.5);
    DOCTEST_CHECK(summary["mean"]["2"]["Dice"] == 1);
    DOCTEST_CHECK(summary["foreground_mean"]["Dice"] == 0.75);
    const Json distance = summary["intervals"]["1"]["HD95"], dice = summary["intervals"]["2"]["Dice"];
    DOCTEST_CHECK(distance["n"] == 1);
    DOCTEST_CHECK(distance["undefined"] == 0);
    DOCTEST_CHECK(distance["infinite"] == 1);
    DOCTEST_CHECK(dice["n"] == 1);
    DOCTEST_CHECK(dice["undefined"] == 1);
    DOCTEST_CHECK(dice["infinite"] == 0);
    DOCTEST_CHECK(summary["metric_per_case"][0]["metrics"]["2"]["Dice"].is_null());
    const Table table = read_table(folder.path() / "out" / "cases.tsv");
    DOCTEST_CHECK(table.text(1, "dice") == "n/a");
    DOCTEST_CHECK(table.text(2, "hd95_mm") == "inf");
  }

  DOCTEST_TEST_CASE("a structure that no case has keeps an undefined mean instead of 0") {
    const ScratchFolder folder;
    write_map(folder.path() / "ref" / "a.nii.gz", 2, 0);
    write_map(folder.path() / "pred" / "a.nii.gz", 2, 0);
    evaluate_folder(folder.path(), {{"front", 1}, {"nowhere", 9}});
    DOCTEST_CHECK(summary_of(folder.path())["mean"]["9"]["Dice"].is_null());
    DOCTEST_CHECK(summary_of(folder.path())["foreground_mean"]["Dice"] == 1);
  }

  DOCTEST_TEST_CASE("missing predictions, broken files and other grids fail alone") {
    const ScratchFolder folder;
    for (const char* name : {"a", "b", "c", "d"})
      write_map(folder.path() / "ref" / (std::string(name) + ".nii.gz"), 2, 3);
    write_map(folder.path() / "pred" / "a.nii.gz", 2, 3);
    write_map(folder.path() / "pred" / "b.nii.gz", 2, 3, 11);
    write_atomically(folder.path() / "pred" / "c.nii.gz", std::string_view("no image"));
    const EvaluateCounts counts = evaluate_folder(folder.path());
    DOCTEST_CHECK(counts.scored == 1);
    DOCTEST_CHECK(counts.failed == 3);
    const Json failed = summary_of(folder.path())["failed"];
    DOCTEST_CHECK(says(failed["b"].get<std::string>(), "different grids"));
    DOCTEST_CHECK(says(failed["d"].get<std::string>(), "no prediction"));
    const Table table = read_table(folder.path() / "out" / "cases.tsv");
    DOCTEST_CHECK(table.rows() == 8);
    DOCTEST_CHECK(table.text(7, "dice") == "n/a");
    DOCTEST_CHECK(summary_of(folder.path())["mean"]["1"]["Dice"] == 1);
  }

  DOCTEST_TEST_CASE("probability files beside label maps are not taken for predictions") {
    const ScratchFolder folder;
    write_map(folder.path() / "ref" / "a.nii.gz", 2, 3);
    write_map(folder.path() / "pred" / "a.nii.gz", 2, 3);
    write_noise(folder.path() / "pred" / "a_probabilities.nii.gz", {10, 6, 5});
    DOCTEST_CHECK(evaluate_folder(folder.path()).failed == 0);
  }

  DOCTEST_TEST_CASE("persons are those of BIDS names, or of a table that must name every case") {
    const ScratchFolder folder;
    for (const char* name : {"sub-1_ses-1", "sub-1_ses-2", "sub-2_ses-1"}) {
      write_map(folder.path() / "ref" / cat(name, ".nii.gz"), 2, 3);
      write_map(folder.path() / "pred" / cat(name, ".nii.gz"), 2, 3);
    }
    evaluate_folder(folder.path());
    DOCTEST_CHECK(summary_of(folder.path())["intervals"]["1"]["Dice"]["persons"] == 2);
    DOCTEST_CHECK(summary_of(folder.path())["metric_per_case"][1]["person"] == "sub-1");
    EvaluateOptions options = options_of(folder.path());
    options.persons = folder.path() / "persons.tsv";
    write_atomically(options.persons, "case\tperson\nsub-1_ses-1\ta\nsub-1_ses-2\tb\n");
    DOCTEST_CHECK(says(refusal_of([&] { evaluate_quietly(options); }), "whom case 'sub-2_ses-1' shows"));
    write_atomically(options.persons, "case\tperson\nsub-1_ses-1\ta\nsub-1_ses-2\tb\nsub-2_ses-1\tc\n");
    evaluate_quietly(options);
    DOCTEST_CHECK(summary_of(folder.path())["intervals"]["1"]["Dice"]["persons"] == 3);
    write_atomically(options.persons, "case\tperson\nsub-1_ses-1\ta\nsub-1_ses-1\tb\n");
    DOCTEST_CHECK(says(refusal_of([&] { evaluate_quietly(options); }), "two persons"));
  }

  DOCTEST_TEST_CASE("lesions are counted where they are asked for") {
    const ScratchFolder folder;
    write_map(folder.path() / "ref" / "a.nii.gz", 2, 3);
    write_map(folder.path() / "pred" / "a.nii.gz", 0, 3);
    EvaluateOptions options = options_of(folder.path());
    evaluate_quietly(options);
    DOCTEST_CHECK_FALSE(read_table(folder.path() / "out" / "cases.tsv").has("lesion_f1"));
    options.lesions = true;
    evaluate_quietly(options);
    const Table table = read_table(folder.path() / "out" / "cases.tsv");
    DOCTEST_CHECK(table.number(0, "lesions_missed") == 1);
    DOCTEST_CHECK(table.number(0, "lesion_f1") == 0);
    DOCTEST_CHECK(table.number(1, "lesion_f1") == 1);
  }

  DOCTEST_TEST_CASE("a BIDS derivative is a reference: cases by their names, structures by its dseg.tsv") {
    const ScratchFolder folder;
    const fs::path data = folder.path() / "ref", maps = data / "derivatives" / "manual";
    write_map(data / "sub-1" / "anat" / "sub-1_T1w.nii.gz", 2, 3);
    write_map(maps / "sub-1" / "anat" / "sub-1_seg-own_dseg.nii.gz", 2, 3);
    write_map(maps / "sub-2" / "ses-a" / "anat" / "sub-2_ses-a_seg-own_dseg.nii.gz", 2, 4);
    write_map(maps / "sub-3" / "anat" / "sub-3_seg-own_dseg.nii.gz", 2, 3);
    write_atomically(maps / "dseg.tsv", "index\tname\n0\tbackground\n1\tfront\n2\tback\n");
    write_map(folder.path() / "pred" / "sub-1.nii.gz", 2, 3);
    write_map(folder.path() / "pred" / "sub-2_ses-a.nii.gz", 2, 2);
    for (const fs::path& reference : {maps, data}) {
      EvaluateOptions options = options_of(folder.path());
      options.reference = reference;
      const EvaluateCounts counts = evaluate_quietly(options);
      DOCTEST_CHECK(counts.scored == 2);
      DOCTEST_CHECK(counts.failed == 0);
      const Table table = read_table(options.out / "cases.tsv");
      DOCTEST_REQUIRE(table.rows() == 4);
      DOCTEST_CHECK(table.text(3, "case") == "sub-2_ses-a");
      DOCTEST_CHECK(table.text(3, "structure") == "back");
      DOCTEST_CHECK(table.number(3, "volume_error_percent") == -50);
    }
  }

  DOCTEST_TEST_CASE("of several maps of a reference the one that is named counts, else the model's own") {
    const ScratchFolder folder;
    const fs::path maps = folder.path() / "ref" / "derivatives" / "manual", pred = folder.path() / "pred";
    for (const char* name : {"sub-1", "sub-2"}) {
      write_map(maps / name / "anat" / cat(name, "_seg-parts_dseg.nii.gz"), 2, 3);
      write_map(maps / name / "anat" / cat(name, "_label-lesion_mask.nii.gz"), 4, 0);
      write_map(pred / cat(name, "_anatomy.nii.gz"), 2, 3);
      write_map(pred / cat(name, "_lesion.nii.gz"), 2, 0);
    }
    EvaluateOptions options = options_of(folder.path());
    options.reference = maps;
    const auto refusal = [&options] { return refusal_of([&] { evaluate_quietly(options); }); };
    DOCTEST_CHECK(says(refusal(), "choose one by --map: label-lesion_mask, seg-parts_dseg"));
    options.map = "label-lesion_mask";
    const auto dice = [&options] {
      const Table table = read_table(options.out / "cases.tsv");
      DOCTEST_REQUIRE(table.rows() >= 2);
      return table.text(0, "structure") + " " + table.text(0, "dice");
    };
    DOCTEST_CHECK(says(refusal(), "two predictions of one case (sub-1): "));
    SegmentationOptions lesion, anatomy;
    lesion.name = "lesion";
    lesion.target.map = "label-lesion_mask";
    anatomy.name = "anatomy";
    anatomy.target.map = "seg-parts_dseg";
    write_task_maps(pred, {TaskOptions{anatomy}, TaskOptions{lesion}});
    DOCTEST_CHECK(evaluate_quietly(options).scored == 2);
    DOCTEST_CHECK(says(dice(), "lesion 0.6666"));
    options.map = "seg-parts_dseg";
    DOCTEST_CHECK(evaluate_quietly(options).scored == 2);
    DOCTEST_CHECK(dice() == "1 1");
    options.map.clear();
    DOCTEST_CHECK(says(refusal(), "choose one by --map"));  // the model has both
    for (const char* name : {"sub-1", "sub-2"}) fs::remove(pred / cat(name, "_anatomy.nii.gz"));
    write_task_maps(pred, {TaskOptions{lesion}});
    DOCTEST_CHECK(evaluate_quietly(options).scored == 2);
    DOCTEST_CHECK(says(dice(), "lesion 0.6666"));
    options.map = "label-tumour_mask";
    DOCTEST_CHECK(says(refusal(), "--map label-tumour_mask: "));
  }

  DOCTEST_TEST_CASE("predictions named NAME_TASK are scored task by task, by the structures of each") {
    const ScratchFolder folder;
    EvaluateOptions options = options_of(folder.path());
    const auto refusal = [&options] { return refusal_of([&] { evaluate_quietly(options); }); };
    SegmentationOptions front, back;
    front.name = "front";
    front.target.labels = {{"front", 1}};
    back.name = "back";
    back.target.labels = {{"back", 2}};
    for (const char* name : {"a", "b"}) {
      write_map(options.predictions / cat(name, "_front.nii.gz"), 2, 0);
      write_map(options.predictions / cat(name, "_back.nii.gz"), 0, 4);
      write_map(options.reference / cat(name, ".nii.gz"), 2, 2);
    }
    DOCTEST_CHECK(
        says(refusal(), "no prediction has the name of a reference"));  // nobody says what tasks are
    write_task_maps(options.predictions, {TaskOptions{front}, TaskOptions{back}});
    DOCTEST_CHECK(says(refusal(), "holds label maps of several tasks (back, front); choose one by --task"));
    const auto scored = [&options](const std::string& task) {
      options.task = task;
      DOCTEST_CHECK(evaluate_quietly(options).scored == 2);
      const Table table = read_table(options.out / "cases.tsv");
      DOCTEST_CHECK(table.rows() == 2);
      return table.text(0, "case") + " " + table.text(0, "structure") + " " + table.text(0, "dice");
    };
    DOCTEST_CHECK(scored("front") == "a front 1");
    DOCTEST_CHECK(says(scored("back"), "a back 0.6666"));
    for (const char* name : {"a", "b"}) {
      fs::create_directories(options.reference / "labelsTr");
      fs::rename(options.reference / cat(name, ".nii.gz"),
                 options.reference / "labelsTr" / cat(name, ".nii.gz"));
      write_noise(options.reference / "imagesTr" / cat(name, "_0000.nii.gz"), {10, 6, 5});
    }
    write_atomically(options.reference / "dataset.json",
                     std::string_view(R"({"channel_names": {"0": "T1w"}, "numTraining": 2,
                       "labels": {"background": 0, "front": 1, "back": 2}, "file_ending": ".nii.gz"})"));
    DOCTEST_CHECK(says(scored("back"), "a back 0.6666"));
    options.task = "fron";
    DOCTEST_CHECK(says(refusal(), "--task fron: the predictions are of no such task; did you mean 'front'?"));
  }

  DOCTEST_TEST_CASE(
      "of a dataset the structures of the only task and the cases with a label map are scored") {
    const ScratchFolder folder;
    const EvaluateOptions options = options_of(folder.path());
    SegmentationOptions front;
    front.name = "front";
    front.target.labels = {{"front", 1}};
    for (const char* name : {"a", "b"}) {
      write_map(options.predictions / cat(name, ".nii.gz"), 2, 0);
      write_noise(options.reference / "imagesTr" / cat(name, "_0000.nii.gz"), {10, 6, 5});
    }
    write_task_maps(options.predictions, {TaskOptions{front}});
    write_map(options.reference / "labelsTr" / "a.nii.gz", 2, 2);
    write_atomically(options.reference / "dataset.json",
                     std::string_view(R"({"channel_names": {"0": "T1w"}, "numTraining": 2,
                       "labels": {"background": 0, "front": 1, "back": 2}, "file_ending": ".nii.gz"})"));
    DOCTEST_CHECK(evaluate_quietly(options).scored == 1);
    const Table table = read_table(options.out / "cases.tsv");
    DOCTEST_REQUIRE(table.rows() == 1);
    DOCTEST_CHECK(table.text(0, "structure") == "front");
    fs::remove(options.reference / "labelsTr" / "a.nii.gz");
    DOCTEST_CHECK(refusal_of([&] { evaluate_quietly(options); }) != "");
  }

  DOCTEST_TEST_CASE("a dataset of one map a case takes no --map") {
    const ScratchFolder folder;
    write_map(folder.path() / "pred" / "a.nii.gz", 2, 3);
    write_atomically(folder.path() / "ref" / "dataset.json", std::string_view("{}"));
    EvaluateOptions options = options_of(folder.path());
    options.map = "dseg";
    DOCTEST_CHECK(says(refusal_of([&] { evaluate_quietly(options); }), "leave --map out"));
  }

  DOCTEST_TEST_CASE("a link to nothing or round in a circle fails alone, as a folder it is refused") {
    const ScratchFolder folder;
    for (const char* name : {"a", "b", "c"}) write_map(folder.path() / "ref" / cat(name, ".nii.gz"), 2, 3);
    write_map(folder.path() / "pred" / "a.nii.gz", 2, 3);
    fs::create_symlink("b.nii.gz", folder.path() / "pred" / "b.nii.gz");
    fs::create_symlink("nowhere", folder.path() / "pred" / "c.nii.gz");
    const EvaluateCounts counts = evaluate_folder(folder.path());
    DOCTEST_CHECK(counts.scored == 1);
    DOCTEST_CHECK(counts.failed == 2);
    EvaluateOptions options = options_of(folder.path());
    options.reference = folder.path() / "pred" / "b.nii.gz";
    DOCTEST_CHECK(says(refusal_of([&] { evaluate_quietly(options); }), "b.nii.gz: it cannot be read ("));
  }

  DOCTEST_TEST_CASE("folders without a case in common are refused") {
    const ScratchFolder folder;
    write_map(folder.path() / "ref" / "a.nii.gz", 2, 3);
    write_map(folder.path() / "pred" / "b.nii.gz", 2, 3);
    DOCTEST_CHECK(says(refusal_of([&] { evaluate_folder(folder.path()); }), "holds 'b'"));
  }

  DOCTEST_TEST_CASE("the hippocampi's label maps agree with themselves, by the names of their dataset") {
    const auto dataset = hippocampi();
    if (!dataset) return;
    const ScratchFolder folder;
    Log log(Verbosity::quiet);
    const EvaluateOptions options{.predictions = *dataset / "labelsTr",
                                  .reference = *dataset,
                                  .out = folder.path() / "out",
                                  .persons = {},
                                  .labels = {},
                                  .threads = 2};
    const EvaluateCounts counts = evaluate(options, log);
    DOCTEST_CHECK(counts.scored >= 100);
    DOCTEST_CHECK(counts.failed == 0);
    const Json summary = summary_of(folder.path());
    DOCTEST_CHECK(summary["foreground_mean"]["Dice"] == 1);
    DOCTEST_CHECK(summary["mean"]["2"]["HD95"] == 0);
    DOCTEST_CHECK(read_table(folder.path() / "out" / "cases.tsv").text(1, "structure") == "Posterior");
  }

  DOCTEST_TEST_CASE("counts, Dice and IoU equal nnU-Net's own evaluation of the folder") {
    const ScratchFolder folder;
    for (const int64_t i : {0, 1, 2, 3}) {
      const std::string name = "case" + std::to_string(i) + ".nii.gz";
      write_map(folder.path() / "ref" / name, i, 3);
      write_map(folder.path() / "pred" / name, 2, i);
    }
    evaluate_folder(folder.path(), {{"front", 1}, {"back", 2}});
    if (!run_python("infer/golden/evaluate_folder.py",
                    {folder.path() / "ref", folder.path() / "pred", folder.path() / "theirs.json"}))
      return;
    const Json ours = summary_of(folder.path()),
               theirs = Json::parse(read_text(folder.path() / "theirs.json"));
    const auto same = [](const Json& a, const Json& b) {
      return a.is_null() || b.is_null() ? a == b : std::abs(a.get<double>() - b.get<double>()) < 1e-9;
    };
    for (const auto& [metric, value] : theirs["foreground_mean"].items())
      DOCTEST_CHECK_MESSAGE(same(ours["foreground_mean"][metric], value), metric);
    for (const char* label : {"1", "2"})
      for (const auto& [metric, value] : theirs["mean"][label].items())
        DOCTEST_CHECK_MESSAGE(same(ours["mean"][label][metric], value), metric);
    for (size_t i = 0; i < 4; ++i)
      for (const auto& [metric, value] : theirs["metric_per_case"][i]["metrics"]["1"].items())
        DOCTEST_CHECK_MESSAGE(same(ours["metric_per_case"][i]["metrics"]["1"][metric], value), metric);
  }
}

}  // namespace
}  // namespace tazuna
