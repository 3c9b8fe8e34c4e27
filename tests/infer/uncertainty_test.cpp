// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tables/table.hpp"
#include "tests/infer/four_cases.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

Tensor voxels_of(const fs::path& file) {
  return read_image(file).volume.voxels;
}

DOCTEST_TEST_SUITE("infer/uncertainty") {
  DOCTEST_TEST_CASE("a voxel's uncertainty is the normalised entropy of the probabilities beside it") {
    const Cohort4 cohort;
    PredictOptions options = cohort.options("out");
    options.models.push_back(cohort.path() / "other");
    save_tiny(options.models.back(), tiny_recipe(), 6);
    options.mirror = options.probabilities = options.uncertainty = true;
    DOCTEST_REQUIRE(predict(options).done == 4);
    for (const char* name : {"c1", "c4"}) {
      const ImageFile unsure = read_image(options.out / cat(name, "_uncertainty.nii.gz"));
      const ImageFile image = read_image(cohort.path() / "in" / cat(name, "_0000.nii.gz"));
      const Tensor shares = voxels_of(options.out / cat(name, "_probabilities.nii.gz"));
      DOCTEST_CHECK(grid_difference(unsure.volume.geometry, image.volume.geometry) == "");
      DOCTEST_CHECK(unsure.dtype == "float32");
      const Tensor expected = -at::special_xlogy(shares, shares).sum(0, /*keepdim=*/true) / std::log(3.0);
      DOCTEST_CHECK(at::allclose(unsure.volume.voxels, expected, 1e-5, 1e-6));
    }
    const auto facts = nlohmann::json::parse(read_text(options.out / "c1_uncertainty.json"));
    DOCTEST_CHECK(facts.at("LabelMap") == nlohmann::json({"background", "front", "back"}));
  }

  DOCTEST_TEST_CASE(
      "volumes.tsv gains the mean over each drawn structure, as cleaned, and else is the same") {
    const Cohort4 cohort;
    PredictOptions options = cohort.options("plain");
    options.cleanup.keep_largest = {"front"};
    options.cleanup.min_voxels = 200;
    predict(options);
    options.out = cohort.path() / "out";
    options.uncertainty = true;
    predict(options);
    const Table plain = read_table(cohort.path() / "plain" / "volumes.tsv"),
                table = read_table(options.out / "volumes.tsv");
    auto columns = plain.columns();
    DOCTEST_CHECK(columns.back() == "ml");
    columns.push_back("uncertainty");
    DOCTEST_REQUIRE(table.columns() == columns);
    DOCTEST_REQUIRE(table.rows() == 8);
    int64_t drawn = 0;
    for (size_t row = 0; row < table.rows(); ++row) {
      for (const std::string& column : plain.columns())
        DOCTEST_CHECK(table.text(row, column) == plain.text(row, column));
      const fs::path stem = options.out / table.text(row, "case");
      const Tensor mask = voxels_of(stem.string() + ".nii.gz") == table.number(row, "label");
      const Tensor inside = voxels_of(stem.string() + "_uncertainty.nii.gz").masked_select(mask);
      drawn += inside.numel() > 0;
      if (inside.numel() == 0) {
        DOCTEST_CHECK(table.text(row, "uncertainty") == "n/a");
      } else {
        DOCTEST_CHECK(table.number(row, "uncertainty") ==
                      doctest::Approx(inside.mean(at::kDouble).item<double>()).epsilon(1e-5));
      }
    }
    DOCTEST_CHECK(drawn > 0);
  }

  DOCTEST_TEST_CASE("asked again nothing is done; asked later or where a map is missing only that is made") {
    const Cohort4 cohort;
    PredictOptions options = cohort.options("out");
    DOCTEST_REQUIRE(predict(options).done == 4);
    const auto before = digests(options.out);
    options.uncertainty = true;
    DOCTEST_CHECK(predict(options).done == 4);
    DOCTEST_CHECK(predict(options).skipped == 4);
    for (const auto& [name, digest] : before) {
      DOCTEST_CAPTURE(name);
      if (name != "volumes.tsv") DOCTEST_CHECK(digests(options.out).at(name) == digest);
    }
    const auto with = digests(options.out);
    fs::remove(options.out / "c2_uncertainty.nii.gz");
    const PredictCounts counts = predict(options);
    DOCTEST_CHECK(counts.done == 1);
    DOCTEST_CHECK(counts.skipped == 3);
    DOCTEST_CHECK(digests(options.out) == with);
    options.uncertainty = false;
    DOCTEST_CHECK(predict(options).skipped == 4);
    DOCTEST_CHECK(digests(options.out) == with);
  }

  DOCTEST_TEST_CASE("a BIDS dataset has a map a task beside its label map, and a file that says what it is") {
    const Cohort4 cohort({"one", "two_b"});
    PredictOptions options = cohort.options("out");
    options.bids = options.uncertainty = true;
    DOCTEST_REQUIRE(predict(options).done == 4);
    const fs::path anat = options.out / "sub-c1" / "anat";
    for (const char* task : {"one", "twob"}) {
      const fs::path stem = anat / cat("sub-c1_seg-", task, "_uncertainty");
      DOCTEST_CHECK(fs::exists(stem.string() + ".nii.gz"));
      const auto facts = nlohmann::json::parse(read_text(stem.string() + ".json"));
      DOCTEST_CHECK(facts.at("Manual") == false);
      DOCTEST_CHECK(facts.at("Description").get<std::string>().starts_with("entropy"));
    }
    DOCTEST_CHECK_FALSE(fs::exists(anat / "sub-c1_seg-one_probseg.nii.gz"));
    DOCTEST_CHECK(read_text(options.out / ".bidsignore").find("*_uncertainty.*") != std::string::npos);
  }
}

}  // namespace
}  // namespace tazuna
