// SPDX-License-Identifier: Apache-2.0
#include "infer/bids_output.hpp"

#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

Subject subject_of(const std::string& id, const std::string& person = "", const std::string& session = "") {
  Subject subject;
  subject.id = id;
  subject.person = person.empty() ? id : person;
  subject.session = session;
  return subject;
}

std::vector<InputCase> cases_of(const std::vector<std::string>& ids) {
  std::vector<InputCase> cases;
  for (const std::string& id : ids) cases.push_back({std::make_shared<const Subject>(subject_of(id)), ""});
  return cases;
}

struct Named {
  Subject subject;
  std::string folder, file;
  bool made;
};

DOCTEST_TEST_SUITE("infer/bids_output") {
  DOCTEST_TEST_CASE(
      "a case's entities go on in the standard's order, seg among them; other ids make a subject") {
    const Named table[] = {
        {subject_of("sub-01"), "sub-01/anat", "sub-01_seg-parts_dseg", false},
        {subject_of("sub-01_ses-2"), "sub-01/ses-2/anat", "sub-01_ses-2_seg-parts_dseg", false},
        {subject_of("sub-01_ses-2_T1w"), "sub-01/ses-2/anat", "sub-01_ses-2_seg-parts_dseg", false},
        {subject_of("sub-a_run-1_acq-hi_desc-x_FLAIR"), "sub-a/anat",
         "sub-a_acq-hi_run-1_seg-parts_desc-x_dseg", false},
        {subject_of("sub-01_seg-old_dseg"), "sub-01/anat", "sub-01_seg-parts_dseg", false},
        {subject_of("sub-01", "sub-01", "ses-b"), "sub-01/ses-b/anat", "sub-01_ses-b_seg-parts_dseg", false},
        {subject_of("hippocampus_001"), "sub-hippocampus001/anat", "sub-hippocampus001_seg-parts_dseg", true},
        {subject_of("x7", "P-3", "base"), "sub-P3/ses-base/anat", "sub-P3_ses-base_seg-parts_dseg", true},
        {subject_of("x7", "P-3", "n/a"), "sub-x7/anat", "sub-x7_seg-parts_dseg", true},
        {subject_of("sub-01_colour-red"), "sub-sub01colourred/anat", "sub-sub01colourred_seg-parts_dseg",
         true},
    };
    for (const Named& row : table) {
      DOCTEST_CAPTURE(row.subject.id);
      const DerivativeName name = derivative_name(row.subject);
      DOCTEST_CHECK(name.folder() == row.folder);
      DOCTEST_CHECK(name.file("parts", "dseg") == row.folder + "/" + row.file);
      DOCTEST_CHECK(name.made == row.made);
    }
    DOCTEST_CHECK(derivative_name(subject_of("sub-1")).file("my_task", "probseg") ==
                  "sub-1/anat/sub-1_seg-mytask_probseg");
    DOCTEST_CHECK(says(refusal_of([] { derivative_name(subject_of("__")); }), "__"));
  }

  DOCTEST_TEST_CASE("cases that would share a name are refused by both ids") {
    expect_distinct_names(cases_of({"a1", "a2", "sub-01_ses-1", "sub-01_ses-2"}));
    const std::string refusal = refusal_of([] { expect_distinct_names(cases_of({"a_1", "a1", "b"})); });
    DOCTEST_CHECK(says(refusal, "a_1"));
    DOCTEST_CHECK(says(refusal, "sub-a1, as that of"));
  }

  DOCTEST_TEST_CASE(
      "participants and sessions are chosen with or without their key; unknown ones are refused") {
    const auto all = cases_of({"sub-01_ses-a", "sub-01_ses-b", "sub-02_ses-a", "other"});
    const auto ids = [&](std::vector<std::string> people, std::vector<std::string> sessions) {
      std::string text;
      for (const InputCase& one : of_labels(all, people, sessions)) text += one.subject->id + " ";
      return text;
    };
    DOCTEST_CHECK(ids({}, {}) == "sub-01_ses-a sub-01_ses-b sub-02_ses-a other ");
    DOCTEST_CHECK(ids({"01"}, {}) == "sub-01_ses-a sub-01_ses-b ");
    DOCTEST_CHECK(ids({"sub-02", "other"}, {}) == "sub-02_ses-a other ");
    DOCTEST_CHECK(ids({}, {"ses-a"}) == "sub-01_ses-a sub-02_ses-a ");
    DOCTEST_CHECK(ids({"01"}, {"b"}) == "sub-01_ses-b ");
    DOCTEST_CHECK(says(refusal_of([&] { ids({"03"}, {}); }), "--participant-label 03"));
    DOCTEST_CHECK(says(refusal_of([&] { ids({"02"}, {"b"}); }), "leave no case"));
  }

  DOCTEST_TEST_CASE("the description says what the standard demands and remembers every source") {
    const ScratchFolder folder;
    const fs::path out = folder.path() / "out";
    fs::create_directories(out / ".tazuna");
    begin_bids_dataset(out, "abc", {folder.path() / "one two"});
    begin_bids_dataset(out, "abc", {folder.path() / "three"});
    const auto json = nlohmann::json::parse(read_text(out / "dataset_description.json"));
    DOCTEST_CHECK(json.at("DatasetType") == "derivative");
    DOCTEST_CHECK(json.at("BIDSVersion") == "1.11.0");
    DOCTEST_CHECK(json.at("Name").is_string());
    DOCTEST_CHECK(json.at("GeneratedBy").at(0).at("Name") == "Tazuna");
    DOCTEST_REQUIRE(json.at("SourceDatasets").size() == 2);
    DOCTEST_CHECK(says(json.at("SourceDatasets").at(0).at("URL").get<std::string>(), "/one%20two"));
    DOCTEST_CHECK(says(read_text(out / ".bidsignore"), "status.tsv"));
    DOCTEST_CHECK(says(refusal_of([&] { expect_no_bids_dataset(out); }), "--bids"));
  }

  DOCTEST_TEST_CASE("predictions under other names are not made a dataset") {
    const ScratchFolder folder;
    expect_no_bids_dataset(folder.path());
    write_atomically(folder.path() / ".tazuna" / "rows" / "a.json", std::string_view("{}"));
    DOCTEST_CHECK(
        says(refusal_of([&] { begin_bids_dataset(folder.path(), "abc", {}); }), "leave --bids out"));
  }
}

}  // namespace
}  // namespace tazuna
