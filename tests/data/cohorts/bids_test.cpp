// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/bids.hpp"

#include <algorithm>
#include <filesystem>

#include "tests/data/cohorts/bids_folder.hpp"
#include "tests/dataset.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Texts = std::vector<std::string>;

const CohortRequest t1w{.sequences = {"T1w"}};

}  // namespace

DOCTEST_TEST_SUITE("data/cohorts/bids") {
  DOCTEST_TEST_CASE("cases are people and their sessions, sorted, with the images of the selectors") {
    const BidsFolder folder({"10/2/T1w", "10/1/T1w", "1/T1w", "1/ce-gadolinium_T1w", "1/FLAIR", "2/T1w"});
    const Cohort cohort = folder.read(t1w, {});
    DOCTEST_CHECK(ids_of(cohort) == Texts{"sub-1", "sub-10_ses-1", "sub-10_ses-2", "sub-2"});
    DOCTEST_CHECK(cohort.sequences == Texts{"T1w"});
    DOCTEST_CHECK(cohort.name == folder.root().filename().string());
    const Subject& second = cohort.subjects[2];
    DOCTEST_CHECK(second.person == "sub-10");
    DOCTEST_CHECK(second.session == "ses-2");
    DOCTEST_CHECK(second.images.at("T1w").file == folder.root() / BidsFolder::path_of("10/2/T1w"));
    DOCTEST_CHECK(is_bids(folder.root()));
    DOCTEST_CHECK(!is_bids(folder.root() / "sub-1"));
  }

  DOCTEST_TEST_CASE("label maps lie below the derivative, a case may lack one") {
    const BidsFolder folder({"1/T1w", "2/T1w", "manual:1/label-lesion_mask"});
    CohortRequest request = t1w;
    request.maps = {"label-lesion_mask"};
    const Cohort cohort = folder.read(request, {.derivatives = "manual"});
    DOCTEST_REQUIRE(cohort.subjects.size() == 2);
    DOCTEST_CHECK(cohort.subjects[0].maps.at("label-lesion_mask").file ==
                  folder.root() / BidsFolder::path_of("manual:1/label-lesion_mask"));
    DOCTEST_CHECK(cohort.subjects[1].maps.empty());
    request.maps = {"label-lesions_mask"};
    const std::string mistyped = folder.message(request, {.derivatives = "manual"});
    DOCTEST_CHECK_MESSAGE(says(mistyped, "label-lesions_mask: no case has this label map in "), mistyped);
    DOCTEST_CHECK_MESSAGE(says(mistyped, "did you mean 'label-lesion_mask'?"), mistyped);
    const std::string elsewhere = folder.message(request, {.derivatives = "manuel"});
    request.maps = {"lesion_mask"};
    DOCTEST_CHECK(says(folder.message(request), "target.map: 'lesion_mask' selects no BIDS files"));
    DOCTEST_CHECK_MESSAGE(says(elsewhere, "data.cohort.derivatives: there is no folder"), elsewhere);
    DOCTEST_CHECK(says(elsewhere, "did you mean 'manual'?"));
  }

  DOCTEST_TEST_CASE("values come from participants.tsv, a session's own from sessions.tsv") {
    const BidsFolder folder({"1/a/T1w", "1/b/T1w", "2/T1w"});
    folder.write("participants.tsv", "participant_id\tsite\tage\nsub-1\tX\t30\nsub-2\tY\tn/a\n");
    folder.write("sub-1/sub-1_sessions.tsv", "session_id\tage\tscore\nses-b\t31\t7\n");
    const Cohort cohort = folder.read(t1w, {});
    DOCTEST_CHECK(cohort.columns == Texts{"site", "age", "score"});
    DOCTEST_CHECK(cohort.subjects[0].values.at("age") == "30");
    DOCTEST_CHECK(cohort.subjects[1].values.at("age") == "31");
    DOCTEST_CHECK(cohort.subjects[1].values.at("score") == "7");
    DOCTEST_CHECK(cohort.subjects[1].site == "X");
    DOCTEST_CHECK(!cohort.subjects[2].values.contains("age"));
    DOCTEST_CHECK(cohort.warnings.empty());
  }

  DOCTEST_TEST_CASE("people without a folder and people without a row are worth a warning") {
    const BidsFolder folder({"1/T1w", "2/T1w"});
    folder.write("participants.tsv", "participant_id\tage\nsub-1\t30\nsub-3\t40\n");
    const Cohort cohort = folder.read(t1w, {});
    DOCTEST_REQUIRE(cohort.warnings.size() == 2);
    DOCTEST_CHECK(says(cohort.warnings[0], "people without a folder, who are left out: sub-3"));
    DOCTEST_CHECK(says(cohort.warnings[1], "has no row for sub-2"));
    folder.write("participants.tsv", "participant_id\tage\nIXI1\t30\nIXI2\t40\n");
    DOCTEST_CHECK(says(folder.message(t1w), "none of its participant_id is a folder of "));
    std::filesystem::remove(folder.root() / "participants.tsv");
    std::filesystem::remove(folder.root() / "dataset_description.json");
    DOCTEST_CHECK(says(folder.read(t1w, {}).warnings.at(0), "there is no dataset_description.json"));
  }

  DOCTEST_TEST_CASE("everything wrong with every case is told at once and only sound cases are kept") {
    const BidsFolder folder({"1/T1w", "1/FLAIR", "2/T1w", "3/run-1_T1w", "3/run-2_T1w", "3/FLAIR", "4/T1w",
                             "4/FLAIR", "5/ce-x_T1w", "6/T1w", "6/FLAIR", "7/T1w"});
    folder.write("participants.tsv",
                 "participant_id\nsub-1\nsub-2\nsub-3\nsub-4\nsub-4\nsub-5\nsub-6\nsub-7\n");
    std::filesystem::create_symlink(folder.root() / "nowhere",
                                    folder.root() / BidsFolder::path_of("7/FLAIR"));
    CohortRequest request = t1w;
    request.sequences.push_back("FLAIR");
    std::string problems;
    const Cohort cohort = folder.read(request, {}, &problems);
    DOCTEST_CHECK(ids_of(cohort) == Texts{"sub-1", "sub-6"});
    for (const char* part :
         {"sub-2: it has no FLAIR in ", "but T1w; restore the file",
          "sub-3: several files are 'T1w': ", "sub-3_run-1_T1w.nii.gz and ", "input.filter: [run-1]",
          "participants.tsv has two rows for sub-4", "sub-5: it has no T1w and no FLAIR in ", "but ce-x_T1w;",
          "sub-7: ", "is a link to a file that is not there"})
      DOCTEST_CHECK_MESSAGE(says(problems, part), part << " not in: " << problems);
  }

  DOCTEST_TEST_CASE("a sequence that nobody has is told once, with what there is") {
    const BidsFolder folder({"1/T1w", "2/T1w", "2/FLAIR"});
    std::string problems;
    const Cohort cohort = folder.read({.sequences = {"T1"}}, {}, &problems);
    DOCTEST_CHECK(cohort.subjects.empty());
    DOCTEST_CHECK_MESSAGE(
        problems == "input.sequences: no case has 'T1'; did you mean 'T1w'? There is FLAIR, T1w\n", problems);
  }

  DOCTEST_TEST_CASE("a filter chooses among runs and spaces") {
    const BidsFolder folder({"1/run-1_T1w", "1/run-2_T1w", "2/T1w", "3/T1w", "3/space-MNI_T1w"});
    CohortRequest request = t1w;
    request.filter = {"run-2", "space-none"};
    const Cohort cohort = folder.read(request, {});
    DOCTEST_CHECK(cohort.subjects[0].images.at("T1w").file.filename() == "sub-1_run-2_T1w.nii.gz");
    DOCTEST_CHECK(cohort.subjects[2].images.at("T1w").file.filename() == "sub-3_T1w.nii.gz");
  }

  DOCTEST_TEST_CASE("cases and people can be left out by name") {
    const BidsFolder folder({"1/T1w", "2/a/T1w", "2/b/bold", "3/bold"});
    DOCTEST_CHECK(ids_of(folder.read(t1w, {.exclude = {"sub-2_ses-b", "sub-3"}})) ==
                  Texts{"sub-1", "sub-2_ses-a"});
    DOCTEST_CHECK(says(folder.message(t1w, {.exclude = {"sub-9"}}), "'sub-9' is no case and no person"));
  }

  DOCTEST_TEST_CASE(
      "images beside sessions are left out with a warning, strangers and hidden files without") {
    const BidsFolder folder({"1/a/T1w", "1/T1w", "2/T1w"});
    folder.write("sub-2/anat/._sub-2_T1w.nii.gz", "");
    folder.write("sub-2/anat/sub-1_T1w.nii.gz", "");
    folder.write("sub-2/anat/notes.nii.gz", "");
    const Cohort cohort = folder.read(t1w, {});
    DOCTEST_CHECK(ids_of(cohort) == Texts{"sub-1_ses-a", "sub-2"});
    DOCTEST_REQUIRE(cohort.warnings.size() == 1);
    DOCTEST_CHECK(says(cohort.warnings[0], "the images beside them are left out"));
  }

  DOCTEST_TEST_CASE("names of labels are those nearest to the map") {
    const BidsFolder folder({"1/T1w", "seg:1/dseg"});
    CohortRequest request = t1w;
    request.maps = {"dseg"};
    const auto labels = [&] { return folder.read(request, {.derivatives = "seg"}).labels_for("dseg"); };
    DOCTEST_CHECK(labels().empty());
    const std::string places[] = {"derivatives/seg/sub-1/anat/sub-1_dseg.tsv", "dseg.tsv",
                                  "derivatives/seg/dseg.tsv"};
    for (const std::string& place : places) {
      folder.write(place, "index\tname\n1\t" + place + "\n");
      DOCTEST_CHECK((labels() == NamedIntegers{{place, 1}}));
    }
    request.maps = {"label-x_mask|acq-x_dseg|dseg"};
    folder.write("derivatives/seg/acq-x_dseg.tsv", "index\tname\n1\tone\n");
    const Cohort cohort = folder.read(request, {.derivatives = "seg"});
    DOCTEST_CHECK((cohort.labels_for(request.maps[0]) == NamedIntegers{{"one", 1}}));
  }

  DOCTEST_TEST_CASE("a dataset without people, or no folder, is refused") {
    const BidsFolder folder({});
    DOCTEST_CHECK(says(folder.message(t1w), "there is no folder sub-…"));
    const BidsOptions gone{.root = folder.root() / "gone"};
    Problems problems;
    DOCTEST_CHECK(
        says(refusal_of([&] { read_cohort(gone, t1w, problems); }), "data.cohort.root: there is no folder"));
  }

  DOCTEST_TEST_CASE("the public datasets are read: people, sequences, maps, names") {
    struct Row {
      const char* name;
      const char* derivative;
      CohortRequest request;
      size_t people, columns, labels;
    };
    for (const Row& row :
         {Row{"bids_lgg", "manual", {{"T1w", "ce-gadolinium_T1w", "FLAIR"}, {"label-lesion_mask"}}, 44, 5, 0},
          Row{"bids_ixi", "dlmuse", {{"T1w"}, {"seg-deepgrey_dseg"}}, 40, 2, 10},
          Row{"bids_ms",
              "manual",
              {{"T1w", "ce-gadolinium_T1w", "T2w", "FLAIR"}, {"label-lesion_mask"}},
              2,
              0,
              0}}) {
      const auto folder = dataset(row.name);
      if (!folder) return;
      DOCTEST_CAPTURE(row.name);
      Problems problems;
      const Cohort cohort = read_cohort(BidsOptions{*folder, row.derivative}, row.request, problems);
      DOCTEST_CHECK(problems.empty());
      DOCTEST_CHECK(cohort.subjects.size() == row.people);
      DOCTEST_CHECK(cohort.columns.size() == row.columns);
      DOCTEST_CHECK(cohort.labels_for(row.request.maps[0]).size() == row.labels);
      DOCTEST_CHECK(cohort.warnings.empty());
      for (const Subject& subject : cohort.subjects) {
        DOCTEST_CHECK(subject.images.size() == row.request.sequences.size());
        DOCTEST_CHECK(subject.maps.size() == 1);
        DOCTEST_CHECK(subject.values.size() == row.columns);
      }
    }
  }
}
