// SPDX-License-Identifier: Apache-2.0
#include "data/inner_split.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// `persons` with two sessions each: every third has grade 1, sites hold four of them and pairs two.
std::vector<Subject> people(int persons) {
  std::vector<Subject> subjects;
  for (int i = 0; i < persons; ++i) {
    for (const char* session : {"a", "b"}) {
      Subject& subject = subjects.emplace_back();
      subject.id = cat("case_", i, session);
      subject.person = cat("person_", i);
      subject.values["grade"] = i % 3 == 0 ? "1" : "0";
      subject.values["site"] = cat("site_", i / 4);
      subject.values["pair"] = cat(i / 2);
    }
  }
  return subjects;
}

/// The different values of a column (empty: the persons) among these cases.
std::set<std::string> among(const std::vector<Subject>& subjects, const std::vector<std::string>& ids,
                            const std::string& column = "") {
  std::set<std::string> values;
  for (const Subject& subject : subjects)
    if (std::binary_search(ids.begin(), ids.end(), subject.id))
      values.insert(column.empty() ? subject.person : subject.values.at(column));
  return values;
}

struct Row {
  int persons;
  double share;
  size_t chosen;
};

}  // namespace

DOCTEST_TEST_SUITE("data/inner_split") {
  DOCTEST_TEST_CASE("about the share of the persons is split off, at least one and never more than half") {
    for (const SplitOptions& outer : {SplitOptions(KFoldOptions{}), SplitOptions(NoSplitOptions{})}) {
      for (const Row& row : {Row{40, 0.1, 4}, Row{47, 0.1, 5}, Row{16, 0.1, 2}, Row{5, 0.1, 1},
                             Row{2, 0.1, 1}, Row{3, 0.5, 1}, Row{9, 0.5, 3}}) {
        DOCTEST_CAPTURE(row.persons);
        const auto subjects = people(row.persons);
        const Fold fold = inner_split(subjects, outer, row.share, 1);
        DOCTEST_CHECK(fold.train.size() + fold.held_out.size() == subjects.size());
        DOCTEST_CHECK(among(subjects, fold.held_out).size() == row.chosen);
        DOCTEST_CHECK(among(subjects, fold.train).size() + row.chosen == static_cast<size_t>(row.persons));
      }
    }
    DOCTEST_CHECK(says(refusal_of([] { inner_split(people(1), KFoldOptions{}, 0.1, 1); }), "at least two"));
  }

  DOCTEST_TEST_CASE("persons, levels and the value left out are those of the outer split") {
    const auto subjects = people(24);
    KFoldOptions by_grade;
    by_grade.stratify = {"grade"};
    const Fold graded = inner_split(subjects, by_grade, 0.25, 1);
    DOCTEST_CHECK(among(subjects, graded.held_out).size() == 6);
    int64_t of_grade = 0;
    for (const std::string& person : among(subjects, graded.held_out))
      of_grade += std::stoi(person.substr(7)) % 3 == 0;
    DOCTEST_CHECK(of_grade == 2);
    LeaveValueOutOptions by_site;
    by_site.column = "site";
    const Fold sites = inner_split(subjects, by_site, 0.25, 1);
    DOCTEST_CHECK(among(subjects, sites.held_out, "site").size() == 6);
    KFoldOptions in_pairs;
    in_pairs.person = "pair";
    const Fold pairs = inner_split(subjects, in_pairs, 0.25, 1);
    DOCTEST_CHECK(among(subjects, pairs.held_out, "pair").size() == 3);
    DOCTEST_CHECK(among(subjects, pairs.held_out).size() == 6);
  }

  DOCTEST_TEST_CASE("the seed decides who chooses") {
    const auto subjects = people(24);
    const auto chosen = [&subjects](int64_t seed) {
      return inner_split(subjects, KFoldOptions{}, 0.25, seed).held_out;
    };
    DOCTEST_CHECK(chosen(1) == chosen(1));
    DOCTEST_CHECK(chosen(1) != chosen(2));
  }
}
