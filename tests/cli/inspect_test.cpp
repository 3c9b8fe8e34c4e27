// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "tests/cli/blobs.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

using Json = nlohmann::json;

Json inspected(const fs::path& file) {
  const Finished finished = run("inspect --json " + file.string());
  DOCTEST_REQUIRE_MESSAGE(finished.code == 0, finished.err);
  return Json::parse(finished.out);
}

DOCTEST_TEST_SUITE("cli/inspect") {
  DOCTEST_TEST_CASE("an image is told as NumPy and nibabel see it") {
    const BlobFolder folder;
    const Json facts = inspected(folder.data() / "labelsTr" / "case_02.nii");
    DOCTEST_CHECK(facts.at("shape") == Json({12, 12, 12}));
    DOCTEST_CHECK(facts.at("spacing") == Json({1.0, 1.0, 1.25}));
    DOCTEST_CHECK(facts.at("dtype") == "uint8");
    DOCTEST_CHECK(facts.at("max") == 1.0);
    DOCTEST_CHECK(
        facts.at("affine") ==
        Json({{1.0, 0.0, 0.0, -5.0}, {0.0, 1.0, 0.0, 3.0}, {0.0, 0.0, 1.25, 9.0}, {0.0, 0.0, 0.0, 1.0}}));
    const ScratchFolder made;
    if (!run_python("cli/golden/image_facts.py", {made.path()})) return;
    const Json expected = Json::parse(text_of(made.path() / "expected.json"));
    DOCTEST_REQUIRE(expected.size() >= 6);
    for (const auto& [name, image] : expected.items()) {
      DOCTEST_CAPTURE(name);
      const Json found = inspected(made.path() / name);
      DOCTEST_CHECK(found.at("shape") == image.at("shape"));
      DOCTEST_CHECK(found.at("dtype") == image.at("dtype"));
      for (const std::string key : {"min", "max", "mean"})
        DOCTEST_CHECK(found.at(key).get<double>() ==
                      doctest::Approx(image.at(key).get<double>()).epsilon(1e-6));
      for (size_t axis = 0; axis < 3; ++axis)
        DOCTEST_CHECK(found.at("spacing")[axis].get<double>() ==
                      doctest::Approx(image.at("spacing")[axis].get<double>()).epsilon(1e-6));
      for (size_t row = 0; row < 4; ++row)
        for (size_t column = 0; column < 4; ++column)
          DOCTEST_CHECK(std::abs(found.at("affine")[row][column].get<double>() -
                                 image.at("affine")[row][column].get<double>()) < 1e-5);
    }
  }

  DOCTEST_TEST_CASE("a run, its model and its weights tell what they are") {
    const BlobFolder folder;
    const fs::path out = folder.train("run");
    const Json run_facts = inspected(out);
    DOCTEST_CHECK(run_facts.at("finished") == true);
    DOCTEST_CHECK(run_facts.at("fold") == "0");
    DOCTEST_CHECK(run_facts.at("model").at("tasks").at("blob").at("labels").at("blob") == 1);
    DOCTEST_CHECK(run_facts.at("model").at("widths") == Json({4, 8}));
    DOCTEST_CHECK(run_facts.at("last_row").at("step") == "6");
    DOCTEST_CHECK(run_facts.at("held_out").at("Dice").is_number());
    const Json model = inspected(out / "model.json");
    DOCTEST_CHECK(model.at("weights") == "model.safetensors has the checksum of this file");
    DOCTEST_CHECK(model.at("summary") == run_facts.at("model"));
    const Json weights = inspected(out / "model.safetensors");
    DOCTEST_CHECK(weights.at("sha256") == model.at("model").at("weights").at("sha256"));
    DOCTEST_CHECK(weights.at("tensors").size() > 10);
    DOCTEST_CHECK(weights.at("values").get<int64_t>() > 1000);
    fs::resize_file(out / "model.safetensors", 5000);
    DOCTEST_CHECK(has(run("inspect " + (out / "model.json").string()).out, "HAS ANOTHER CHECKSUM"));
    expect(run("inspect " + (out / "model.safetensors").string()), 3, {"model.safetensors"});
  }

  DOCTEST_TEST_CASE("a model tells in which words it answers: maps, classes, levels, units") {
    const ScratchFolder scratch;
    const fs::path file = scratch.path() / "model.json";
    write_text(file, R"({"format": 1, "weights": {"sha256": ""}, "recipe": {"tasks": [
      {"kind": "segmentation", "name": "lesion", "target": {"map": "label-lesion_mask", "labels": {"core": 1}, "ignore": 0}},
      {"kind": "ordinal", "name": "mrs", "target": {"column": "mrs", "levels": ["0", "1", "2"]}, "cuts": ["0"], "covariates": []},
      {"kind": "regression", "name": "age", "target": {"column": "age", "unit": "years", "log": false}},
      {"kind": "classification", "name": "sex", "target": {"column": "sex", "classes": ["f", "m"]}, "covariates": ["age"]}]}})");
    const Json tasks = inspected(file).at("summary").at("tasks");
    DOCTEST_CHECK(tasks.at("lesion") == Json::parse(R"({"kind": "segmentation", "map": "label-lesion_mask",
                                                        "labels": {"core": 1}})"));
    DOCTEST_CHECK(tasks.at("mrs") == Json::parse(R"({"kind": "ordinal", "column": "mrs",
                                                     "levels": ["0", "1", "2"], "cuts": ["0"]})"));
    DOCTEST_CHECK(tasks.at("age") ==
                  Json::parse(R"({"kind": "regression", "column": "age", "unit": "years"})"));
    DOCTEST_CHECK(tasks.at("sex").at("covariates") == Json::parse(R"(["age"])"));
    const std::string lines = run("inspect " + file.string()).out;
    for (const std::string part : {"levels: [\"0\",\"1\",\"2\"]", "unit: years", "map: label-lesion_mask"})
      DOCTEST_CHECK_MESSAGE(has(lines, part), lines);
  }

  DOCTEST_TEST_CASE("weights and checkpoints tell what their run answers") {
    const BlobFolder folder;
    const fs::path out = folder.train("run");
    const Json expected = inspected(out).at("model").at("tasks");
    DOCTEST_CHECK(expected.at("blob").at("map") == "label");
    DOCTEST_CHECK(inspected(out / "model.safetensors").at("tasks") == expected);
    DOCTEST_CHECK(inspected(out / "state" / "step-000000006.safetensors").at("tasks") == expected);
    fs::remove(out / "model.json");
    DOCTEST_CHECK(inspected(out).at("tasks") == expected);
    fs::rename(out / "model.safetensors", folder / "alone.safetensors");
    DOCTEST_CHECK_FALSE(inspected(folder / "alone.safetensors").contains("tasks"));
  }

  DOCTEST_TEST_CASE("a run of all folds tells of each fold and of all held-out cases") {
    const BlobFolder folder;
    const Json facts = inspected(folder.train("all", "--fold all"));
    DOCTEST_CHECK(facts.at("folds").size() == 3);
    DOCTEST_CHECK(facts.at("folds").at("fold_2").at("finished") == true);
    DOCTEST_CHECK(facts.at("held_out").at("Dice").is_number());
  }

  DOCTEST_TEST_CASE("without --json the same stands in lines") {
    const BlobFolder folder;
    const Finished lines = run("inspect " + (folder.data() / "imagesTr" / "case_00_0000.nii").string());
    DOCTEST_CHECK(lines.code == 0);
    for (const std::string part :
         {"shape: [12,12,12]", "dtype: float32", "affine from: sform", "description: a blob"}) {
      DOCTEST_CAPTURE(part);
      DOCTEST_CHECK(has(lines.out, part));
    }
  }

  DOCTEST_TEST_CASE("what is no image, model or run is refused with what would be") {
    const BlobFolder folder;
    expect(run("inspect " + (folder / "absent").string()), 3, {"absent", "no such file or folder"});
    expect(run("inspect " + folder.data().string()), 3, {"is no run folder"});
    expect(run("inspect " + folder.config().string()), 3, {"blobs.yaml", ".nii.gz"});
    write_text(folder / "model.json", "{}");
    expect(run("inspect " + (folder / "model.json").string()), 3, {"model.json"});
    write_text(folder / "x.safetensors", "x");
    expect(run("inspect " + (folder / "x.safetensors").string()), 3, {"x.safetensors"});
  }
}

}  // namespace
}  // namespace tazuna::testing
