// SPDX-License-Identifier: Apache-2.0
#include "infer/cohort.hpp"

#include <csignal>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "infer/ensemble.hpp"
#include "tables/table.hpp"
#include "tests/infer/four_cases.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

DOCTEST_TEST_SUITE("infer/cohort") {
  DOCTEST_TEST_CASE("every case gets a label map on its grid and a row in each table") {
    const Cohort4 cohort;
    const PredictCounts counts = predict(cohort.options("out"));
    DOCTEST_CHECK(counts.done == 4);
    DOCTEST_CHECK(counts.failed + counts.skipped == 0);
    for (const int64_t i : {1, 2, 3, 4}) {
      const ImageFile map = read_labels(cohort.path() / "out" / cat("c", i, ".nii.gz"));
      const ImageFile image = read_image(cohort.path() / "in" / cat("c", i, "_0000.nii.gz"));
      DOCTEST_CHECK(grid_difference(map.volume.geometry, image.volume.geometry) == "");
    }
    const Table volumes = read_table(cohort.path() / "out" / "volumes.tsv");
    DOCTEST_CHECK(volumes.columns() ==
                  std::vector<std::string>{"case", "task", "label", "structure", "voxels", "mm3", "ml"});
    DOCTEST_REQUIRE(volumes.rows() == 8);
    const Tensor labels = read_labels(cohort.path() / "out" / "c1.nii.gz").volume.voxels;
    DOCTEST_CHECK(volumes.number(1, "voxels") == (labels == 3).sum().item<double>());
    DOCTEST_CHECK(volumes.text(1, "structure") == "back");
    DOCTEST_CHECK(volumes.number(1, "ml") == doctest::Approx(volumes.number(1, "voxels") / 1000));
    const Table status = read_table(cohort.path() / "out" / "status.tsv");
    DOCTEST_CHECK(status.columns() ==
                  std::vector<std::string>{"case", "status", "reason", "model_sha256", "input_sha256"});
    DOCTEST_CHECK(status.text(3, "case") == "c4");
    DOCTEST_CHECK(status.text(3, "input_sha256") == sha256_of_file(cohort.path() / "in" / "c4_0000.nii.gz"));
    DOCTEST_CHECK(read_table(cohort.path() / "out" / "subjects.tsv").rows() == 4);
  }

  DOCTEST_TEST_CASE("what is done and unchanged is skipped; a changed input or model is not") {
    const Cohort4 cohort;
    predict(cohort.options("out"));
    const auto before = digests(cohort.path() / "out");
    DOCTEST_CHECK(predict(cohort.options("out")).skipped == 4);
    DOCTEST_CHECK(digests(cohort.path() / "out") == before);
    fs::remove(cohort.path() / "out" / "c1.nii.gz");
    DOCTEST_CHECK(predict(cohort.options("out")).done == 1);
    DOCTEST_CHECK(digests(cohort.path() / "out") == before);
    fs::copy_file(cohort.path() / "in" / "c3_0000.nii.gz", cohort.path() / "in" / "c2_0000.nii.gz",
                  fs::copy_options::overwrite_existing);
    DOCTEST_CHECK(predict(cohort.options("out")).done == 1);
    PredictOptions overwrite = cohort.options("out");
    overwrite.overwrite = true;
    DOCTEST_CHECK(predict(overwrite).done == 4);
    save_tiny(cohort.path() / "run", tiny_recipe(), 6);
    DOCTEST_CHECK(predict(cohort.options("out")).done == 4);
  }

  DOCTEST_TEST_CASE("a broken file fails alone, its old output goes, and it is tried again") {
    const Cohort4 cohort;
    predict(cohort.options("out"));
    const Bytes good = read_bytes(cohort.path() / "in" / "c2_0000.nii.gz");
    const auto before = digests(cohort.path() / "out");
    write_atomically(cohort.path() / "in" / "c2_0000.nii.gz", std::string_view("no image"));
    const PredictCounts counts = predict(cohort.options("out"));
    DOCTEST_CHECK(counts.failed == 1);
    DOCTEST_CHECK(counts.skipped == 3);
    DOCTEST_CHECK(!fs::exists(cohort.path() / "out" / "c2.nii.gz"));
    const Table status = read_table(cohort.path() / "out" / "status.tsv");
    DOCTEST_CHECK(status.text(1, "status") == "failed");
    DOCTEST_CHECK(status.text(1, "reason").find("c2") != std::string::npos);
    const Table volumes = read_table(cohort.path() / "out" / "volumes.tsv");
    DOCTEST_CHECK(volumes.rows() == 8);
    DOCTEST_CHECK(volumes.text(2, "voxels") == "n/a");
    write_atomically(cohort.path() / "in" / "c2_0000.nii.gz", good);
    DOCTEST_CHECK(predict(cohort.options("out")).done == 1);
    DOCTEST_CHECK(digests(cohort.path() / "out") == before);
  }

  DOCTEST_TEST_CASE("interrupted and continued gives the bytes of one go") {
    const Cohort4 cohort;
    predict(cohort.options("whole"));
    Log log(Verbosity::quiet);
    {
      Interrupts interrupts;
      std::raise(SIGINT);
      const PredictCounts counts = predict_cohort(cohort.options("parts"), log, interrupts);
      DOCTEST_CHECK(counts.interrupted);
      DOCTEST_CHECK(counts.done == 1);
      DOCTEST_CHECK(read_table(cohort.path() / "parts" / "status.tsv").rows() == 1);
    }
    const PredictCounts counts = predict(cohort.options("parts"));
    DOCTEST_CHECK(counts.skipped == 1);
    DOCTEST_CHECK(counts.done == 3);
    DOCTEST_CHECK(digests(cohort.path() / "parts") == digests(cohort.path() / "whole"));
  }

  DOCTEST_TEST_CASE("shards together give the bytes of one go") {
    const Cohort4 cohort;
    predict(cohort.options("whole"));
    for (const int64_t shard : {2, 0, 1}) {
      PredictOptions options = cohort.options("shards");
      options.shard = shard;
      options.shards = 3;
      DOCTEST_CHECK(predict(options).done == (shard == 0 ? 2 : 1));
    }
    DOCTEST_CHECK(digests(cohort.path() / "shards") == digests(cohort.path() / "whole"));
    PredictOptions options = cohort.options("shards");
    options.shard = options.shards = 3;
    DOCTEST_CHECK_THROWS_AS(predict(options), Error);
  }

  DOCTEST_TEST_CASE("several tasks get a file each; probabilities have a channel a class") {
    const Cohort4 cohort({"one", "two"});
    PredictOptions options = cohort.options("out");
    options.probabilities = options.mirror = true;
    DOCTEST_CHECK(predict(options).done == 4);
    for (const char* name : {"c1_one.nii.gz", "c1_two.nii.gz"}) DOCTEST_CHECK(fs::exists(options.out / name));
    const Tensor shares = read_image(options.out / "c4_two_probabilities.nii.gz").volume.voxels;
    DOCTEST_CHECK(shares.sizes() == at::IntArrayRef{3, 13, 12, 10});
    options.probabilities = false;
    DOCTEST_CHECK(predict(options).skipped == 4);
    options.mirror = false;
    DOCTEST_CHECK(predict(options).done == 4);
    DOCTEST_CHECK(!fs::exists(options.out / "c4_two_probabilities.nii.gz"));
  }

  DOCTEST_TEST_CASE("a run with folds inside is their ensemble; differing plans are refused by name") {
    const Cohort4 cohort;
    for (const char* fold : {"fold_0", "fold_1", "fold_10", "fold_2"})
      save_tiny(cohort.path() / "folds" / fold, tiny_recipe(), 1);
    const auto folders = model_folders(cohort.path() / "folds");
    DOCTEST_REQUIRE(folders.size() == 4);
    DOCTEST_CHECK(folders[3].filename() == "fold_10");
    PredictOptions options = cohort.options("out");
    options.models = {cohort.path() / "folds"};
    DOCTEST_CHECK(predict(options).done == 4);
    ModelRecipe other = tiny_recipe();
    other.patch = {8, 8, 16};
    save_tiny(cohort.path() / "other", other, 1);
    options.models.push_back(cohort.path() / "other");
    DOCTEST_CHECK(says(refusal_of([&] { predict(options); }), "other: its patch differs"));
    fs::remove(cohort.path() / "folds" / "fold_1" / "model.json");
    DOCTEST_CHECK_THROWS_AS(model_folders(cohort.path() / "folds"), Error);
  }

  DOCTEST_TEST_CASE("a name that is no UTF-8 fails alone and again, and does not end the command") {
    const Cohort4 cohort;
    write_noise(cohort.path() / "in" / "M\xfcller.nii.gz", {9, 12, 10});
    for (const bool again : {false, true}) {
      const PredictCounts counts = predict(cohort.options("out"));
      DOCTEST_CHECK(counts.failed == 1);
      DOCTEST_CHECK((again ? counts.skipped : counts.done) == 4);
      const Table status = read_table(cohort.path() / "out" / "status.tsv");
      DOCTEST_REQUIRE(status.rows() == 5);
      DOCTEST_CHECK(status.text(0, "case") == "M%FCller");
    }
  }

  DOCTEST_TEST_CASE("files are chosen by --filter and --sequence; another choice is predicted anew") {
    const Cohort4 cohort;
    const fs::path anat = cohort.path() / "bids" / "sub-1" / "anat";
    for (const char* run : {"1", "2"})
      write_noise(anat / cat("sub-1_acq-mprage_run-", run, "_T1w.nii.gz"), {10, 12, 10});
    PredictOptions options = cohort.options("out");
    options.inputs = {cohort.path() / "bids"};
    DOCTEST_CHECK(predict(options).failed == 1);
    options.sequences = {{"T1w", "acq-mprage_T1w"}};
    DOCTEST_CHECK(predict(options).failed == 1);
    options.filter = {"run-1"};
    DOCTEST_CHECK(predict(options).done == 1);
    DOCTEST_CHECK(predict(options).skipped == 1);
    options.filter = {"run-2"};
    DOCTEST_CHECK(predict(options).done == 1);
    options.sequences = {{"T2w", "acq-mprage_T1w"}};
    DOCTEST_CHECK(says(refusal_of([&] { predict(options); }),
                       "--sequence T2w=acq-mprage_T1w: the model takes no 'T2w'; did you mean 'T1w'?"));
    options.sequences.clear();
    options.filter = {"run"};
    DOCTEST_CHECK(says(refusal_of([&] { predict(options); }), "--filter: 'run' is no entity-value pair"));
  }

  DOCTEST_TEST_CASE("a command that is refused leaves what is known of other predictions") {
    const Cohort4 cohort;
    PredictOptions options = cohort.options("out");
    options.bids = true;
    predict(options);
    const fs::path maps = options.out / ".tazuna" / "maps.tsv";
    const std::string before = read_text(maps);
    save_tiny(cohort.path() / "run", tiny_recipe({"T1w"}, {"other"}), 5);
    options.bids = false;
    DOCTEST_CHECK(refusal_of([&] { predict(options); }) != "");
    DOCTEST_CHECK(read_text(maps) == before);
  }

  DOCTEST_TEST_CASE("a foreign folder is not written into") {
    const Cohort4 cohort;
    DOCTEST_CHECK_THROWS_AS(predict(cohort.options("in")), Error);
  }
}

}  // namespace
}  // namespace tazuna
