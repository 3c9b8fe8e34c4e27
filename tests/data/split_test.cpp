// SPDX-License-Identifier: Apache-2.0
#include "data/split.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "data/cohorts/bids.hpp"
#include "tests/dataset.hpp"
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

  DOCTEST_TEST_CASE("columns that a split reads and a cohort lacks are told by their keys") {
    KFoldOptions options;
    options.person = "block";
    options.stratify = {"grade", "sit"};
    options.hold_out = {"side", "A"};
    Problems problems;
    check_columns(options, {"block", "grade", "site"}, problems);
    DOCTEST_REQUIRE(problems.list().size() == 2);
    DOCTEST_CHECK(problems.list()[0].where == "data.split.stratify");
    DOCTEST_CHECK(says(problems.list()[0].sentence, "in the column 'sit' in any case; did you mean 'site'?"));
    DOCTEST_CHECK(problems.list()[1].where == "data.split.hold_out");
    LeaveValueOutOptions left_out;
    left_out.column = "site";
    check_columns(left_out, {}, problems);
    DOCTEST_REQUIRE(problems.list().size() == 3);
    DOCTEST_CHECK(problems.list()[2].where == "data.split.column");
    DOCTEST_CHECK(says(problems.list()[2].sentence, "this cohort has no columns of values"));
    check_columns(NoSplitOptions{}, {}, problems);
    DOCTEST_CHECK(problems.list().size() == 3);
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

  DOCTEST_TEST_CASE("the column that keeps cases together names everybody's person, for statistics too") {
    auto subjects = cohort_of(6), same = subjects;
    name_persons(subjects, KFoldOptions{.person = "block"});
    for (const Subject& subject : subjects) DOCTEST_CHECK(subject.person == subject.values.at("block"));
    name_persons(same, KFoldOptions{});
    for (const Subject& subject : same) DOCTEST_CHECK(subject.person == subject.id);
    same[3].values.clear();
    DOCTEST_CHECK(says(refusal_of([&] { name_persons(same, LeaveValueOutOptions{.person = "block"}); }),
                       "case_3: data.split.person"));
  }

  DOCTEST_TEST_CASE("more folds than persons are refused, with both numbers") {
    const std::string message = message_of(cohort_of(8, 2), KFoldOptions{5, 1, ""});
    DOCTEST_CHECK_MESSAGE(says(message, "5 folds of 4 persons"), message);
    const std::string alone = message_of(cohort_of(2, 2), KFoldOptions{3, 1, ""});
    DOCTEST_CHECK_MESSAGE(says(alone, "3 folds of 1 person;"), alone);
    DOCTEST_CHECK(says(alone, "data.split: {kind: none}"));
    DOCTEST_CHECK(says(message_of(cohort_of(8), KFoldOptions{2, 1, "blok"}),
                       "data.split.person: there is no value in the column 'blok' in any case; did you mean "
                       "'block'?"));
    auto subjects = cohort_of(8);
    subjects[3].values.clear();
    DOCTEST_CHECK(says(message_of(subjects, KFoldOptions{2, 1, "block"}),
                       "case_3: data.split.person: the case has no"));
    for (Subject& subject : subjects) subject.values.clear();
    DOCTEST_CHECK(
        says(message_of(subjects, KFoldOptions{2, 1, "block"}), "this cohort has no columns of values"));
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
    using Digests = std::map<std::string, std::vector<std::string>>;
    const Digests apart{{"a", {"1"}}, {"b", {"1"}}, {"c", {"2"}}},
        shared{{"a", {"1"}}, {"b", {"2"}}, {"c", {"3", "1"}}};
    DOCTEST_CHECK_NOTHROW(refuse_shared_images(folds, apart));
    const std::string sentence = refusal_of([&] { refuse_shared_images(folds, shared); });
    DOCTEST_CHECK(says(sentence, "fold 0: 'a' (train) and 'c' (held out) are the identical image"));
    DOCTEST_CHECK(says(sentence, "fold 1: 'c' (train) and 'a' (held out)"));
  }

  DOCTEST_TEST_CASE("stratified folds share out the levels of the first column, whatever the seed") {
    for (const int64_t sessions : {1, 3}) {
      auto subjects = cohort_of(97 * sessions, sessions);
      for (size_t i = 0; i < subjects.size(); ++i) {
        const int64_t person = static_cast<int64_t>(i) / sessions;
        subjects[i].values["grade"] = person % 10 < 7 ? "II" : person % 10 < 9 ? "III" : "IV";
        subjects[i].values["sex"] = person % 3 == 0 ? "F" : "M";
      }
      for (const int64_t seed : {0, 1, 12345}) {
        const KFoldOptions options{.folds = 5, .seed = seed, .stratify = {"grade", "sex"}};
        const auto folds = split(subjects, options);
        std::map<std::string, std::pair<size_t, size_t>> range;  // least and most cases of a fold
        std::multiset<std::string> all;
        for (const Fold& fold : folds) {
          std::map<std::string, size_t> count;
          for (const Subject& subject : subjects) {
            if (!std::count(fold.held_out.begin(), fold.held_out.end(), subject.id)) continue;
            for (const std::string& level :
                 {std::string("all"), subject.values.at("grade"), subject.values.at("sex")})
              ++count[level];
          }
          for (const char* level : {"all", "II", "III", "IV", "F", "M"}) {
            auto& [least, most] = range.try_emplace(level, subjects.size(), 0).first->second;
            least = std::min(least, count[level]);
            most = std::max(most, count[level]);
          }
          all.insert(fold.held_out.begin(), fold.held_out.end());
        }
        DOCTEST_CHECK(all.size() == subjects.size());
        for (const char* level : {"all", "II", "III", "IV"})
          DOCTEST_CHECK_MESSAGE(range[level].second - range[level].first <= static_cast<size_t>(sessions),
                                level);
        for (const char* level : {"F", "M"})
          DOCTEST_CHECK_MESSAGE(range[level].second - range[level].first <= static_cast<size_t>(3 * sessions),
                                level);
        DOCTEST_CHECK(splits_json(folds) == splits_json(split(subjects, options)));
      }
    }
  }

  DOCTEST_TEST_CASE("numbers of many values are stratified by their quartiles, missing ones apart") {
    auto subjects = cohort_of(80);
    for (size_t i = 0; i < subjects.size(); ++i)
      if (i < 70) subjects[i].values["age"] = cat(20 + 0.5 * static_cast<double>(i * 37 % 70));
    const auto folds = split(subjects, KFoldOptions{.folds = 5, .stratify = {"age"}});
    for (const Fold& fold : folds) {
      DOCTEST_CHECK(fold.held_out.size() == 16);
      size_t young = 0, unknown = 0;
      for (const Subject& subject : subjects) {
        if (!std::count(fold.held_out.begin(), fold.held_out.end(), subject.id)) continue;
        const auto age = subject.values.find("age");
        unknown += age == subject.values.end();
        young += age != subject.values.end() && std::stod(age->second) <= 37.25;  // the median
      }
      DOCTEST_CHECK(unknown == 2);
      DOCTEST_CHECK(young >= 6);
      DOCTEST_CHECK(young <= 8);
    }
  }

  DOCTEST_TEST_CASE("leaving a value out makes a fold of each, and persons of two values are refused") {
    auto subjects = cohort_of(9, 3);
    for (size_t i = 0; i < subjects.size(); ++i) {
      subjects[i].values["site"] = i < 3 ? "X" : "Y";
      subjects[i].values["self"] = subjects[i].id;
    }
    const auto folds = split(subjects, LeaveValueOutOptions{"site"});
    DOCTEST_REQUIRE(folds.size() == 2);
    DOCTEST_CHECK(folds[0].held_out == std::vector<std::string>{"case_0", "case_1", "case_2"});
    DOCTEST_CHECK(folds[0].train == folds[1].held_out);
    DOCTEST_CHECK(folds[1].train == folds[0].held_out);
    subjects[4].values["site"] = "X";
    DOCTEST_CHECK(
        says(message_of(subjects, LeaveValueOutOptions{"site"}),
             "case_4: data.split.column: the person 'person_1' has 'Y' and 'X' in the column 'site'"));
    DOCTEST_CHECK_NOTHROW(split(subjects, LeaveValueOutOptions{"site", "self"}));
    subjects[4].values.erase("site");
    DOCTEST_CHECK(says(message_of(subjects, LeaveValueOutOptions{"site"}),
                       "case_4: data.split.column: the case has no"));
    for (Subject& subject : subjects) subject.values["site"] = "X";
    DOCTEST_CHECK(says(message_of(subjects, LeaveValueOutOptions{"site"}), "all cases have 'X'"));
    DOCTEST_CHECK(
        says(message_of(subjects, LeaveValueOutOptions{"center"}), "data.split.column: there is no value"));
  }

  DOCTEST_TEST_CASE("a whole number with and without a written .0 is one value, and told") {
    auto subjects = cohort_of(12, 2);
    const auto write = [&](const char* one, const char* other) {
      for (size_t i = 0; i < subjects.size(); ++i)
        subjects[i].values["site"] = i / 2 % 3 == 0 ? "2" : i % 2 == 0 ? one : other;
    };
    write("1", "1");
    const std::string left_out = splits_json(split(subjects, LeaveValueOutOptions{"site"}));
    const std::string stratified =
        splits_json(split(subjects, KFoldOptions{.folds = 2, .stratify = {"site"}}));
    const KFoldOptions aside{.hold_out = {"site", "1.00"}};
    const auto held = held_aside(subjects, aside);
    DOCTEST_CHECK(held.size() == 8);
    write("1.0", "1");
    DOCTEST_CHECK(splits_json(split(subjects, LeaveValueOutOptions{"site"})) == left_out);
    DOCTEST_CHECK(splits_json(split(subjects, KFoldOptions{.folds = 2, .stratify = {"site"}})) == stratified);
    DOCTEST_CHECK(held_aside(subjects, aside) == held);
    const auto told = values_alike(subjects, LeaveValueOutOptions{"site"});
    DOCTEST_REQUIRE(told.size() == 1);
    DOCTEST_CHECK(says(told[0], "'1' and '1.0' in the column 'site' are the same numbers and count as one"));
  }

  DOCTEST_TEST_CASE("codes that are the same number are values of their own") {
    auto subjects = cohort_of(12);
    const std::vector<std::string> codes{"1.1", "1.10", "01", "1", "1E2", "100"};
    for (size_t i = 0; i < subjects.size(); ++i) subjects[i].values["site"] = codes[i % codes.size()];
    DOCTEST_CHECK(split(subjects, LeaveValueOutOptions{"site"}).size() == codes.size());
    for (const std::string& code : codes)
      DOCTEST_CHECK(held_aside(subjects, KFoldOptions{.hold_out = {"site", code}}).size() == 2);
    DOCTEST_CHECK(values_alike(subjects, LeaveValueOutOptions{"site"}).empty());
  }

  DOCTEST_TEST_CASE("values that case or blanks alone tell apart are two, and warned of by name") {
    auto subjects = cohort_of(6);
    for (size_t i = 0; i < subjects.size(); ++i)
      subjects[i].values["site"] = i < 3 ? "UCL" : i < 5 ? "ucl " : "KCL";
    DOCTEST_CHECK(split(subjects, LeaveValueOutOptions{"site"}).size() == 3);
    const auto told = values_alike(subjects, LeaveValueOutOptions{"site"});
    DOCTEST_REQUIRE(told.size() == 1);
    DOCTEST_CHECK(says(told[0], "'UCL' and 'ucl ' in the column 'site' differ by case or blanks alone"));
    DOCTEST_CHECK(values_alike(subjects, KFoldOptions{.stratify = {"site", "site"}}) == told);
    DOCTEST_CHECK(values_alike(subjects, KFoldOptions{}).empty());
  }

  DOCTEST_TEST_CASE("people held aside are in no fold, with all their cases, for every kind of split") {
    const ScratchFolder folder;
    auto subjects = cohort_of(24, 3);
    for (size_t i = 0; i < subjects.size(); ++i) {
      subjects[i].values["site"] = i / 3 % 3 == 0 ? "X" : i / 3 % 3 == 1 ? "Y" : "Z";
      subjects[i].values["visit"] = cat(i % 3);
      subjects[i].values["family"] = "one";
    }
    subjects[4].values["visit"] = "late";
    const std::vector<std::string> person_1{"case_3", "case_4", "case_5"};
    const HoldOutOptions aside{"visit", "late"};
    KFoldOptions kfold{.folds = 3, .hold_out = aside};
    LeaveValueOutOptions sites{.column = "site", .hold_out = aside};
    FileSplitOptions file = written(folder, R"([{"train": ["case_0"], "val": ["case_6"]}])");
    file.hold_out = aside;
    for (const SplitOptions& options : {SplitOptions(kfold), SplitOptions(sites), SplitOptions(file),
                                        SplitOptions(NoSplitOptions{aside})}) {
      DOCTEST_CHECK(held_aside(subjects, options) == person_1);
      for (const Fold& fold : split(subjects, options))
        for (const auto* part : {&fold.train, &fold.held_out})
          for (const std::string& id : person_1) DOCTEST_CHECK(!std::count(part->begin(), part->end(), id));
    }
    kfold.hold_out.value = "never";
    DOCTEST_CHECK(
        says(message_of(subjects, kfold), "data.split.hold_out: no case has 'never' in the column 'visit'"));
    kfold.hold_out = {"site", "X"};
    kfold.person = "family";
    DOCTEST_CHECK(says(message_of(subjects, kfold), "everybody is held out"));
    DOCTEST_CHECK(held_aside(subjects, KFoldOptions{}).empty());
    Problems problems;
    kfold.hold_out.value.clear();
    validate(SplitOptions(kfold), problems);
    DOCTEST_CHECK(problems.list().size() == 1);
  }

  DOCTEST_TEST_CASE("every fold of the gliomas has its share of both grades, and sites can be left out") {
    const auto folder = dataset("bids_lgg");
    if (!folder) return;
    Problems problems;
    const Cohort cohort = read_cohort(BidsOptions{*folder}, {.sequences = {"T1w"}}, problems);
    const auto count = [&](const Fold& fold, const std::string& column, const std::string& value) {
      return std::count_if(cohort.subjects.begin(), cohort.subjects.end(), [&](const Subject& subject) {
        return subject.values.at(column) == value &&
               std::count(fold.held_out.begin(), fold.held_out.end(), subject.id) > 0;
      });
    };
    for (const Fold& fold : split(cohort.subjects, KFoldOptions{.stratify = {"grade", "site"}})) {
      DOCTEST_CHECK(fold.held_out.size() >= 8);
      DOCTEST_CHECK(fold.held_out.size() <= 9);
      for (const char* grade : {"II", "III"}) {
        DOCTEST_CHECK(count(fold, "grade", grade) >= 4);
        DOCTEST_CHECK(count(fold, "grade", grade) <= 5);
      }
      DOCTEST_CHECK(count(fold, "site", "DU") >= 2);
    }
    const auto sites = split(cohort.subjects, LeaveValueOutOptions{"site"});
    DOCTEST_REQUIRE(sites.size() == 4);
    DOCTEST_CHECK(sites[1].held_out.size() == 17);
  }
}
