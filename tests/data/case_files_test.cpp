// SPDX-License-Identifier: Apache-2.0
#include "data/case_files.hpp"

#include <ATen/ATen.h>

#include "data/input_digest.hpp"
#include "image/extent.hpp"
#include "image/volume.hpp"
#include "tests/image/nifti_bytes.hpp"
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

  DOCTEST_TEST_CASE("voxels of a size that only a slip of the unit explains are refused") {
    const ScratchFolder folder;
    struct Row {
      double spacing;
      int unit;  ///< of length: 1 m, 2 mm, 3 um
      const char* refusal;
    };
    for (const Row& row :
         {Row{1, 2, ""},
          {1e-3, 2, ""},
          {2e-4, 2, "its voxels are 0.0002 mm; is the header's unit right?"},
          {1500, 2, "its voxels are 1500 mm; is the header's unit right?"},
          {1, 1, ""},
          {1e-3, 1, "its voxels are 0.001 mm, since the header's unit of length, m, is not applied"},
          {0.5, 3, ""},
          {1000, 3, "unit of length, um, is not applied"}}) {
      NiftiBytes file = nifti_bytes(2);
      for (const size_t diagonal : {0, 5, 10}) file.put(file.layout().srow, row.spacing, diagonal);
      file.put(file.layout().units, row.unit);
      write_atomically(folder.path() / "a.nii", file.bytes);
      Subject subject;
      subject.images["T1w"].file = folder.path() / "a.nii";
      const std::string sentence = refusal_of([&] { read_sequence(subject, "T1w"); });
      DOCTEST_CHECK_MESSAGE(says(sentence, row.refusal), sentence);
      DOCTEST_CHECK(sentence.empty() == (*row.refusal == 0));
    }
  }

  DOCTEST_TEST_CASE("grids that lie a little apart count as one, and the distance comes back") {
    const Geometry grid{.size = {10, 14, 12}};
    for (const double apart : {0.0, 0.005, 0.013, 0.063, 0.11}) {
      Geometry other = grid;
      other.origin[0] += apart;
      double distance = 0;
      const std::string sentence =
          refusal_of([&] { distance = expect_one_grid("T1w", grid, "mask", other); });
      DOCTEST_CHECK(sentence.empty() == (apart < 0.1));
      DOCTEST_CHECK(distance == doctest::Approx(apart > 0.01 && apart < 0.1 ? apart : 0));
    }
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
