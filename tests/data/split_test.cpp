// SPDX-License-Identifier: Apache-2.0
#include "data/split.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "tests/python.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// Cases case_0 ... of which `sessions` in a row belong to one person.
std::vector<Subject> cohort_of(int64_t cases, int64_t sessions = 1) {
  std::vector<Subject> subjects;
  for (int64_t i = 0; i < cases; ++i) {
    Subject subject;
    subject.id = cat("case_", i);
    subject.person = sessions == 1 ? subject.id : cat("person_", i / sessions);
    subject.values["block"] = cat("block_", i / 3);
    subjects.push_back(subject);
  }
  return subjects;
}

std::string message_of(const std::vector<Subject>& subjects, const SplitOptions& options) {
  return refusal_of([&] { split(subjects, options); });
}

FileSplitOptions written(const ScratchFolder& folder, const std::string& json) {
  const auto file = folder.path() / "splits_final.json";
  write_atomically(file, std::string_view(json));
  return {file};
}

}  // namespace

DOCTEST_TEST_SUITE("data/split") {
  DOCTEST_TEST_CASE("folds equal nnU-Net's for any number of cases, folds and seed") {
    const ScratchFolder folder;
    struct Row {
      int64_t cases, folds, seed;
    };
    std::vector<Row> rows{{200, 5, 12345}, {260, 5, 12345}, {5, 5, 12345}, {2, 2, 0}, {44, 10, 4294967295}};
    for (int64_t cases = 7; cases < 80; cases += 6) rows.push_back({cases, 2 + cases % 5, cases * 7919});
    nlohmann::json requests = nlohmann::json::array();
    for (const Row& row : rows) {
      std::vector<std::string> ids;
      for (const Subject& subject : cohort_of(row.cases)) ids.push_back(subject.id);
      requests.push_back({{"ids", ids}, {"folds", row.folds}, {"seed", row.seed}});
    }
    std::ofstream(folder.path() / "in.json") << requests;
    if (!run_python("data/golden/kfold.py", {folder.path() / "in.json", folder.path() / "out.json"})) return;
    std::ifstream answer(folder.path() / "out.json");
    const auto expected = nlohmann::json::parse(answer);
    for (size_t i = 0; i < rows.size(); ++i) {
      DOCTEST_CAPTURE(rows[i].cases);
      const auto folds = split(cohort_of(rows[i].cases), KFoldOptions{rows[i].folds, rows[i].seed, ""});
      DOCTEST_REQUIRE(folds.size() == expected[i].size());
      for (size_t k = 0; k < folds.size(); ++k) {
        DOCTEST_CHECK(folds[k].train == expected[i][k]["train"].get<std::vector<std::string>>());
        DOCTEST_CHECK(folds[k].held_out == expected[i][k]["val"].get<std::vector<std::string>>());
      }
    }
  }

  DOCTEST_TEST_CASE("every case is held out once and no person stands in both parts") {
    const auto subjects = cohort_of(37, 2);
    for (const std::string column : {"", "block"}) {
      const auto folds = split(subjects, KFoldOptions{4, 1, column});
      std::multiset<std::string> held_out;
      for (const Fold& fold : folds) {
        std::set<std::string> persons;
        DOCTEST_CHECK(fold.train.size() + fold.held_out.size() == subjects.size());
        for (const Subject& subject : subjects) {
          const std::string person = column.empty() ? subject.person : subject.values.at(column);
          if (std::count(fold.train.begin(), fold.train.end(), subject.id)) persons.insert(person);
        }
        for (const Subject& subject : subjects) {
          const std::string person = column.empty() ? subject.person : subject.values.at(column);
          const bool held = std::count(fold.held_out.begin(), fold.held_out.end(), subject.id) > 0;
          DOCTEST_CHECK(held != persons.contains(person));
        }
        held_out.insert(fold.held_out.begin(), fold.held_out.end());
      }
      DOCTEST_CHECK(held_out.size() == subjects.size());
      DOCTEST_CHECK(std::set<std::string>(held_out.begin(), held_out.end()).size() == subjects.size());
    }
  }

  DOCTEST_TEST_CASE("the order in which a cohort lists its cases changes nothing") {
    auto subjects = cohort_of(23);
    const std::string before = splits_json(split(subjects, KFoldOptions{}));
    std::reverse(subjects.begin(), subjects.end());
    DOCTEST_CHECK(splits_json(split(subjects, KFoldOptions{})) == before);
  }

  DOCTEST_TEST_CASE("a written split reads back as the same folds") {
    const ScratchFolder folder;
    const auto subjects = cohort_of(23, 2);
    const std::string text = splits_json(split(subjects, KFoldOptions{}));
    DOCTEST_CHECK(splits_json(split(subjects, written(folder, text))) == text);
  }

  DOCTEST_TEST_CASE("more folds than persons are refused, with both numbers") {
    const std::string message = message_of(cohort_of(8, 2), KFoldOptions{5, 1, ""});
    DOCTEST_CHECK_MESSAGE(says(message, "5 folds of 4 persons"), message);
    DOCTEST_CHECK(
        says(message_of(cohort_of(8), KFoldOptions{2, 1, "site"}), "no value in the column 'site'"));
  }

  DOCTEST_TEST_CASE("everything wrong in a split file stands in one message") {
    const ScratchFolder folder;
    const std::string message = message_of(
        cohort_of(6, 2),
        written(folder,
                R"([{"train": ["case_0", "case_9"], "val": ["case_1"]}, {"train": ["case_2"], "val": []},
                            {"train": ["case_2", "case_2"], "val": [3]}, {"val": ["case_1"]}])"));
    for (const char* part :
         {"fold 0.train: there is no case 'case_9'", "'person_0' is held out with 'case_1'",
          "fold 1.val: the part is empty", "'case_2' stands there twice", "but there is a whole number",
          "there is no list 'train'"})
      DOCTEST_CHECK_MESSAGE(says(message, part), part << " not in: " << message);
  }

  DOCTEST_TEST_CASE("a split file that is no JSON is refused with line and column") {
    const ScratchFolder folder;
    const std::string message = message_of(cohort_of(3), written(folder, "[{\"train\": [],\n \"val\": }]"));
    DOCTEST_CHECK_MESSAGE(says(message, "line 2, column 9"), message);
    DOCTEST_CHECK(says(message_of(cohort_of(3), written(folder, "{}")), "must be a list of folds"));
    DOCTEST_CHECK(says(message_of(cohort_of(3), FileSplitOptions{folder.path() / "none.json"}), "none.json"));
  }

  DOCTEST_TEST_CASE("without a split everybody trains") {
    const auto folds = split(cohort_of(3), NoSplitOptions{});
    DOCTEST_REQUIRE(folds.size() == 1);
    DOCTEST_CHECK(folds[0].train.size() == 3);
    DOCTEST_CHECK(folds[0].held_out.empty());
  }

  DOCTEST_TEST_CASE("an identical image in both parts is refused, in one part it is not") {
    const std::vector<Fold> folds{{{"a", "b"}, {"c"}}, {{"c"}, {"a", "b"}}};
    DOCTEST_CHECK_NOTHROW(refuse_shared_images(folds, {{"a", "1"}, {"b", "1"}, {"c", "2"}}));
    const std::string sentence = refusal_of([&] {
      refuse_shared_images(folds, {{"a", "1"}, {"b", "2"}, {"c", "1"}});
    });
    DOCTEST_CHECK(says(sentence, "fold 0: 'a' (train) and 'c' (held out) are the identical image"));
    DOCTEST_CHECK(says(sentence, "fold 1: 'c' (train) and 'a' (held out)"));
  }
}
