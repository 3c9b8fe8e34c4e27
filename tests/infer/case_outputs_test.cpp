// SPDX-License-Identifier: Apache-2.0
#include "infer/case_outputs.hpp"

#include <nlohmann/json.hpp>

#include "infer/cleanup_file.hpp"
#include "tables/table.hpp"
#include "tests/infer/four_cases.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

nlohmann::json json_of(const fs::path& file) {
  return nlohmann::json::parse(read_text(file));
}

Tensor labels_of(const fs::path& file) {
  return read_labels(file).volume.voxels;
}

DOCTEST_TEST_SUITE("infer/case_outputs") {
  DOCTEST_TEST_CASE("probabilities add up to one a voxel, and a file beside them names the classes") {
    const Cohort4 cohort;
    PredictOptions options = cohort.options("out");
    options.probabilities = true;
    DOCTEST_REQUIRE(predict(options).done == 4);
    const ImageFile shares = read_image(options.out / "c1_probabilities.nii.gz");
    const ImageFile image = read_image(cohort.path() / "in" / "c1_0000.nii.gz");
    DOCTEST_CHECK(grid_difference(shares.volume.geometry, image.volume.geometry) == "");
    DOCTEST_CHECK(shares.dtype == "float32");
    DOCTEST_CHECK(at::allclose(shares.volume.voxels.sum(0), at::ones({10, 12, 10})));
    DOCTEST_CHECK(json_of(options.out / "c1_probabilities.json").at("LabelMap") ==
                  nlohmann::json({"background", "front", "back"}));
  }

  DOCTEST_TEST_CASE("the labels of a picture go into a picture of its size") {
    const Cohort4 cohort;
    Geometry grid;
    grid.size = {1, 20, 30};
    const Tensor grey = (noise({1, 20, 30}, "grey").abs() * 60).clamp(0, 255).to(at::kShort);
    write_labels(cohort.path() / "pictures" / "one.png", grey, grid, {});
    PredictOptions options = cohort.options("out");
    options.inputs = {cohort.path() / "pictures"};
    DOCTEST_REQUIRE(predict(options).done == 1);
    DOCTEST_CHECK(labels_of(options.out / "one.png").sizes() == at::IntArrayRef({1, 1, 20, 30}));
    DOCTEST_CHECK(predict(options).skipped == 1);
  }

  DOCTEST_TEST_CASE("clean-up changes maps and volumes together; other wishes answer anew, the same do not") {
    const Cohort4 cohort;
    predict(cohort.options("as_is"));
    PredictOptions options = cohort.options("out");
    options.cleanup.keep_largest = {"front"};
    DOCTEST_REQUIRE(predict(options).done == 4);
    const Tensor before = labels_of(cohort.path() / "as_is" / "c1.nii.gz"),
                 after = labels_of(options.out / "c1.nii.gz");
    DOCTEST_CHECK(at::equal(before == 3, after == 3));
    DOCTEST_CHECK(at::equal((after == 1).squeeze(0), (largest_component_only(before.squeeze(0), 1) == 1)));
    DOCTEST_CHECK((after == 1).sum().item<int64_t>() < (before == 1).sum().item<int64_t>());
    const Table volumes = read_table(options.out / "volumes.tsv");
    DOCTEST_CHECK(volumes.number(0, "voxels") == (after == 1).sum().item<double>());
    DOCTEST_CHECK(predict(options).skipped == 4);
    options.cleanup.min_mm3 = 2;
    DOCTEST_CHECK(predict(options).done == 4);
    options.cleanup = {};
    DOCTEST_CHECK(predict(options).done == 4);
    DOCTEST_CHECK(digests(options.out) == digests(cohort.path() / "as_is"));
  }

  DOCTEST_TEST_CASE("what cross-validation learnt is done unless asked otherwise") {
    const Cohort4 cohort;
    PredictOptions asked = cohort.options("asked");
    asked.cleanup.keep_largest = {"front"};
    predict(asked);
    LearntCleanup learnt;
    learnt.task = "parts";
    learnt.structure = "front";
    learnt.keep_largest = true;
    write_cleanup(cohort.path() / "run", {learnt});
    predict(cohort.options("learnt"));
    DOCTEST_CHECK(digests(cohort.path() / "learnt") == digests(asked.out));
    PredictOptions off = cohort.options("off");
    off.cleanup.learnt = false;
    predict(off);
    DOCTEST_CHECK(digests(off.out) != digests(asked.out));
  }

  DOCTEST_TEST_CASE("a BIDS dataset has standard names with sidecars, and the tables at its root") {
    const Cohort4 cohort({"one", "two_b"});
    PredictOptions options = cohort.options("out");
    options.bids = options.probabilities = true;
    DOCTEST_REQUIRE(predict(options).done == 4);
    const fs::path anat = options.out / "sub-c1" / "anat";
    for (const char* name : {"sub-c1_seg-one_dseg.nii.gz", "sub-c1_seg-twob_dseg.nii.gz",
                             "sub-c1_seg-one_probseg.nii.gz", "sub-c1_seg-twob_probseg.json"}) {
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK(fs::exists(anat / name));
    }
    const Table names = read_table(anat / "sub-c1_seg-one_dseg.tsv");
    DOCTEST_CHECK(names.columns() == std::vector<std::string>{"index", "name"});
    DOCTEST_CHECK(names.text(2, "index") == "3");
    DOCTEST_CHECK(names.text(2, "name") == "back");
    DOCTEST_CHECK(json_of(anat / "sub-c1_seg-one_dseg.json").at("Manual") == false);
    DOCTEST_CHECK(json_of(anat / "sub-c1_seg-one_probseg.json").at("LabelMap").size() == 3);
    const Table status = read_table(options.out / "status.tsv");
    DOCTEST_CHECK(status.text(0, "case") == "c1");
    DOCTEST_CHECK(status.text(0, "reason") == "written as sub-c1");
    DOCTEST_CHECK(read_table(options.out / "volumes.tsv").rows() == 16);
    DOCTEST_CHECK(predict(options).skipped == 4);
    save_tiny(cohort.path() / "run", tiny_recipe({"T1w"}, {"one"}), 6);
    DOCTEST_CHECK(predict(options).done == 4);
    DOCTEST_CHECK(!fs::exists(anat / "sub-c1_seg-twob_dseg.nii.gz"));
    options.bids = false;
    DOCTEST_CHECK(says(refusal_of([&] { predict(options); }), "go on with --bids"));
  }

  DOCTEST_TEST_CASE(
      "chosen participants alone are predicted, and a case that fails has rows without numbers") {
    const Cohort4 cohort;
    write_atomically(cohort.path() / "in" / "c2_0000.nii.gz", std::string_view("no image"));
    PredictOptions options = cohort.options("out");
    options.participants = {"c2"};
    const PredictCounts counts = predict(options);
    DOCTEST_CHECK(counts.failed == 1);
    DOCTEST_CHECK(counts.done == 0);
    const Table volumes = read_table(options.out / "volumes.tsv");
    DOCTEST_REQUIRE(volumes.rows() == 2);
    DOCTEST_CHECK(volumes.text(1, "structure") == "back");
    for (const char* column : {"voxels", "mm3", "ml"}) DOCTEST_CHECK(volumes.text(1, column) == "n/a");
    const Table subjects = read_table(options.out / "subjects.tsv");
    DOCTEST_CHECK(subjects.columns() == std::vector<std::string>{"case", "person", "session"});
    DOCTEST_CHECK(subjects.text(0, "session") == "n/a");
  }
}

}  // namespace
}  // namespace tazuna
