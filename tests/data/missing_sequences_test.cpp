// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "core/files.hpp"
#include "data/cache.hpp"
#include "data/cohorts/catalog.hpp"
#include "data/sampler.hpp"
#include "tests/data/synthetic.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> both{"T1w", "FLAIR"};

/// Three cases: one with both sequences, one without the first, one without any; in every layout.
class ThreeCases {
 public:
  ThreeCases() {
    const std::string channels = R"({"channel_names": {"0": "T1w", "1": "FLAIR"}, "file_ending": ".nii.gz",
                                     "labels": {"background": 0, "lesion": 1}})";
    write_atomically(root() / "nnunet/dataset.json", channels);
    write_atomically(root() / "bids/dataset_description.json", R"({"Name": "x", "BIDSVersion": "1.9.0"})");
    for (const char* file : {"all_0000", "all_0001", "half_0001"}) image(cat("nnunet/imagesTr/", file));
    for (const char* id : {"all", "half", "none"}) image(cat("nnunet/labelsTr/", id));
    for (const char* file : {"sub-all/anat/sub-all_T1w", "sub-all/anat/sub-all_FLAIR",
                             "sub-half/anat/sub-half_FLAIR", "sub-none/anat/sub-none_acq-x_T1w"})
      image(cat("bids/", file));
    for (const char* file : {"a", "b", "c"}) image(file);
    write_atomically(root() / "cases.tsv",
                     "id\tT1w\tFLAIR\nall\ta.nii.gz\tb.nii.gz\nhalf\tn/a\tc.nii.gz\n"
                     "none\t\t\n");
  }
  const fs::path& root() const { return folder_.path(); }
  std::vector<CohortOptions> cohorts() const {
    return {NnunetOptions{root() / "nnunet", ""}, BidsOptions{.root = root() / "bids"},
            TableOptions{.file = root() / "cases.tsv"}};
  }

 private:
  void image(const std::string& name) const { write_atomically(root() / (name + ".nii.gz"), ""); }
  ScratchFolder folder_;
};

std::vector<std::string> ids_of(const Cohort& cohort) {
  std::vector<std::string> ids;
  for (const Subject& subject : cohort.subjects)
    ids.push_back(subject.id.starts_with("sub-") ? subject.id.substr(4) : subject.id);
  return ids;
}

std::string text_of(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems.list()) text += problem.where + ": " + problem.sentence + "\n";
  return text;
}

Preparation of_both(const std::string& scheme, bool missing = true) {
  Preparation preparation;
  preparation.sequences = both;
  preparation.normalisation.assign(2, {scheme});
  preparation.missing = missing;
  return preparation;
}

/// A case of both sequences with a border of zeros, and the same without one of them.
std::shared_ptr<Subject> bordered_case(const fs::path& folder) {
  Tensor image = smooth_image({10, 11, 12}, 2) * 10 + 50;
  image.narrow(1, 0, 2).zero_();
  return write_case(folder, "sub-07", image, labels_of(image / 30), {1, 1, 1.5});
}
std::shared_ptr<const Subject> without(const Subject& subject, const std::string& sequence) {
  auto fewer = std::make_shared<Subject>(subject);
  fewer->images.erase(sequence);
  return fewer;
}

}  // namespace

DOCTEST_TEST_SUITE("data/missing_sequences") {
  DOCTEST_TEST_CASE(
      "every source gives cases that have one of the sequences where that is allowed, and only there") {
    const ThreeCases cases;
    for (const CohortOptions& options : cases.cohorts()) {
      DOCTEST_CAPTURE(std::string(kind_of(options)));
      Problems strict, generous;
      DOCTEST_CHECK(ids_of(read_cohort(options, {.sequences = both}, strict)) ==
                    std::vector<std::string>{"all"});
      const std::string strictly = text_of(strict);
      DOCTEST_CHECK_MESSAGE(says(strictly, "half: "), strictly);
      DOCTEST_CHECK_MESSAGE(says(strictly, ", or allow it by input.missing: allow"), strictly);
      const Cohort cohort = read_cohort(options, {.sequences = both, .missing_allowed = true}, generous);
      DOCTEST_CHECK(ids_of(cohort) == std::vector<std::string>{"all", "half"});
      DOCTEST_CHECK(cohort.subjects.at(0).images.size() == 2);
      DOCTEST_CHECK(cohort.subjects.at(1).images.size() == 1);
      DOCTEST_CHECK(cohort.subjects.at(1).images.contains("FLAIR"));
      const std::string told = text_of(generous);
      DOCTEST_CHECK_MESSAGE(says(told, "none: "), told);
      DOCTEST_CHECK_MESSAGE(!says(told, "half"), told);
      DOCTEST_CHECK_MESSAGE(!says(told, "input.missing"), told);
    }
  }

  DOCTEST_TEST_CASE("a sequence that nobody has is refused even where sequences may be missing") {
    const ThreeCases cases;
    const std::vector<CohortOptions> cohorts = cases.cohorts();
    Problems problems;
    read_cohort(cohorts.at(1), {.sequences = {"T1w", "T2w"}, .missing_allowed = true}, problems);
    DOCTEST_CHECK(says(text_of(problems), "input.sequences: no case has 'T2w'"));
  }

  DOCTEST_TEST_CASE(
      "a missing sequence is zero and absent, the others are as if it had never been asked for") {
    const ScratchFolder folder;
    const auto whole = bordered_case(folder.path());
    for (const std::string scheme : {"zscore", "zscore_inside", "none"}) {
      for (const size_t gone : {0, 1}) {
        const size_t left = 1 - gone;
        const auto fewer = without(*whole, both[gone]);
        const Sample sample = prepare(fewer, of_both(scheme), {"label"});
        Preparation alone = of_both(scheme);
        alone.sequences = {both[left]};
        alone.normalisation.resize(1);
        const Sample expected = prepare(fewer, alone, {"label"});
        DOCTEST_CHECK(sample.image.voxels[left].equal(expected.image.voxels[0]));
        DOCTEST_CHECK(sample.image.voxels[gone].count_nonzero().item<int64_t>() == 0);
        DOCTEST_CHECK(sample.present[left].item<bool>());
        DOCTEST_CHECK_FALSE(sample.present[gone].item<bool>());
        DOCTEST_CHECK(sample.placement.crop == Box{{2, 0, 0}, {10, 11, 12}});
        DOCTEST_CHECK(sample.maps.at("label").voxels.equal(expected.maps.at("label").voxels));
      }
      DOCTEST_CHECK(prepare(whole, of_both(scheme), {})
                        .image.voxels.equal(prepare(whole, of_both(scheme, false), {}).image.voxels));
    }
  }

  DOCTEST_TEST_CASE("a case without any sequence, or with too few where none may be missing, is refused") {
    const ScratchFolder folder;
    const auto whole = bordered_case(folder.path());
    const auto fewer = without(*whole, "T1w");
    DOCTEST_CHECK(refusal_of([&] { prepare(without(*fewer, "FLAIR"), of_both("zscore"), {}); }) ==
                  "sub-07: there is none of the sequences T1w, FLAIR; a case needs at least one");
    DOCTEST_CHECK(refusal_of([&] { prepare(fewer, of_both("zscore", false), {}); }) ==
                  "sub-07: there is no sequence 'T1w'; the case has FLAIR");
  }

  DOCTEST_TEST_CASE("the cache keeps what is present and tells a case from itself with fewer sequences") {
    const ScratchFolder folder;
    const auto whole = bordered_case(folder.path());
    for (const std::shared_ptr<const Subject>& subject : std::vector<std::shared_ptr<const Subject>>{
             whole, without(*whole, "T1w"), without(*whole, "FLAIR")}) {
      const Sample prepared = prepare(subject, of_both("zscore"), {"label"});
      for (const int64_t newly : {1, 0}) {
        Cache cache(folder.path() / "cache", of_both("zscore"), {"label"});
        const Sample cached = cache.sample(subject);
        DOCTEST_CHECK(cache.counts().prepared == newly);
        DOCTEST_CHECK(cached.present.equal(prepared.present));
        DOCTEST_CHECK(cached.image.voxels.equal(prepared.image.voxels));
      }
    }
  }

  DOCTEST_TEST_CASE("whatever the augmentation, what is absent is zero and something is present") {
    Sample sample = synthetic_sample({12, 12, 12}, 3);
    sample.image.voxels[1].zero_();
    sample.present[1].fill_(false);
    AugmentOptions options;
    options.affine.rotate_probability = options.affine.scale_probability = 1;
    for (TransformEntry entry : default_transforms()) {
      std::visit([](auto& one) { one.probability = 1; }, entry.transform);
      options.transforms.push_back(entry);
    }
    options.transforms.push_back({SequenceDropoutOptions{1}});
    options.transforms.push_back({NoiseOptions{1, 1}});
    std::set<int64_t> stayed;
    for (int64_t key = 0; key < 30; ++key) {
      Random random{"absent", key};
      const Sample patch = draw_patch(sample, {}, {8, 8, 8}, false, options, random);
      DOCTEST_REQUIRE(patch.present.sum().item<int64_t>() == 1);
      for (int64_t c = 0; c < 3; ++c) {
        const bool there = patch.present[c].item<bool>();
        if (there) stayed.insert(c);
        DOCTEST_CHECK((patch.image.voxels[c].count_nonzero().item<int64_t>() > 0) == there);
      }
    }
    DOCTEST_CHECK(stayed == std::set<int64_t>{0, 2});
    DOCTEST_CHECK(sample.present.equal(at::tensor({1, 0, 1}).to(at::kBool)));
  }
}
