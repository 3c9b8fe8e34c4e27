// SPDX-License-Identifier: Apache-2.0
#include "data/split_persons.hpp"

#include <algorithm>

#include "core/text.hpp"

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
}
