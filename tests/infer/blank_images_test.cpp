// SPDX-License-Identifier: Apache-2.0
#include "infer/blank_images.hpp"

#include "data/preparation.hpp"
#include "tables/table.hpp"
#include "tests/infer/four_cases.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> both{"T1w", "FLAIR"};

/// A case of two sequences, prepared at 0.8 mm.
class Pair : public ScratchFolder {
 public:
  void write(const std::string& sequence, const Tensor& voxels) const {
    Geometry grid;
    grid.size = {8, 9, 10};
    write_image(path() / (sequence + ".nii.gz"), voxels, grid, {});
  }
  std::string remark(const std::string& scheme) const {
    Preparation preparation = tiny_recipe(both).preparation;
    preparation.spacing = {0.8, 0.8, 0.8};
    for (Normalisation& one : preparation.normalisation) one.scheme = scheme;
    auto subject = std::make_shared<Subject>();
    subject->id = "c";
    for (const std::string& one : both) subject->images[one].file = path() / (one + ".nii.gz");
    return blank_remark(prepare(subject, preparation, {}), both);
  }
};

DOCTEST_TEST_SUITE("infer/blank_images") {
  DOCTEST_TEST_CASE(
      "one blank sequence of two is told with its value, two are refused, whatever normalises") {
    const Pair pair;
    const Tensor image = noise({1, 8, 9, 10}, "image");
    for (const char* scheme : {"zscore", "zscore_inside", "none"}) {
      DOCTEST_CAPTURE(scheme);
      pair.write("T1w", image);
      pair.write("FLAIR", image.abs() + 3);
      DOCTEST_CHECK(pair.remark(scheme) == "");
      for (const double value : {0.0, 3.7}) {
        pair.write("FLAIR", at::full({1, 8, 9, 10}, value, at::kFloat));
        DOCTEST_CHECK(pair.remark(scheme) == cat("FLAIR holds one value, ", value, ", everywhere"));
      }
      pair.write("T1w", at::zeros({1, 8, 9, 10}));
      DOCTEST_CHECK_MESSAGE(
          says(refusal_of([&] { pair.remark(scheme); }),
               "c: T1w holds one value, 0, everywhere; FLAIR holds one value, 3.7, everywhere"),
          "what is wrong with each");
    }
  }

  DOCTEST_TEST_CASE("a box of one value before nothing is alike wherever the model looks") {
    const Pair pair;
    Tensor box = at::zeros({1, 8, 9, 10});
    box.slice(1, 2, 6).slice(2, 2, 6).slice(3, 2, 6).fill_(1);
    for (const std::string& one : both) pair.write(one, box);
    DOCTEST_CHECK(says(refusal_of([&] { pair.remark("zscore"); }), "T1w is alike wherever the model looks"));
  }

  DOCTEST_TEST_CASE(
      "of a cohort an empty image and one that cannot be read fail alone, and status.tsv says why") {
    const Cohort4 cohort;
    const PredictOptions options = cohort.options("out");
    Geometry grid;
    grid.size = {8, 9, 10};
    write_image(cohort.path() / "in" / "c5.nii.gz", at::zeros({1, 8, 9, 10}), grid, {});
    fs::create_symlink("c6.nii.gz", cohort.path() / "in" / "c6.nii.gz");
    const PredictCounts counts = predict(options);
    DOCTEST_CHECK(counts.done == 4);
    DOCTEST_CHECK(counts.failed == 2);
    const Table status = read_table(options.out / "status.tsv");
    DOCTEST_CHECK_MESSAGE(says(status.text(4, "reason"), "c5: T1w holds one value, 0, everywhere"),
                          status.text(4, "reason"));
    DOCTEST_CHECK_MESSAGE(says(status.text(5, "reason"), "c6: "), status.text(5, "reason"));
    DOCTEST_CHECK_FALSE(fs::exists(options.out / "c5.nii.gz"));
  }

  DOCTEST_TEST_CASE("a case with one blank sequence of two is done, and status.tsv says what it lacked") {
    const Cohort4 cohort;
    save_tiny(cohort.path() / "run", tiny_recipe(both), 5);
    PredictOptions options = cohort.options("out");
    options.inputs = {cohort.path() / "two"};
    Geometry grid;
    grid.size = {8, 9, 10};
    write_image(cohort.path() / "two" / "a_0000.nii.gz", noise({1, 8, 9, 10}, "a"), grid, {});
    write_image(cohort.path() / "two" / "a_0001.nii.gz", at::zeros({1, 8, 9, 10}), grid, {});
    DOCTEST_CHECK(predict(options).done == 1);
    const Table status = read_table(options.out / "status.tsv");
    DOCTEST_CHECK(status.text(0, "status") == "done");
    DOCTEST_CHECK(status.text(0, "reason") == "FLAIR holds one value, 0, everywhere");
  }
}

}  // namespace
}  // namespace tazuna
