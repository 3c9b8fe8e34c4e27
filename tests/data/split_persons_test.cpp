// SPDX-License-Identifier: Apache-2.0
#include "data/split_persons.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/split_persons") {
  DOCTEST_TEST_CASE("what is no finite number is a word, in whose order persons then stand") {
    for (const char* word : {"nan", "inf", "-inf"}) {
      std::vector<Subject> subjects;
      std::vector<std::string> persons;
      std::map<std::string, std::string> person_of;
      for (int i = 0; i < 14; ++i) {
        const std::string id = cat("p", 50 - i);
        subjects.push_back({.id = id, .person = id, .values = {{"age", i == 3 ? word : cat(40 - i)}}});
        persons.push_back(id);
        person_of[id] = id;
      }
      std::vector<std::string> ages;
      for (const std::string& person : ordered_by_levels(persons, person_of, subjects, {"age"}))
        for (const Subject& subject : subjects)
          if (subject.id == person) ages.push_back(subject.values.at("age"));
      DOCTEST_CHECK(ages.size() == 14);
      DOCTEST_CHECK(std::is_sorted(ages.begin(), ages.end()));
    }
  }

  DOCTEST_TEST_CASE("persons that only case, blanks or a written .0 tell apart are several, and told") {
    std::vector<Subject> subjects;
    for (const char* name : {"12", "12.0", "P1", "p1 ", "01", "1"})
      subjects.push_back({.id = cat("case of ", name), .person = name, .values = {{"who", name}}});
    for (const std::string column : {"", "who"}) {
      const auto told = persons_alike(subjects, column);
      DOCTEST_REQUIRE(told.size() == 2);
      DOCTEST_CHECK(says(told[0], "the persons '12' and '12.0'"));
      DOCTEST_CHECK(says(told[1], "the persons 'P1' and 'p1 '"));
      DOCTEST_CHECK(says(told[0], "count as 2 people"));
    }
    subjects.erase(subjects.begin() + 1, subjects.begin() + 3);
    DOCTEST_CHECK(persons_alike(subjects, "").empty());
    DOCTEST_CHECK(persons_alike(subjects, "nobody").empty());
  }

  DOCTEST_TEST_CASE("cases of one patient under several persons are warned of, and nobody else") {
    const auto told = [](const std::string& column, const std::string& one, const std::string& other) {
      return torn_persons({{.id = "a_1", .person = one, .values = {{column, "a"}}},
                           {.id = "a_2", .person = other, .values = {{column, "a"}}},
                           {.id = "b", .person = "b", .values = {{column, "b"}}},
                           {.id = "c", .person = "c"}});
    };
    for (const char* column : {"patient", "Subject", "patient_id"}) {
      DOCTEST_REQUIRE(told(column, "a_1", "a_2").size() == 1);
      DOCTEST_CHECK(
          says(told(column, "a_1", "a_2")[0], cat("have 'a' in the column '", column, "', but are of")));
      DOCTEST_CHECK(told(column, "a", "a").empty());
    }
    DOCTEST_CHECK(told("site", "a_1", "a_2").empty());
  }
}
