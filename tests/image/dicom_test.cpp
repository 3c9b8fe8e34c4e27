// SPDX-License-Identifier: Apache-2.0
#include "image/dicom.hpp"

#include <ATen/ATen.h>

#include <fstream>
#include <functional>

#include "core/random.hpp"
#include "image/volume.hpp"
#include "tests/image/dicom_bytes.hpp"
#include "tests/python.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

/// The RAS affine of a series: x and y of DICOM's LPS world turn round.
Affine affine_of_series(const DicomSeries& series) {
  const auto normal = series.normal();
  Affine affine{};
  for (size_t row = 0; row < 3; ++row) {
    const double sign = row < 2 ? -1 : 1;
    affine[row] = {sign * series.along_row[row] * series.x_mm, sign * series.along_column[row] * series.y_mm,
                   sign * normal[row] * series.z_mm, sign * series.origin[row]};
  }
  affine[3][3] = 1;
  return affine;
}

double largest_difference(const Affine& a, const Affine& b) {
  double largest = 0;
  for (size_t row = 0; row < 4; ++row) {
    for (size_t column = 0; column < 4; ++column)
      largest = std::max(largest, std::abs(a[row][column] - b[row][column]));
  }
  return largest;
}

Tensor voxels_of_series(const DicomSeries& series) {
  const auto ramp = [](int64_t count, std::array<int64_t, 4> shape) {
    return at::arange(count, at::kFloat).view(shape);
  };
  const Tensor stored = ramp(series.slices, {1, -1, 1, 1}) * 100 + ramp(series.rows, {1, 1, -1, 1}) * 10 +
                        ramp(series.columns, {1, 1, 1, -1});
  return stored * series.slope + series.intercept;
}

/// The sentence with which a folder is refused after `spoil` changed its files.
template <class Spoil>
std::string refusal_after(const Spoil& spoil) {
  const ScratchFolder folder;
  const DicomSeries series;
  series.write(folder.path());
  spoil(folder.path(), series);
  return refusal_of([&] { read_image(folder.path()); });
}

void overwrite(const fs::path& folder, int64_t slice, const DicomBytes& bytes) {
  write_atomically(folder / cat("IM", slice * 5 % 7, slice), std::string_view(bytes.file()));
}

}  // namespace

DOCTEST_TEST_SUITE("image/dicom") {
  DOCTEST_TEST_CASE(
      "a link that leads round in a circle is no DICOM file, no folder and an image by its name") {
    const ScratchFolder folder;
    const fs::path circle = folder.path() / "circle.nii";
    fs::create_symlink("circle.nii", circle);
    DOCTEST_CHECK_FALSE(is_dicom_file(circle));
    DOCTEST_CHECK_FALSE(is_dicom_folder(circle));
    DOCTEST_CHECK(image_stem(circle) == "circle");
    DOCTEST_CHECK(files_of_image(circle) == std::vector<fs::path>{circle});
    DOCTEST_CHECK(dicom_files(folder.path()).empty());
    DOCTEST_CHECK(says(refusal_of([&] { dicom_files(circle); }), "circle.nii: the folder cannot be read: "));
  }

  DOCTEST_TEST_CASE("an oblique series lies where its tags say and holds rescaled values") {
    const ScratchFolder folder;
    for (const auto& [slope, intercept] : {std::pair{0.5, -3.0}, {1.0, 0.0}, {2.0, 7.0}}) {
      DicomSeries series;
      series.slope = slope;
      series.intercept = intercept;
      series.write(folder.path());
      write_atomically(folder.path() / "README.txt", std::string_view("not an image"));
      for (const fs::path& path : {folder.path(), folder.path() / "IM00"}) {
        const ImageFile image = read_image(path);
        DOCTEST_CHECK(largest_difference(affine_of(image.volume.geometry), affine_of_series(series)) < 1e-6);
        DOCTEST_CHECK(image.volume.voxels.equal(voxels_of_series(series)));
        DOCTEST_CHECK(image.header.format == "dicom");
      }
      DOCTEST_CHECK(is_dicom_folder(folder.path()));
      DOCTEST_CHECK(files_of_image(folder.path()).size() == 6);
      DOCTEST_CHECK((files_of_image(folder.path() / "IM00") == files_of_image(folder.path())));
      DOCTEST_CHECK(image_stem(folder.path()) == folder.path().filename().string());
    }
  }

  DOCTEST_TEST_CASE("slices whose rescaling differs come together in one volume") {
    const ScratchFolder folder;
    DicomSeries series;
    series.slope = 1;
    series.intercept = 0;
    series.write(folder.path());
    DicomBytes other = series.slice(2);
    other.text({0x28, 0x1053}, "DS", "0.25");
    overwrite(folder.path(), 2, other);
    const Tensor voxels = read_image(folder.path()).volume.voxels;
    DOCTEST_CHECK(voxels[0][2].equal(voxels_of_series(series)[0][2] * 0.25));
    DOCTEST_CHECK(voxels[0][3].equal(voxels_of_series(series)[0][3]));
  }

  DOCTEST_TEST_CASE("unwritten types, nested sequences of unknown length and spare bits are understood") {
    using namespace std::string_literals;
    const std::string typed_sequence = "\xfe\xff\x00\xe0\xff\xff\xff\xff"s +
                                       "\x20\x00\x32\x00"
                                       "DS\x02\x00"
                                       "9 "s +
                                       "\xfe\xff\x0d\xe0\x00\x00\x00\x00\xfe\xff\xdd\xe0\x00\x00\x00\x00"s;
    const std::string untyped_sequence = "\xfe\xff\x00\xe0\x0a\x00\x00\x00"s +
                                         "\x20\x00\x32\x00\x02\x00\x00\x00"
                                         "9 "s +
                                         "\xfe\xff\xdd\xe0\x00\x00\x00\x00"s;
    const DicomSeries series;
    for (const bool typed : {true, false}) {
      const ScratchFolder folder;
      for (int64_t z = 0; z < series.slices; ++z) {
        DicomBytes bytes = series.slice(z);
        bytes.typed = typed;
        if (!typed) bytes.text({2, 0x10}, "UI", "1.2.840.10008.1.2");
        bytes.elements[{8, 0x1140}] = {"SQ", typed ? typed_sequence : untyped_sequence};
        bytes.number({0x28, 0x101}, 12);
        bytes.number({0x28, 0x102}, 11);
        for (size_t i = 1; i < 40; i += 2) bytes.elements[{0x7fe0, 0x10}].value[i] |= '\x50';
        write_atomically(folder.path() / cat("s", z), std::string_view(bytes.file()));
      }
      const ImageFile image = read_image(folder.path());
      DOCTEST_CHECK(image.volume.voxels.equal(voxels_of_series(series)));
      DOCTEST_CHECK(image.dtype == "int16");
    }
  }

  DOCTEST_TEST_CASE("a single slice is as thick as it says") {
    const ScratchFolder folder;
    DicomSeries series;
    series.slices = 1;
    series.write(folder.path());
    const Geometry geometry = read_image(folder.path()).volume.geometry;
    DOCTEST_CHECK((geometry.size == std::array<int64_t, 3>{1, 4, 5}));
    DOCTEST_CHECK(largest_difference(affine_of(geometry), affine_of_series(series)) < 1e-6);
  }

  DOCTEST_TEST_CASE("labels and outputs of a series lie on its grid") {
    const ScratchFolder folder;
    DicomSeries series;
    series.slope = 1;
    series.intercept = 0;
    series.write(folder.path() / "series");
    const ImageFile labels = read_labels(folder.path() / "series");
    DOCTEST_CHECK(labels.volume.voxels.equal(voxels_of_series(series).to(at::kInt)));
    const fs::path output = folder.path() / "labels.nii.gz";
    write_labels(output, labels.volume.voxels[0], labels.volume.geometry, labels.header);
    const ImageFile back = read_labels(output);
    DOCTEST_CHECK(same_grid(back.volume.geometry, labels.volume.geometry, 1e-4));
    DOCTEST_CHECK(back.volume.voxels.equal(labels.volume.voxels));
  }

  DOCTEST_TEST_CASE("several series, missing and repeated slices are refused, and dcm2niix is named") {
    using Spoil = std::function<void(const fs::path&, const DicomSeries&)>;
    const std::pair<const char*, Spoil> rows[] = {
        {"2 series ('FLAIR', 'T1w')",
         [](const fs::path& folder, const DicomSeries&) {
           DicomSeries other;
           other.uid += "1";
           other.description = "FLAIR";
           write_atomically(folder / "X", std::string_view(other.slice(0).file()));
         }},
        {"gaps from 2 to 4 mm",
         [](const fs::path& folder, const DicomSeries&) { fs::remove(folder / "IM32"); }},
        {"lie at the same place",
         [](const fs::path& folder, const DicomSeries& series) {
           write_atomically(folder / "again", std::string_view(series.slice(2).file()));
         }},
    };
    for (const auto& [part, spoil] : rows) {
      const std::string sentence = refusal_after(spoil);
      DOCTEST_CAPTURE(sentence);
      DOCTEST_CHECK(says(sentence, part));
      DOCTEST_CHECK(says(sentence, "dcm2niix"));
    }
  }

  DOCTEST_TEST_CASE("a slice that is no classic frame like the others is refused, and dcm2niix is named") {
    using Change = void (*)(DicomBytes&);
    const std::pair<const char*, Change> rows[] = {
        {"12 frames",
         [](DicomBytes& bytes) {
           bytes.text({0x28, 8}, "IS", "12");
         }},
        {"mosaic",
         [](DicomBytes& bytes) {
           bytes.text({8, 8}, "CS", "ORIGINAL\\PRIMARY\\M\\MOSAIC");
         }},
        {"ImagePositionPatient",
         [](DicomBytes& bytes) {
           bytes.elements.erase({0x20, 0x32});
         }},
        {"ImageOrientationPatient",
         [](DicomBytes& bytes) {
           bytes.elements.erase({0x20, 0x37});
         }},
        {"another orientation",
         [](DicomBytes& bytes) {
           bytes.text({0x20, 0x37}, "DS", "1\\0\\0\\0\\1\\0");
         }},
        {"pixels of 0.6 mm against 0.5 mm",
         [](DicomBytes& bytes) {
           bytes.text({0x28, 0x30}, "DS", "0.75\\0.6");
         }},
        {"5x2 pixels against 5x4 pixels",
         [](DicomBytes& bytes) {
           bytes.number({0x28, 0x10}, 2);
           bytes.elements[{0x7fe0, 0x10}].value.resize(20);
         }},
        {"MONOCHROME1",
         [](DicomBytes& bytes) {
           bytes.text({0x28, 4}, "CS", "MONOCHROME1");
         }},
    };
    for (const auto& [part, change] : rows) {
      const std::string sentence = refusal_after([change](const fs::path& folder, const DicomSeries& series) {
        DicomBytes bytes = series.slice(3);
        change(bytes);
        overwrite(folder, 3, bytes);
      });
      DOCTEST_CAPTURE(sentence);
      DOCTEST_CHECK(says(sentence, part));
      DOCTEST_CHECK(says(sentence, "dcm2niix"));
    }
  }

  DOCTEST_TEST_CASE("damaged and foreign files are refused, none ends the program") {
    DOCTEST_CHECK(says(refusal_after([](const fs::path& folder, const DicomSeries&) {
                         for (const auto& file : dicom_files(folder)) fs::remove(file);
                       }),
                       "no DICOM file"));
    DOCTEST_CHECK(says(refusal_after([](const fs::path& folder, const DicomSeries&) {
                         write_atomically(folder / "text.dcm", std::string_view("hello"));
                       }),
                       "text.dcm: it lacks DICOM's mark"));
    const ScratchFolder folder;
    const DicomSeries series;
    series.write(folder.path());
    const std::string whole = series.slice(3).file();
    const fs::path file = folder.path() / "IM13";
    for (size_t length = 140; length < whole.size(); length += 11) {
      DOCTEST_CAPTURE(length);
      write_atomically(file, std::string_view(whole).substr(0, length));
      DOCTEST_CHECK(!refusal_of([&] { read_image(folder.path()); }).empty());
    }
    Random random({9, "dicom"});
    for (int i = 0; i < 300; ++i) {
      std::string bytes = whole;
      bytes[static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())))] ^=
          static_cast<char>(1 << random.below(8));
      write_atomically(file, std::string_view(bytes));
      refusal_of([&] { read_image(folder.path()); });
    }
  }

  DOCTEST_TEST_CASE("voxels and grid are those that SimpleITK's series reader finds") {
    const ScratchFolder folder;
    const DicomSeries series;
    series.write(folder.path() / "series");
    if (!run_python("image/golden/dicom.py", {folder.path() / "series", folder.path()})) return;
    std::ifstream grid(folder.path() / "grid.txt");
    Affine expected{};
    for (auto& row : expected) {
      for (double& value : row) grid >> value;
    }
    const ImageFile image = read_image(folder.path() / "series");
    DOCTEST_CHECK(largest_difference(affine_of(image.volume.geometry), expected) < 1e-4);
    const std::string raw = read_text(folder.path() / "voxels.raw");
    DOCTEST_REQUIRE(raw.size() == image.volume.voxels.nbytes());
    DOCTEST_CHECK(std::memcmp(raw.data(), image.volume.voxels.const_data_ptr(), raw.size()) == 0);
  }
}

}  // namespace tazuna
