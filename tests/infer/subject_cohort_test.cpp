// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "infer/ensemble.hpp"
#include "infer/predictor.hpp"
#include "tables/table.hpp"
#include "tests/infer/four_cases.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

void save(const fs::path& folder, const ModelRecipe& recipe, int64_t seed,
          const std::vector<Subject>& people = tiny_people()) {
  const TinyModel tiny = tiny_model(recipe, seed, people);
  save_model(folder, recipe, tiny.tasks, weights_of(*tiny.network));
}

Table subjects_in(const PredictOptions& options) {
  return read_table(options.out / "subjects.tsv");
}

DOCTEST_TEST_SUITE("infer/subject_cohort") {
  DOCTEST_TEST_CASE("subject tasks alone make a row a case and no image; a second run makes the same bytes") {
    const Cohort4 cohort;
    save(cohort.path() / "run", recipe_of({grade_task(), age_task()}), 5);
    const PredictOptions options = cohort.options("out");
    DOCTEST_CHECK(predict(options).done == 4);
    const Table table = subjects_in(options);
    DOCTEST_CHECK(table.columns() ==
                  Words{"case", "person", "session", "grade", "grade_p_II", "grade_p_III", "age", "age_sd"});
    DOCTEST_REQUIRE(table.rows() == 4);
    for (size_t row = 0; row < 4; ++row) {
      DOCTEST_CHECK(table.text(row, "case") == cat("c", row + 1));
      const double ii = table.number(row, "grade_p_II"), iii = table.number(row, "grade_p_III");
      DOCTEST_CHECK(ii + iii == doctest::Approx(1));
      DOCTEST_CHECK(table.text(row, "grade") == (iii > ii ? "III" : "II"));
      DOCTEST_CHECK(table.text(row, "age_sd") == "n/a");
      DOCTEST_CHECK(std::abs(table.number(row, "age") - 50) < 30);
    }
    const auto files = digests(options.out);
    DOCTEST_CHECK(files.size() == 3);  // the tables
    DOCTEST_CHECK(predict(options).skipped == 4);
    DOCTEST_CHECK(digests(options.out) == files);
    DOCTEST_CHECK(predict(cohort.options("again")).done == 4);
    DOCTEST_CHECK(digests(cohort.path() / "again") == files);
  }

  DOCTEST_TEST_CASE("a case that fails is n/a in every column, beside label maps of the others") {
    const Cohort4 cohort;
    ModelRecipe recipe = recipe_of({grade_task(), age_task()});
    recipe.tasks.insert(recipe.tasks.begin(), tiny_recipe().tasks.front());
    save(cohort.path() / "run", recipe, 5);
    write_atomically(cohort.path() / "in" / "c2_0000.nii.gz", std::string_view("no image"));
    const PredictOptions options = cohort.options("out");
    const PredictCounts counts = predict(options);
    DOCTEST_CHECK(counts.done == 3);
    DOCTEST_CHECK(counts.failed == 1);
    const Table table = subjects_in(options);
    for (const char* column : {"grade", "grade_p_II", "grade_p_III", "age", "age_sd"})
      DOCTEST_CHECK(table.text(1, column) == "n/a");
    DOCTEST_CHECK(table.text(0, "grade") != "n/a");
    DOCTEST_CHECK(fs::exists(options.out / "c1.nii.gz"));
    DOCTEST_CHECK(read_table(options.out / "volumes.tsv").rows() == 8);
  }

  DOCTEST_TEST_CASE("shards leave the tables of one go") {
    const Cohort4 cohort;
    save(cohort.path() / "run", recipe_of({grade_task()}), 5);
    predict(cohort.options("whole"));
    for (const int64_t shard : {1, 0}) {
      PredictOptions options = cohort.options("shards");
      options.shard = shard;
      options.shards = 2;
      predict(options);
    }
    DOCTEST_CHECK(digests(cohort.path() / "shards") == digests(cohort.path() / "whole"));
  }

  DOCTEST_TEST_CASE("an ensemble's probabilities are the mean of its members', and numbers have a spread") {
    const Cohort4 cohort;
    const ModelRecipe recipe = recipe_of({grade_task(), age_task()});
    save(cohort.path() / "one", recipe, 5);
    save(cohort.path() / "two", recipe, 6, tiny_people(30));
    const auto table_of = [&](const char* out, const Words& runs) {
      PredictOptions options = cohort.options(out);
      options.models.clear();
      for (const std::string& run : runs) options.models.push_back(cohort.path() / run);
      predict(options);
      return subjects_in(options);
    };
    const Table one = table_of("a", {"one"}), two = table_of("b", {"two"}),
                both = table_of("c", {"one", "two"});
    for (size_t row = 0; row < 4; ++row) {
      for (const char* column : {"grade_p_II", "grade_p_III", "age"})
        DOCTEST_CHECK(both.number(row, column) ==
                      doctest::Approx((one.number(row, column) + two.number(row, column)) / 2));
      DOCTEST_CHECK(both.number(row, "age_sd") > 0);
    }
  }

  DOCTEST_TEST_CASE(
      "a missing sequence is answered where the model allows it, and fails its case where not") {
    const Cohort4 cohort;
    for (const char* name : {"a_0000", "a_0001", "b_0000", "c_0001"})
      write_noise(cohort.path() / "two" / cat(name, ".nii.gz"), {10, 12, 10});
    ModelRecipe recipe = tiny_recipe({"T1w", "FLAIR"});
    recipe.tasks.push_back(grade_task());
    recipe.whole.multiple = {2, 2, 2};
    PredictOptions options = cohort.options("refused");
    options.inputs = {cohort.path() / "two"};
    save(cohort.path() / "run", recipe, 5);
    PredictCounts counts = predict(options);
    DOCTEST_CHECK(counts.done == 1);
    DOCTEST_CHECK(counts.failed == 2);
    const Table status = read_table(options.out / "status.tsv");
    DOCTEST_CHECK(says(status.text(1, "reason"), "b: channel _0001 (FLAIR) is missing"));
    DOCTEST_CHECK(says(status.text(2, "reason"), "(T1w) is missing"));

    images_of(recipe.input).missing = "allow";
    recipe.preparation.missing = true;
    save(cohort.path() / "run", recipe, 5);
    options.out = cohort.path() / "allowed";
    counts = predict(options);
    DOCTEST_CHECK(counts.done == 3);
    DOCTEST_CHECK(counts.failed == 0);
    const Table table = subjects_in(options);
    DOCTEST_CHECK(table.text(1, "grade_p_II") != table.text(2, "grade_p_II"));
    for (const char* name : {"a", "b", "c"}) DOCTEST_CHECK(fs::exists(options.out / cat(name, ".nii.gz")));
  }

  DOCTEST_TEST_CASE("columns that a head reads come from the input; another value is another answer") {
    const Cohort4 cohort;
    save(cohort.path() / "run", recipe_of({age_task({"weight"})}), 5);
    PredictOptions options = cohort.options("out");
    options.inputs = {cohort.path() / "cases.tsv"};
    const auto predict_with = [&](const char* c1, const char* c2, const char* c3) {
      write_atomically(options.inputs[0],
                       cat("case\tT1w\tweight\nc1\tin/c1_0000.nii.gz\t", c1, "\nc2\tin/c2_0000.nii.gz\t", c2,
                           "\nc3\tin/c3_0000.nii.gz\t", c3, "\n"));
      return predict(options);
    };
    PredictCounts counts = predict_with("60", "n/a", "heavy");
    DOCTEST_CHECK(counts.done == 2);
    DOCTEST_CHECK(counts.failed == 1);
    const Table before = subjects_in(options);
    DOCTEST_CHECK(before.text(2, "age") == "n/a");
    DOCTEST_CHECK(says(read_table(options.out / "status.tsv").text(2, "reason"), "weight of c3 is 'heavy'"));
    counts = predict_with("75", "n/a", "70");
    DOCTEST_CHECK(counts.done == 2);
    DOCTEST_CHECK(counts.skipped == 1);
    const Table after = subjects_in(options);
    DOCTEST_CHECK(before.number(0, "age") != after.number(0, "age"));
    DOCTEST_CHECK(before.text(1, "age") == after.text(1, "age"));
    options.inputs = {cohort.path() / "in"};
    options.out = cohort.path() / "no_values";
    DOCTEST_CHECK(predict(options).done == 4);
    DOCTEST_CHECK(subjects_in(options).text(1, "age") == after.text(1, "age"));
  }

  DOCTEST_TEST_CASE("a task that is called like a column of the table is refused before any work") {
    const Cohort4 cohort;
    ModelRecipe recipe = recipe_of({age_task()});
    std::get<RegressionOptions>(recipe.tasks[0].task).name = "person";
    save(cohort.path() / "run", recipe, 5);
    DOCTEST_CHECK_THROWS_AS(predict(cohort.options("out")), Error);
    DOCTEST_CHECK_FALSE(fs::exists(cohort.path() / "out"));
  }
}

}  // namespace
}  // namespace tazuna
