// SPDX-License-Identifier: Apache-2.0
#include "infer/label_maps.hpp"

#include <vector>

#include "core/files.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

/// A folder of empty files; find_label_maps() looks at names alone.
class Folder : public ScratchFolder {
 public:
  explicit Folder(const std::vector<std::string>& files) {
    for (const std::string& file : files) write_atomically(path() / file, std::string_view());
  }
  LabelMaps maps(bool by_bids_case = true) const { return find_label_maps(path(), "maps", by_bids_case); }
  LabelMaps of(const MapWish& wish) const {
    return find_label_maps(path(), "maps", /*by_bids_case=*/true, /*required=*/true, wish);
  }
  std::string refusal(bool by_bids_case = true) const {
    return refusal_of([&] { maps(by_bids_case); });
  }
  std::vector<std::string> cases(bool by_bids_case = true) const {
    std::vector<std::string> ids;
    for (const auto& [id, file] : maps(by_bids_case).files) ids.push_back(id);
    return ids;
  }
};

using Cases = std::vector<std::string>;

DOCTEST_TEST_SUITE("infer/label_maps") {
  DOCTEST_TEST_CASE("subject and session of a BIDS name are the case, the subject is the person") {
    struct Row {
      const char *stem, *id, *person;
    };
    const Row rows[] = {
        {"sub-01", "sub-01", "sub-01"},
        {"sub-01_ses-2", "sub-01_ses-2", "sub-01"},
        {"sub-01_ses-2_space-orig_desc-x_dseg", "sub-01_ses-2", "sub-01"},
        {"sub-IXI033_seg-deepgrey_dseg", "sub-IXI033", "sub-IXI033"},
        {"sub-01_T1w", "sub-01", "sub-01"},
        {"hippocampus_001", "", "hippocampus_001"},
        {"sub-", "", "sub-"},
        {"xsub-01", "", "xsub-01"},
    };
    for (const Row& row : rows) {
      DOCTEST_CAPTURE(row.stem);
      DOCTEST_CHECK(bids_case(row.stem) == row.id);
      DOCTEST_CHECK(person_of_case(row.stem) == row.person);
    }
  }

  DOCTEST_TEST_CASE("a flat folder has a file a case, by its whole name or by its BIDS beginning") {
    const Folder folder({"sub-1_T1w.nii.gz", "sub-2_ses-a.nii", "sub-2_ses-b_dseg.nii.gz", "other.nrrd",
                         "notes.txt", ".hidden.nii"});
    DOCTEST_CHECK(folder.cases(false) == Cases{"other", "sub-1_T1w", "sub-2_ses-a", "sub-2_ses-b_dseg"});
    DOCTEST_CHECK(folder.cases() == Cases{"sub-1", "sub-2_ses-a", "sub-2_ses-b"});
  }

  DOCTEST_TEST_CASE("the exact name goes before longer ones, probabilities are no label maps") {
    const Folder folder({"sub-1.nii.gz", "sub-1_edited.nii.gz", "sub-2_dseg.nii.gz",
                         "sub-2_probabilities.nii.gz", "sub-2_uncertainty.nii.gz"});
    const LabelMaps maps = folder.maps();
    DOCTEST_CHECK(maps.files.at("sub-1").filename() == "sub-1.nii.gz");
    DOCTEST_CHECK(maps.files.at("sub-2").filename() == "sub-2_dseg.nii.gz");
  }

  DOCTEST_TEST_CASE("two maps of one case are refused, and both are named") {
    for (const Cases& files :
         {Cases{"sub-1_lesion.nii.gz", "sub-1_tumour.nii.gz"},
          Cases{"sub-1/anat/sub-1_label-a_mask.nii.gz", "sub-1/anat/sub-1_label-b_mask.nii.gz"},
          Cases{"a.nii.gz", "a.nii"}}) {
      const Folder folder(files);
      const std::string sentence = folder.refusal(files[0] != "a.nii.gz");
      for (const std::string& file : files) DOCTEST_CHECK(says(sentence, fs::path(file).filename().string()));
    }
  }

  DOCTEST_TEST_CASE("masks that share a label entity give their structure its name") {
    const Folder same(
        {"sub-1/anat/sub-1_label-lesion_mask.nii.gz", "sub-2/anat/sub-2_label-lesion_mask.nii.gz"});
    DOCTEST_CHECK(same.maps().labels == NamedIntegers{{"lesion", 1}});
    const Folder mixed({"sub-1/anat/sub-1_label-lesion_mask.nii.gz", "sub-2/anat/sub-2_dseg.nii.gz"});
    DOCTEST_CHECK(mixed.maps().labels.empty());
  }

  DOCTEST_TEST_CASE("dseg.tsv names the structures; an index that is no label is refused") {
    const Folder folder({"sub-1/anat/sub-1_dseg.nii.gz"});
    write_atomically(folder.path() / "dseg.tsv", "name\tindex\tcolor\nbackground\t0\t#000\nCSF\t24\t#fff\n");
    DOCTEST_CHECK(folder.maps().labels == NamedIntegers{{"CSF", 24}});
    for (const char* index : {"1.5", "-1", "n/a", "one"}) {
      write_atomically(folder.path() / "dseg.tsv", std::string("index\tname\n") + index + "\tCSF\n");
      DOCTEST_CHECK(says(folder.refusal(), "dseg.tsv"));
    }
  }

  DOCTEST_TEST_CASE("a selector tells several maps of a case apart; without one the sentence lists them") {
    const Folder folder({"sub-1/anat/sub-1_seg-deepgrey_dseg.nii.gz",
                         "sub-1/anat/sub-1_label-lesion_mask.nii.gz",
                         "sub-2/anat/sub-2_label-lesion_mask.nii.gz"});
    write_atomically(folder.path() / "dseg.tsv", std::string_view("index\tname\n7\tsomething\n"));
    write_atomically(folder.path() / "seg-deepgrey_dseg.tsv", std::string_view("index\tname\n3\tcaudate\n"));
    DOCTEST_CHECK(map_selectors(folder.path()) ==
                  std::set<std::string>{"label-lesion_mask", "seg-deepgrey_dseg"});
    DOCTEST_CHECK(says(folder.refusal(), "choose one by --map: label-lesion_mask, seg-deepgrey_dseg"));
    const LabelMaps lesions = folder.of({.selector = "label-lesion_mask"});
    DOCTEST_CHECK(lesions.files.size() == 2);
    DOCTEST_CHECK(lesions.labels == NamedIntegers{{"lesion", 1}});
    const LabelMaps deep = folder.of({.selector = "seg-deepgrey_dseg"});
    DOCTEST_CHECK(deep.files.size() == 1);
    DOCTEST_CHECK(deep.labels == NamedIntegers{{"caudate", 3}});
    DOCTEST_CHECK(deep.selector == "seg-deepgrey_dseg");
    const std::string sentence = refusal_of([&] { folder.of({.selector = "label-lesions_mask"}); });
    DOCTEST_CHECK(says(sentence, "--map label-lesions_mask: "));
    DOCTEST_CHECK(says(sentence, "did you mean 'label-lesion_mask'?"));
  }

  DOCTEST_TEST_CASE("two maps of one selector are told apart by an entity, equal names by nothing") {
    const Folder runs({"sub-1/anat/sub-1_run-1_dseg.nii.gz", "sub-1/anat/sub-1_run-2_dseg.nii.gz"});
    DOCTEST_CHECK(says(runs.refusal(), "for example run-1_dseg"));
    DOCTEST_CHECK(runs.of({.selector = "run-1_dseg"}).files.at("sub-1").filename() ==
                  "sub-1_run-1_dseg.nii.gz");
    const Folder twice({"sub-1/anat/sub-1_dseg.nii.gz", "sub-1/extra/sub-1_dseg.nii.gz"});
    DOCTEST_CHECK(says(twice.refusal(), "into a folder of their own"));
  }

  DOCTEST_TEST_CASE("of several predictions of a case that of the task is meant, else that of the selector") {
    const auto chosen = [](const Cases& files, const MapWish& wish) {
      return Folder(files).of(wish).files.at("sub-1").filename().string();
    };
    const Cases bids{"sub-1/anat/sub-1_seg-deepgrey_dseg.nii.gz",
                     "sub-1/anat/sub-1_seg-lesions2_dseg.nii.gz"};
    const Cases flat{"sub-1_deep_grey.nii.gz", "sub-1_lesions_2.nii.gz"};
    const MapWish lesions{.selector = "label-lesion_mask", .demanded = false, .task = "lesions_2"};
    DOCTEST_CHECK(chosen(bids, lesions) == "sub-1_seg-lesions2_dseg.nii.gz");
    DOCTEST_CHECK(chosen(flat, lesions) == "sub-1_lesions_2.nii.gz");
    DOCTEST_CHECK(chosen(bids, {.selector = "seg-deepgrey_dseg", .demanded = false}) ==
                  "sub-1_seg-deepgrey_dseg.nii.gz");
    DOCTEST_CHECK(chosen({"sub-1_anything.nii.gz"}, lesions) == "sub-1_anything.nii.gz");
    DOCTEST_CHECK(says(refusal_of([&] { chosen(bids, {.demanded = false}); }), "name the map by --map"));
  }

  DOCTEST_TEST_CASE("of a raw dataset the one derivative with label maps counts; two are refused") {
    const Cases one{"sub-1/anat/sub-1_T1w.nii.gz", "derivatives/truth/sub-1/anat/sub-1_dseg.nii.gz",
                    "derivatives/quality/sub-1/sub-1_T1w.json"};
    DOCTEST_CHECK(Folder(one).cases() == Cases{"sub-1"});
    Cases two = one;
    two.push_back("derivatives/other/sub-1/anat/sub-1_dseg.nii.gz");
    const std::string sentence = Folder(two).refusal();
    DOCTEST_CHECK(says(sentence, "truth"));
    DOCTEST_CHECK(says(sentence, "other"));
  }

  DOCTEST_TEST_CASE("a folder without label maps is refused") {
    DOCTEST_CHECK(says(Folder({"notes.txt"}).refusal(false), "no label map"));
    DOCTEST_CHECK(says(Folder({"case1.nii.gz"}).refusal(), "named after a case"));
    DOCTEST_CHECK(says(Folder({"sub-1/anat/sub-1_T1w.nii.gz"}).refusal(), "below its sub-"));
  }
}

}  // namespace
}  // namespace tazuna
