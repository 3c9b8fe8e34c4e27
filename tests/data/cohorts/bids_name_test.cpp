// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/bids_name.hpp"

#include <array>

#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Match = std::pair<BidsName, std::filesystem::path>;

std::vector<Match> named(const std::vector<std::string>& stems) {
  std::vector<Match> files;
  for (const std::string& stem : stems) files.emplace_back(*bids_name(stem), stem);
  return files;
}

}  // namespace

DOCTEST_TEST_SUITE("data/cohorts/bids_name") {
  DOCTEST_TEST_CASE("a name is entities and a suffix, or no BIDS name") {
    const auto name = bids_name("sub-01_ses-02_ce-gadolinium_T1w");
    DOCTEST_REQUIRE(name.has_value());
    DOCTEST_CHECK(name->suffix == "T1w");
    DOCTEST_CHECK(name->entities.at("ses") == "02");
    DOCTEST_CHECK(name->selector() == "ce-gadolinium_T1w");
    for (const char* wrong : {"", "sub-01", "sub-01_", "sub-_T1w", "sub-01_brain_T1w", "sub-01_sub-01_T1w"})
      DOCTEST_CHECK_MESSAGE(!bids_name(wrong).has_value(), wrong);
  }

  DOCTEST_TEST_CASE("a selector matches exactly its entities beside sub, ses, run and space") {
    struct Row {
      const char* selector;
      const char* stem;
      bool matches;
    };
    const std::array rows{
        Row{"T1w", "sub-01_T1w", true},
        Row{"T1w", "sub-01_ses-1_run-2_space-MNI_T1w", true},
        Row{"T1w", "sub-01_ce-gadolinium_T1w", false},
        Row{"T1w", "sub-01_T1wx", false},
        Row{"ce-gadolinium_T1w", "sub-01_ce-gadolinium_T1w", true},
        Row{"ce-gadolinium_T1w", "sub-01_T1w", false},
        Row{"ce-gadolinium_T1w", "sub-01_ce-other_T1w", false},
        Row{"label-lesion_mask", "sub-01_desc-manual_label-lesion_mask", false},
        Row{"label-lesion_desc-manual_mask", "sub-01_desc-manual_label-lesion_mask", true},
        Row{"run-2_T1w", "sub-01_run-2_T1w", true},
        Row{"run-2_T1w", "sub-01_run-1_T1w", false},
        Row{"run-2_T1w", "sub-01_T1w", false},
    };
    for (const Row& row : rows) {
      DOCTEST_CAPTURE(row.selector);
      DOCTEST_CAPTURE(row.stem);
      DOCTEST_CHECK(BidsSelector(row.selector).matches(*bids_name(row.stem)) == row.matches);
    }
    DOCTEST_CHECK(
        says(refusal_of([] { BidsSelector("label-lesion"); }), "'label-lesion' selects no BIDS files"));
  }

  DOCTEST_TEST_CASE("a selector may name alternatives, each of which must select") {
    const BidsSelector either("T1w|acq-mprage_T1w");
    DOCTEST_CHECK(either.alternatives() == 2);
    const BidsName plain = *bids_name("sub-01_T1w"), fast = *bids_name("sub-01_acq-mprage_T1w");
    DOCTEST_CHECK(either.matches(plain));
    DOCTEST_CHECK(either.matches(fast));
    DOCTEST_CHECK(either.matches(plain, 0));
    DOCTEST_CHECK_FALSE(either.matches(plain, 1));
    DOCTEST_CHECK(either.matches(fast, 1));
    DOCTEST_CHECK_FALSE(either.matches(*bids_name("sub-01_acq-other_T1w")));
    DOCTEST_CHECK(either.shares_suffix(*bids_name("sub-01_acq-other_t1W")));
    DOCTEST_CHECK_FALSE(either.shares_suffix(*bids_name("sub-01_T2w")));
    for (const char* text : {"T1w|", "|T1w", "T1w||FLAIR", "T1w|acq-x"})
      DOCTEST_CHECK_MESSAGE(says(refusal_of([&] { BidsSelector selector(text); }), "selects no BIDS files"),
                            text);
  }

  DOCTEST_TEST_CASE("a filter takes the files with the value, else those without the entity") {
    const auto files = named({"sub-1_T1w", "sub-1_run-1_T1w", "sub-1_run-2_T1w"});
    const auto chosen = [&](const std::vector<std::string>& pairs) {
      return BidsFilter(pairs).chosen(files);
    };
    DOCTEST_CHECK(chosen({}).size() == 3);
    DOCTEST_CHECK(chosen({"run-2"}) == std::vector<std::filesystem::path>{"sub-1_run-2_T1w"});
    DOCTEST_CHECK(chosen({"run-3"}) == std::vector<std::filesystem::path>{"sub-1_T1w"});
    DOCTEST_CHECK(chosen({"run-none"}) == std::vector<std::filesystem::path>{"sub-1_T1w"});
    DOCTEST_CHECK(chosen({"space-MNI", "run-1"}) == std::vector<std::filesystem::path>{"sub-1_run-1_T1w"});
    DOCTEST_CHECK(BidsFilter({"run-1"}).chosen(named({"sub-1_run-2_T1w"})).empty());
    DOCTEST_CHECK(says(refusal_of([&] { chosen({"run"}); }), "input.filter: 'run' is no entity-value pair"));
    DOCTEST_CHECK(says(refusal_of([&] { chosen({"run-1", "run-2"}); }), "'run' stands there twice"));
  }

  DOCTEST_TEST_CASE("the pair that tells two names apart chooses the first of them") {
    for (const auto& [one, other] :
         std::vector<std::pair<std::string, std::string>>{{"sub-1_run-1_T1w", "sub-1_run-2_T1w"},
                                                          {"sub-1_space-MNI_T1w", "sub-1_T1w"},
                                                          {"sub-1_T1w", "sub-1_space-MNI_T1w"}}) {
      const std::string pair = telling_pair(*bids_name(one), *bids_name(other));
      DOCTEST_CAPTURE(pair);
      DOCTEST_CHECK(BidsFilter({pair}).chosen(named({one, other})) ==
                    std::vector<std::filesystem::path>{one});
    }
    DOCTEST_CHECK(telling_pair(*bids_name("sub-1_T1w"), *bids_name("sub-1_T1w")).empty());
  }
}
