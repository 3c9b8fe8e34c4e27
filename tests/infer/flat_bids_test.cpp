// SPDX-License-Identifier: Apache-2.0
#include "infer/flat_bids.hpp"

#include "core/files.hpp"
#include "core/text.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

/// A folder of files without sub-… folders, and what find_inputs() makes of it.
class Flat : public ScratchFolder {
 public:
  explicit Flat(const std::vector<std::string>& names, std::vector<std::string> sequences = {"T1w"}) {
    for (const std::string& name : names) write_atomically(path() / "in" / name, std::string_view("x"));
    request.sequences = std::move(sequences);
    inputs = {path() / "in"};
  }
  /// "id: sequence=file … [!problem]" of each case.
  std::vector<std::string> cases() {
    Log log(Verbosity::quiet);
    log.attach(path() / "log.txt");
    std::vector<std::string> texts;
    for (const InputCase& one : find_inputs(inputs, request, log)) {
      std::string text = one.subject->id + ":";
      for (const auto& [sequence, image] : one.subject->images)
        text += cat(" ", sequence, "=", image.file.filename().string());
      texts.push_back(text + (one.problem.empty() ? "" : " !"));
    }
    return texts;
  }
  std::string told() const { return fs::exists(path() / "log.txt") ? read_text(path() / "log.txt") : ""; }
  std::string refusal() {
    return refusal_of([this] { cases(); });
  }

  InputRequest request;
  std::vector<fs::path> inputs;
};

using Texts = std::vector<std::string>;

DOCTEST_TEST_SUITE("infer/flat_bids") {
  DOCTEST_TEST_CASE("of a folder of BIDS names the model's sequence is taken, the others are told once") {
    Flat flat({"sub-01_T1w.nii.gz", "sub-01_label-lesion_mask.nii.gz", "sub-02_ses-1_run-2_T1w.nii.gz",
               "sub-02_FLAIR.nii.gz", "scan.nii.gz"});
    DOCTEST_CHECK(flat.cases() == Texts{"scan: T1w=scan.nii.gz", "sub-01_T1w: T1w=sub-01_T1w.nii.gz",
                                        "sub-02_ses-1_run-2_T1w: T1w=sub-02_ses-1_run-2_T1w.nii.gz"});
    DOCTEST_CHECK_MESSAGE(says(flat.told(),
                               "2 images are passed over, since the model takes T1w and their BIDS names say "
                               "FLAIR, label-lesion_mask: sub-0"),
                          flat.told());
  }

  DOCTEST_TEST_CASE(
      "a folder of BIDS names none of which is the model's sequence is refused until one is named") {
    Flat flat({"sub-01_FLAIR.nii.gz", "sub-01_label-lesion_mask.nii.gz"});
    DOCTEST_CHECK_MESSAGE(
        says(flat.refusal(),
             "takes T1w, but by their BIDS names the files are FLAIR, label-lesion_mask; name what"),
        flat.refusal());
    DOCTEST_CHECK(says(flat.refusal(), "for example T1w=FLAIR"));
    flat.request.selectors = {{"T1w", "FLAIR"}};
    DOCTEST_CHECK(flat.cases() == Texts{"sub-01_FLAIR: T1w=sub-01_FLAIR.nii.gz"});
    DOCTEST_CHECK(
        says(flat.told(), "the model takes FLAIR as T1w and their BIDS names say label-lesion_mask"));
  }

  DOCTEST_TEST_CASE("files that are named one by one are the user's choice, with a warning") {
    Flat flat({"sub-01_FLAIR.nii.gz", "sub-02_T1w.nii.gz"});
    flat.inputs = {flat.path() / "in" / "sub-01_FLAIR.nii.gz", flat.path() / "in" / "sub-02_T1w.nii.gz"};
    DOCTEST_CHECK(flat.cases().size() == 2);
    DOCTEST_CHECK_MESSAGE(
        says(flat.told(), "predicted as T1w, though the BIDS name says FLAIR: sub-01_FLAIR.nii.gz"),
        flat.told());
    DOCTEST_CHECK_FALSE(says(flat.told(), "sub-02"));
  }

  DOCTEST_TEST_CASE("names of channels, of cases alone and of no entity are as ever, and nothing is told") {
    for (const Texts& names :
         {Texts{"sub-01_0000.nii.gz", "sub-02_0000.nii.gz"}, Texts{"sub-01.nii.gz", "sub-02_ses-1.nii.gz"},
          Texts{"a_FLAIR.nii", "b_mask.nii"}}) {
      Flat flat(names);
      DOCTEST_CHECK(flat.cases().size() == 2);
      DOCTEST_CHECK(flat.told() == "");
    }
  }

  DOCTEST_TEST_CASE(
      "beside names that say nothing other BIDS names alone leave nothing out, with a warning") {
    Flat flat({"scan.nii.gz", "sub-02_brain.nii.gz"});
    DOCTEST_CHECK(flat.cases().size() == 2);
    DOCTEST_CHECK(says(flat.told(), "though the BIDS name says brain: sub-02_brain.nii.gz"));
  }

  DOCTEST_TEST_CASE("sequences of one person, session and run are one case of a model with several") {
    Flat flat({"sub-01_ses-1_T1w.nii", "sub-01_ses-1_FLAIR.nii", "sub-02_run-1_FLAIR.nii",
               "sub-02_run-1_T1w.nii", "sub-02_run-2_T1w.nii", "sub-02_T2w.nii"},
              {"T1w", "FLAIR"});
    DOCTEST_CHECK(flat.cases() == Texts{"sub-01_ses-1: FLAIR=sub-01_ses-1_FLAIR.nii T1w=sub-01_ses-1_T1w.nii",
                                        "sub-02_run-1: FLAIR=sub-02_run-1_FLAIR.nii T1w=sub-02_run-1_T1w.nii",
                                        "sub-02_run-2: T1w=sub-02_run-2_T1w.nii !"});
    DOCTEST_CHECK(
        says(flat.told(), "1 image is passed over, since the model takes T1w and FLAIR and their BIDS "));
  }

  DOCTEST_TEST_CASE("a selector may name entities and alternatives, and a sequence's name need not be one") {
    Flat flat({"sub-01_acq-mprage_T1w.nii", "sub-02_MP2RAGE.nii", "sub-03_T1w.nii"}, {"MRI of the head"});
    DOCTEST_CHECK(says(flat.refusal(), "the model takes MRI of the head, but by their BIDS names"));
    flat.request.selectors = {{"MRI of the head", "acq-mprage_T1w|MP2RAGE"}};
    DOCTEST_CHECK(flat.cases().size() == 2);
  }
}

}  // namespace
}  // namespace tazuna
