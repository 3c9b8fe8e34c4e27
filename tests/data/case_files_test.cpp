// SPDX-License-Identifier: Apache-2.0
#include "data/case_files.hpp"

#include <ATen/ATen.h>

#include "data/input_digest.hpp"
#include "image/extent.hpp"
#include "image/volume.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {

DOCTEST_TEST_SUITE("data/case_files") {
  DOCTEST_TEST_CASE("a channel of a file is its volume and nothing else") {
    const ScratchFolder folder;
    const auto file = folder.path() / "both.nii.gz";
    const Tensor voxels = at::arange(2 * 3 * 4 * 5, at::kFloat).view({2, 3, 4, 5});
    write_image(file, voxels, {.size = {3, 4, 5}}, {});
    DOCTEST_CHECK(volumes_of(file) == 2);
    Subject subject;
    for (const int64_t k : {0, 1}) {
      subject.images["T1w"] = {file, k, 2};
      const Tensor one = read_sequence(subject, "T1w").volume.voxels;
      DOCTEST_CHECK(at::equal(one, voxels.narrow(0, k, 1)));
      DOCTEST_CHECK(one.storage().nbytes() == one.nbytes());  // the file's other volumes are let go
    }
    subject.images["FLAIR"] = {file, 0, 2};
    SequenceReader reader;
    DOCTEST_CHECK(at::equal(reader.read(subject, "T1w").volume.voxels, voxels.narrow(0, 1, 1)));
    std::filesystem::remove(file);  // what was read once is not asked for again
    DOCTEST_CHECK(at::equal(reader.read(subject, "FLAIR").volume.voxels, voxels.narrow(0, 0, 1)));
    write_image(file, voxels, {.size = {3, 4, 5}}, {});
    subject.images["T1w"] = {file, 2, 3};
    DOCTEST_CHECK(says(refusal_of([&] { read_sequence(subject, "T1w"); }),
                       "both.nii.gz: it holds 2 volumes, but there are 3 channels"));
    subject.images["T1w"] = {file};
    DOCTEST_CHECK(
        says(refusal_of([&] { read_sequence(subject, "T1w"); }), "a sequence is one; split the file"));
  }

  DOCTEST_TEST_CASE("what is read of a file counts in the digest of a case") {
    const ScratchFolder folder;
    const auto file = folder.path() / "both.nii.gz";
    write_image(file, at::ones({2, 3, 4, 5}), {.size = {3, 4, 5}}, {});
    Subject one, other;
    one.images = {{"T1w", {file, 0, 2}}, {"FLAIR", {file, 1, 2}}};
    other.images = {{"T1w", {file, 1, 2}}, {"FLAIR", {file, 0, 2}}};
    const auto digest = [](const Subject& subject) { return input_sha256(subject, {"T1w", "FLAIR"}, false); };
    DOCTEST_CHECK(digest(one) == digest(one));
    DOCTEST_CHECK(digest(one) != digest(other));
  }
}

}  // namespace tazuna
