// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/cli/blobs.hpp"
#include "tests/image/dicom_bytes.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

/// The image as a DICOM series on its grid; values become whole numbers, in `image` too.
void write_dicom(const fs::path& folder, Image& image) {
  DicomSeries series;
  series.columns = image.size[0];
  series.rows = image.size[1];
  series.origin = {-image.origin[0], -image.origin[1], image.origin[2]};
  series.along_row = {-1, 0, 0};
  series.along_column = {0, -1, 0};
  series.x_mm = image.spacing[0];
  series.y_mm = image.spacing[1];
  series.z_mm = image.spacing[2];
  series.slope = 1;
  series.intercept = 0;
  for (float& voxel : image.voxels) voxel = std::round(voxel);
  const size_t area = static_cast<size_t>(series.columns * series.rows);
  for (int64_t z = 0; z < image.size[2]; ++z) {
    DicomBytes slice = series.slice(z);
    std::string& pixels = slice.elements[{0x7fe0, 0x10}].value;
    for (size_t i = 0; i < area; ++i) {
      const auto value = static_cast<int16_t>(image.voxels[static_cast<size_t>(z) * area + i]);
      std::memcpy(pixels.data() + 2 * i, &value, 2);
    }
    write_text(folder / ("slice" + std::to_string(z)), slice.file());
  }
}

DOCTEST_TEST_SUITE("cli/dicom") {
  DOCTEST_TEST_CASE("a DICOM series is answered as the NIfTI file of the same voxels is") {
    const ScratchFolder folder;
    Image image = blob_image(7);
    write_dicom(folder.path() / "series" / "case", image);
    write_text(folder.path() / "nifti" / "case.nii", image.bytes());
    std::string volumes;
    for (const char* form : {"nifti", "series", "series/case"}) {
      DOCTEST_CAPTURE(form);
      const fs::path out = folder.path() / "out" / form / "answers";
      const Finished done = run("predict " + trained_run().string() + " --input " +
                                (folder.path() / form).string() + " --out " + out.string());
      DOCTEST_REQUIRE_MESSAGE(done.code == 0, done.err);
      DOCTEST_CHECK(fs::exists(out / "case.nii.gz"));
      const std::string table = text_of(out / "volumes.tsv");
      if (volumes.empty()) volumes = table;
      DOCTEST_CHECK(table == volumes);
    }
    const Finished facts = run("inspect --json " + (folder.path() / "series" / "case").string());
    DOCTEST_CHECK_MESSAGE(facts.code == 0, facts.err);
    DOCTEST_CHECK(has(facts.out, "\"format\":\"dicom\""));
  }

  DOCTEST_TEST_CASE("a folder with a missing slice fails as a case, with the remedy") {
    const ScratchFolder folder;
    Image image = blob_image(7);
    write_dicom(folder.path() / "series", image);
    fs::remove(folder.path() / "series" / "slice4");
    const Finished done =
        run("predict " + trained_run().string() + " --input " + (folder.path() / "series").string() +
            " --out " + (folder.path() / "out").string());
    expect(done, 4, {});
    const std::string status = text_of(folder.path() / "out" / "status.tsv");
    DOCTEST_CHECK(has(status, "not evenly spaced"));
    DOCTEST_CHECK(has(status, "dcm2niix"));
  }
}

}  // namespace
}  // namespace tazuna::testing
