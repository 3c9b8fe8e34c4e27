// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_saliency.hpp"

#include <ATen/ATen.h>

#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A run on one person whose image is 4 x 5 x 6 voxels (x, y, z).
struct OneCase {
  OneCase() {
    Geometry geometry;
    geometry.size = {6, 5, 4};
    const auto file = folder.path() / "image.nii.gz";
    write_image(file, at::arange(120, at::kFloat).view({1, 6, 5, 4}), geometry, {});
    StructuralOptions input;
    input.sequences = {"T1w"};
    run.config.emplace();
    run.config->input = input;
    run.cohort.emplace();
    run.cohort->subjects = {{.id = "sub-1", .person = "sub-1", .images = {{"T1w", {file}}}}};
  }
  ScratchFolder folder;
  RunOnDisk run;
  Log log{Verbosity::quiet};
};

Table rows_of(const std::string& case_id, const std::string& measure, const std::string& answer) {
  Table table({"task", "role", "case", "truth", "measure", "answer", "change", "x_low", "x_high", "y_low",
               "y_high", "z_low", "z_high"});
  for (const char* change : {"-0.5", "0.25"}) {
    const bool first = std::string(change) == "-0.5";
    table.add({"age", "worst of 9", case_id, "41.123", measure, answer, change, "0", "4", "0", "5",
               first ? "0" : "3", first ? "3" : "6"});
  }
  return table;
}

DOCTEST_TEST_SUITE("experiment/report_saliency") {
  DOCTEST_TEST_CASE("the boxes of a case become one map on its image, answers with their unit") {
    OneCase one;
    const auto maps = saliency_maps(one.run, rows_of("sub-1", "answer (years)", "44.5678"), one.log);
    DOCTEST_REQUIRE(maps.size() == 1);
    DOCTEST_CHECK(maps[0].missing.empty());
    DOCTEST_CHECK(maps[0].sequence == "T1w");
    DOCTEST_CHECK(maps[0].truth == "41.12 years");
    DOCTEST_CHECK(maps[0].answer == "44.57 years");
    DOCTEST_CHECK(maps[0].boxes == 2);
    DOCTEST_CHECK(maps[0].greatest == 0.5);
    DOCTEST_CHECK(maps[0].planes.size() == 3);
    DOCTEST_CHECK(saliency_maps(one.run, rows_of("sub-1", "log-odds of 2", "2"), one.log)[0].answer == "2");
  }

  DOCTEST_TEST_CASE("a case that is gone, or whose image is another by now, is said in its place") {
    OneCase one;
    const auto gone = saliency_maps(one.run, rows_of("sub-2", "answer", "44"), one.log);
    DOCTEST_CHECK(gone[0].planes.empty());
    DOCTEST_CHECK(gone[0].missing.find("no longer has this case") != std::string::npos);
    Geometry geometry;
    geometry.size = {3, 5, 4};
    write_image(one.run.cohort->subjects[0].images.at("T1w").file, at::zeros({1, 3, 5, 4}), geometry, {});
    DOCTEST_CHECK(saliency_maps(one.run, rows_of("sub-1", "answer", "44"), one.log)[0].missing.find(
                      "3 voxels") != std::string::npos);
    DOCTEST_CHECK(saliency_maps(one.run, Table(), one.log).empty());
  }
}

}  // namespace
}  // namespace tazuna
