// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/bids_tables.hpp"

#include "core/files.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

class Written {
 public:
  explicit Written(std::string_view text) { write_atomically(file(), text); }
  std::filesystem::path file() const { return folder_.path() / "table.tsv"; }

 private:
  ScratchFolder folder_;
};

}  // namespace

DOCTEST_TEST_SUITE("data/cohorts/bids_tables") {
  DOCTEST_TEST_CASE("rows are values by id; what is not available is left out, repeated ids are told") {
    const Written written("age\tparticipant_id\tgrade\n 37 \tsub-01\tII\nn/a\t02\t\n50\tsub-01\tIII\n");
    const ValuesById table = read_values(written.file(), "participant_id", "sub-");
    DOCTEST_CHECK(table.columns == std::vector<std::string>{"age", "grade"});
    DOCTEST_CHECK(table.values.at("sub-01") ==
                  std::map<std::string, std::string>{{"age", "37"}, {"grade", "II"}});
    DOCTEST_CHECK(table.values.at("sub-02").empty());
    DOCTEST_CHECK(table.repeated == std::set<std::string>{"sub-01"});
  }

  DOCTEST_TEST_CASE("words for nothing are no values, unless a task declares them for that column") {
    const Written written("participant_id\tage\tgroup\tsite\nsub-01\tNA\tNA\tNA\nsub-02\tnan\tAD\tN/A\n");
    const ValuesById plain = read_values(written.file(), "participant_id", "sub-");
    DOCTEST_CHECK(plain.values.at("sub-01").empty());
    DOCTEST_CHECK(plain.values.at("sub-02") == std::map<std::string, std::string>{{"group", "AD"}});
    const ValuesById declared =
        read_values(written.file(), "participant_id", "sub-", {{"group", {"NA", "AD"}}});
    DOCTEST_CHECK(declared.values.at("sub-01") == std::map<std::string, std::string>{{"group", "NA"}});
  }

  DOCTEST_TEST_CASE("a table without its id column, or a row without an id, is refused with the file") {
    const auto refusal = [](std::string_view text) {
      const Written written(text);
      return refusal_of([&] { read_values(written.file(), "participant_id", "sub-"); });
    };
    const std::string missing = refusal("id\tage\nsub-01\t3\n");
    DOCTEST_CHECK_MESSAGE(says(missing, "table.tsv: there is no column 'participant_id'; it has id, age"),
                          missing);
    DOCTEST_CHECK(says(refusal("participant_id\tage\n\t3\n"), "line 2 has no participant_id"));
    DOCTEST_CHECK(says(refusal("participant_id\tage\nsub-01\n"), "table.tsv:2"));
    const std::string latin = refusal("participant_id\tsite\nsub-01\tK\xf6ln\n");
    DOCTEST_CHECK_MESSAGE(latin.ends_with("table.tsv:2 is not UTF-8; save it as UTF-8"), latin);
  }

  DOCTEST_TEST_CASE("label names are read in the order of their labels, without the background") {
    const Written written("name\tindex\nRight\t2\nbackground\t0\nLeft side\t1\n");
    DOCTEST_CHECK((read_label_names(written.file()) == NamedIntegers{{"Left side", 1}, {"Right", 2}}));
  }

  DOCTEST_TEST_CASE("label names that contradict each other are refused") {
    struct Row {
      const char* text;
      const char* says;
    };
    for (const Row& row : {Row{"index\tname\n1\ta\n1\tb\n", "the index 1 stands there twice"},
                           Row{"index\tname\n1\ta\n2\ta\n", "the name 'a' stands there twice"},
                           Row{"index\tname\n1.5\ta\n", "the index '1.5' is no whole number"},
                           Row{"index\tname\n-1\ta\n", "the index '-1' is no whole number"},
                           Row{"index\tname\n40000\ta\n", "the index '40000'"},
                           Row{"index\tname\nx\ta\n", "expected a number, but got 'x'"},
                           Row{"index\tname\n1\t\n", "the label 1 has no name"},
                           Row{"value\tname\n1\ta\n", "no column 'index'"}}) {
      const Written written(row.text);
      const std::string message = refusal_of([&] { read_label_names(written.file()); });
      DOCTEST_CHECK_MESSAGE(says(message, row.says), message << " does not say: " << row.says);
    }
  }
}
