// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "tests/data/cohorts/bids_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Texts = std::vector<std::string>;

const CohortRequest t1w{.sequences = {"T1w"}};

void expect_parts(const std::string& text, const Texts& parts) {
  for (const std::string& part : parts) DOCTEST_CHECK_MESSAGE(says(text, part), part << " not in: " << text);
}

}  // namespace

DOCTEST_TEST_SUITE("data/cohorts/bids_cohort") {
  DOCTEST_TEST_CASE("a label map that some cases lack is counted, with their names and what is there") {
    const BidsFolder folder({"1/T1w", "2/T1w", "3/T1w", "4/T1w", "manual:1/label-lesion_mask",
                             "manual:2/label-Lesion_mask", "manual:2/desc-brain_T1w"});
    folder.write("derivatives/manual/sub-3/anat/lesion_mask.nii.gz", "");
    CohortRequest request = t1w;
    request.maps = {"label-lesion_mask"};
    const BidsOptions options{.derivatives = "manual"};
    const Cohort cohort = folder.read(request, options);
    DOCTEST_CHECK(ids_of(cohort).size() == 4);
    DOCTEST_CHECK(cohort.warnings ==
                  Texts{"label-lesion_mask: 1 of 4 cases have it; none for sub-2, sub-3, sub-4 (found there: "
                        "label-Lesion_mask; passed over: lesion_mask.nii.gz, whose name is no "
                        "entity-value_…_suffix); its tasks do not learn from them"});
    for (const char* file : {"manual:2/label-lesion_mask", "manual:3/label-lesion_mask"}) folder.add(file);
    DOCTEST_CHECK(folder.read(request, options).warnings ==
                  Texts{"label-lesion_mask: 3 of 4 cases have it; none for sub-4; its tasks do not learn "
                        "from them"});
    folder.add("manual:4/label-lesion_mask");
    DOCTEST_CHECK(folder.read(request, options).warnings.empty());
    request.maps.clear();
    DOCTEST_CHECK(folder.read(request, options).warnings.empty());
  }

  DOCTEST_TEST_CASE("visits without any image that was asked for are left out with one warning") {
    const BidsFolder folder({"1/a/T1w", "1/b/bold", "2/a/T1w", "2/b/bold"});
    std::filesystem::create_directories(folder.root() / "sub-3");
    const Cohort cohort = folder.read(t1w, {});
    DOCTEST_CHECK(ids_of(cohort) == Texts{"sub-1_ses-a", "sub-2_ses-a"});
    DOCTEST_CHECK(cohort.unusable.empty());
    DOCTEST_CHECK(cohort.warnings == Texts{"3 of 5 cases have none of the images that are asked for and are "
                                           "left out: sub-1_ses-b, sub-2_ses-b, sub-3"});
    folder.add("manual:3/label-lesion_mask");  // a map whose image is lost is nothing to pass over
    CohortRequest mapped = t1w;
    mapped.maps = {"label-lesion_mask"};
    expect_parts(folder.message(mapped, {.derivatives = "manual"}),
                 {"sub-3: it has no T1w in ",
                  "sub-3/, which holds no image; restore the file or leave the "
                  "case out; leave all like it out by data.cohort.exclude: "
                  "[sub-3]"});
  }

  DOCTEST_TEST_CASE("cases that have some of the images are refused, with one line that leaves them out") {
    const BidsFolder folder({"1/T1w", "1/FLAIR", "2/T1w", "3/FLAIR", "4/T1w"});
    CohortRequest request{.sequences = {"T1w", "FLAIR"}};
    const BidsOptions options{.exclude = {"sub-4"}};
    std::string told;
    folder.read(request, options, &told);
    expect_parts(told, {"sub-2: it has no FLAIR in ", "sub-3: it has no T1w in ",
                        "leave all like it out by data.cohort.exclude: [sub-4, sub-2, sub-3], or allow it by "
                        "input.missing: allow\n"});
    DOCTEST_CHECK(told.find("data.cohort.exclude") == told.rfind("data.cohort.exclude"));
    DOCTEST_CHECK(ids_of(folder.read(request, {.exclude = {"sub-4", "sub-2", "sub-3"}})) == Texts{"sub-1"});
    request.missing_allowed = true;
    DOCTEST_CHECK(ids_of(folder.read(request, {})).size() == 4);
  }

  DOCTEST_TEST_CASE("an image that is there under a wrong name is refused and named, not left out") {
    const BidsFolder folder({"1/a/T1w", "2/T1w", "4/acq-mprage_T1w"});
    folder.write("sub-1/ses-b/anat/sub-1_T1w.nii.gz", "");
    folder.write("sub-3/anat/sub-3_pat_T1w.nii.gz", "");
    std::string told;
    const Cohort cohort = folder.read(t1w, {}, &told);
    DOCTEST_CHECK(ids_of(cohort) == Texts{"sub-1_ses-a", "sub-2"});
    DOCTEST_CHECK(cohort.warnings.empty());
    expect_parts(told,
                 {"sub-1_ses-b: it has no T1w in ",
                  "; passed over: sub-1_T1w.nii.gz, whose name lacks ses-b; restore or rename the file or "
                  "leave the case out\n",
                  "passed over: sub-3_pat_T1w.nii.gz, whose name is no entity-value_…_suffix",
                  ", but acq-mprage_T1w; restore the file or leave the case out, or, if acq-mprage_T1w shows "
                  "the same, write T1w|acq-mprage_T1w for T1w in input.sequences; leave all like it out by "
                  "data.cohort.exclude: [sub-1_ses-b, sub-3, sub-4]\n"});
  }

  DOCTEST_TEST_CASE("of a selector with alternatives the first that a case has is taken") {
    const BidsFolder folder({"1/T1w", "2/acq-mprage_T1w", "3/T1w", "3/acq-mprage_T1w",
                             "manual:1/label-a_mask", "manual:2/label-b_mask", "manual:3/label-a_mask"});
    const CohortRequest request{.sequences = {"T1w|acq-mprage_T1w"}, .maps = {"label-a_mask|label-b_mask"}};
    const Cohort cohort = folder.read(request, {.derivatives = "manual"});
    DOCTEST_REQUIRE(cohort.subjects.size() == 3);
    DOCTEST_CHECK(cohort.sequences == request.sequences);
    const auto file = [&](size_t subject) {
      return cohort.subjects[subject].images.at("T1w|acq-mprage_T1w").file.filename();
    };
    DOCTEST_CHECK(file(0) == "sub-1_T1w.nii.gz");
    DOCTEST_CHECK(file(1) == "sub-2_acq-mprage_T1w.nii.gz");
    DOCTEST_CHECK(file(2) == "sub-3_T1w.nii.gz");
    DOCTEST_CHECK(cohort.subjects[1].maps.at("label-a_mask|label-b_mask").file.filename() ==
                  "sub-2_label-b_mask.nii.gz");
    DOCTEST_CHECK(cohort.warnings.empty());
  }

  DOCTEST_TEST_CASE("a person whose folder cannot be read is wrong alone") {
    const BidsFolder folder({"1/T1w", "2/T1w", "4/a/T1w", "4/b/T1w"});
    // A link that leads to itself cannot be read by anybody, not even by root.
    for (const char* link : {"sub-2/func", "sub-4/ses-b/func"})
      std::filesystem::create_symlink("func", folder.root() / link);
    std::filesystem::create_directories(folder.root() / "sub-3");
    std::filesystem::create_symlink("ses-x", folder.root() / "sub-3/ses-x");
    std::filesystem::create_symlink("sub-5", folder.root() / "sub-5");
    folder.add("6/T2w");
    std::filesystem::create_symlink("sub-6_T1w.nii.gz", folder.root() / BidsFolder::path_of("6/T1w"));
    std::string told;
    DOCTEST_CHECK(ids_of(folder.read(t1w, {}, &told)) == Texts{"sub-1", "sub-4_ses-a"});
    for (const char* place : {"sub-2: ", "sub-3_ses-x: ", "sub-4_ses-b: ", "sub-5: ", "sub-6: "})
      expect_parts(told, {place + folder.root().string()});
    expect_parts(told, {"func cannot be read: it is a link that leads nowhere",
                        "; make it readable, or leave the case out"});
    DOCTEST_CHECK(ids_of(folder.read(t1w, {.exclude = {"sub-2", "sub-3", "sub-4", "sub-5", "sub-6"}})) ==
                  Texts{"sub-1"});
    const FoundCohort found = find_cases(BidsOptions{.root = folder.root()}, t1w);
    DOCTEST_REQUIRE(found.cases.size() == 7);
    DOCTEST_CHECK(found.cases[0].problem().empty());
    DOCTEST_CHECK(says(found.cases[1].problem(), "cannot be read"));
  }

  DOCTEST_TEST_CASE("a case whose name is not UTF-8 is refused with its folder") {
    const BidsFolder folder({"1/T1w", "M\xfcller/T1w"});
    std::string told;
    DOCTEST_CHECK(ids_of(folder.read(t1w, {}, &told)) == Texts{"sub-1"});
    expect_parts(told, {"sub-M%FCller: ", "/sub-M%FCller/: the name is not UTF-8", "rename the folder"});
  }
}
