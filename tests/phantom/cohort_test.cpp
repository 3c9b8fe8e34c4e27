// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>

#include "core/files.hpp"
#include "phantom/cohort_plan.hpp"
#include "tables/table.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

const PhantomOptions cohorts[] = {
    {.like = "stroke", .subjects = 3, .spacing = 8, .seed = 2},
    {.kind = "slice", .subjects = 3, .seed = 2, .size = 32, .slices = 2},
    {.kind = "series", .subjects = 3, .seed = 2, .size = 8, .frames = 10},
};

CohortPlan plan_of(const PhantomOptions& options, const fs::path& out) {
  return options.kind == "slice"    ? plan_slices(options, out)
         : options.kind == "series" ? plan_series(options, out)
                                    : plan_structural(options, out);
}

/// Writes the cohort, its people in this order.
void write(const PhantomOptions& options, const fs::path& out, bool backwards = false) {
  CohortPlan plan = plan_of(options, out);
  auto people = plan.people;
  if (backwards) std::reverse(people.begin(), people.end());
  for (const Person& person : people) plan.write_person(person);
  plan.write_tables();
}

std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = read_text(entry.path());
  return files;
}

DOCTEST_TEST_SUITE("phantom/cohort") {
  DOCTEST_TEST_CASE("equal options give equal bytes, in whatever order the people are made") {
    for (const PhantomOptions& options : cohorts) {
      DOCTEST_CAPTURE(options.kind);
      const ScratchFolder folder;
      write(options, folder.path() / "a");
      write(options, folder.path() / "b", true);
      const auto a = files_of(folder.path() / "a");
      DOCTEST_CHECK(a.size() > 9);
      DOCTEST_CHECK(a == files_of(folder.path() / "b"));
      PhantomOptions other = options;
      other.seed = 3;
      write(other, folder.path() / "c");
      DOCTEST_CHECK(a != files_of(folder.path() / "c"));
    }
  }

  DOCTEST_TEST_CASE("truth.tsv has the rows of the cohort's table, and a probability that fits the group") {
    for (PhantomOptions options : cohorts) {
      options.effect = 12;
      DOCTEST_CAPTURE(options.kind);
      const ScratchFolder folder;
      write(options, folder.path());
      const bool slice = options.kind == "slice";
      const std::string id = slice ? "id" : "participant_id", group = slice ? "class" : "group";
      const Table people = read_table(folder.path() / (slice ? "samples.tsv" : "participants.tsv"));
      const Table truth = read_table(folder.path() / "truth.tsv");
      DOCTEST_REQUIRE(people.rows() == truth.rows());
      const std::string share = truth.columns().back(), second = share.substr(share.find("_p_") + 3);
      for (size_t row = 0; row < truth.rows(); ++row) {
        DOCTEST_CHECK(people.text(row, id) == truth.text(row, id));
        DOCTEST_CHECK(people.text(row, group) == truth.text(row, group));
        DOCTEST_CHECK((truth.number(row, share) > 0.5) == (truth.text(row, group) == second));
      }
    }
  }

  DOCTEST_TEST_CASE("diseases have the columns that are asked about") {
    struct Row {
      const char* like;
      std::vector<std::string> columns;
    };
    for (const Row& row :
         {Row{"stroke", {"group", "mrs"}}, Row{"glioma", {"group", "grade"}}, Row{"tbi", {"group"}}}) {
      const ScratchFolder folder;
      const PhantomOptions options{.like = row.like, .subjects = 2};
      plan_structural(options, folder.path()).write_tables();
      const Table table = read_table(folder.path() / "participants.tsv");
      for (const std::string& column : row.columns) DOCTEST_CHECK(table.has(column));
    }
  }
}

}  // namespace
}  // namespace tazuna
