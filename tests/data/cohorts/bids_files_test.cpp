// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/bids_files.hpp"

#include "core/files.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Texts = std::vector<std::string>;

BidsFiles files_of(const Texts& names, const std::string& session) {
  const ScratchFolder folder;
  for (const std::string& name : names) write_atomically(folder.path() / name, std::string_view());
  Subject subject;
  subject.person = "sub-01";
  subject.session = session;
  return bids_files(folder.path(), subject);
}

}  // namespace

DOCTEST_TEST_SUITE("data/cohorts/bids_files") {
  DOCTEST_TEST_CASE("a case has the images of its name in its folder and the folders in it") {
    const BidsFiles files =
        files_of({"sub-01_T2w.nii", "anat/sub-01_acq-x_T1w.nii.gz", "ses-1/sub-01_ses-1_T1w.nii",
                  "anat/deep/sub-01_FLAIR.nii", "anat/sub-01_T1w.json", "anat/._sub-01_T1w.nii"},
                 "");
    DOCTEST_CHECK(files.selectors() == std::set<std::string>{"T2w", "acq-x_T1w"});
    DOCTEST_CHECK(files.passed_over.empty());
    Subject subject;
    DOCTEST_CHECK(bids_files("/nonexistent/folder", subject).own.empty());
  }

  DOCTEST_TEST_CASE("an image of another name is passed over with the reason") {
    DOCTEST_CHECK(
        files_of({"anat/sub-01_T1w.nii", "anat/sub-02_ses-1_T1w.nii", "anat/ses-1_T1w.nii",
                  "anat/sub-01_pat_T1w.nii", "anat/sub-01_ses-1_T1w.nii", "anat/sub-01_ses-2_T1w.nii"},
                 "ses-1")
            .passed_over == Texts{"ses-1_T1w.nii, whose name lacks sub-01",
                                  "sub-01_T1w.nii, whose name lacks ses-1",
                                  "sub-01_pat_T1w.nii, whose name is no entity-value_…_suffix",
                                  "sub-01_ses-2_T1w.nii, whose name says ses-2 and not ses-1",
                                  "sub-02_ses-1_T1w.nii, whose name says sub-02 and not sub-01"});
    DOCTEST_CHECK(files_of({"anat/sub-01_ses-1_T1w.nii"}, "").passed_over ==
                  Texts{"sub-01_ses-1_T1w.nii, whose name says ses-1, of which there is no folder"});
  }
}
