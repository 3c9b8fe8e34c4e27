// SPDX-License-Identifier: Apache-2.0
#include "image/volume.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <set>

#include "core/error.hpp"
#include "image/gzip.hpp"
#include "tests/image/nifti_bytes.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

ImageFile image_of(const NiftiBytes& file, const std::filesystem::path& folder) {
  write_atomically(folder / "input.nii", file.bytes);
  return read_image(folder / "input.nii");
}

/// Offsets of the header bytes that an output may change.
std::set<size_t> changeable(const NiftiLayout& layout) {
  std::set<size_t> bytes;
  const auto add = [&](const NiftiField& field, size_t count = 1) {
    for (size_t i = 0; i < count * field.width; ++i) bytes.insert(field.offset + i);
  };
  add(layout.dim, 8);
  for (const auto* field : {&layout.datatype, &layout.bitpix, &layout.vox_offset, &layout.slope,
                            &layout.inter, &layout.cal_max, &layout.cal_min, &layout.intent}) {
    add(*field);
  }
  return bytes;
}

/// A file with something in every field that an output has to keep, and with an extension.
NiftiBytes rich_file(int version, bool swapped) {
  NiftiBytes file = nifti_bytes(version, swapped);
  file.put(file.layout().qform_code, 1);
  file.put(file.layout().quatern, 0.5, 1);
  file.put(file.layout().qoffset, -3.25, 2);
  file.put(file.layout().cal_max, 9);
  file.put_text(file.layout().description, "made for a test");
  file.put({"extension", file.layout().bytes, 1}, 1);
  Bytes extension(32);
  extension[file.swapped ? 3 : 0] = std::byte{32};
  file.bytes.insert(file.bytes.begin() + static_cast<long>(file.layout().bytes) + 4, extension.begin(),
                    extension.end());
  file.put(file.layout().vox_offset, static_cast<double>(file.layout().bytes + 36));
  return file;
}

Bytes decoded_start(const std::filesystem::path& file) {
  return gzip_start(read_bytes(file)).bytes;
}

}  // namespace

DOCTEST_TEST_SUITE("image/volume") {
  DOCTEST_TEST_CASE("voxels, frames and the repetition time are read from either version and byte order") {
    const ScratchFolder folder;
    for (const int version : {1, 2}) {
      for (const bool swapped : {false, true}) {
        const ImageFile image = image_of(nifti_bytes(version, swapped, {2, 3, 4}, 5), folder.path());
        DOCTEST_CHECK(image.volume.voxels.equal(at::arange(120, at::kFloat).view({5, 2, 3, 4})));
        DOCTEST_CHECK(image.frame_seconds == 2);
        DOCTEST_CHECK(image.dtype == "float32");
        DOCTEST_CHECK(image.header.format == (version == 1 ? "nifti1" : "nifti2"));
        DOCTEST_CHECK(image.volume.geometry.origin == std::array<double, 3>{-7, 3, 13});
      }
    }
  }

  DOCTEST_TEST_CASE("the repetition time heeds its unit") {
    const ScratchFolder folder;
    struct Row {
      int unit;
      double pixdim, seconds;
    };
    for (const Row& row :
         {Row{8, 2.2, 2.2}, {16, 2200, 2.2}, {24, 2.2e6, 2.2}, {0, 0.72, 0.72}, {32, 4, 0}, {8, 0, 0}}) {
      NiftiBytes file = nifti_bytes(1, false, {1, 2, 2}, 3);
      file.put(file.layout().units, 2 + row.unit);
      file.put(file.layout().pixdim, row.pixdim, 4);
      DOCTEST_CHECK(image_of(file, folder.path()).frame_seconds ==
                    doctest::Approx(row.seconds).epsilon(1e-12));
    }
    NiftiBytes file = nifti_bytes(1, false, {1, 2, 2}, 3);
    for (const double none : {double{NAN}, -2.0}) {
      file.put(file.layout().pixdim, none, 4);
      DOCTEST_CHECK(image_of(file, folder.path()).frame_seconds == 0);
    }
  }

  DOCTEST_TEST_CASE("scaling is applied, and 0, NaN or infinity mean none") {
    const ScratchFolder folder;
    struct Row {
      double slope, inter, third;
    };
    for (const Row& row :
         {Row{2, -1, 5}, {0, 7, 3}, {NAN, 7, 3}, {INFINITY, 7, 3}, {2, NAN, 6}, {-0.5, 0, -1.5}, {1, 1, 4}}) {
      NiftiBytes file = nifti_bytes();
      file.put(file.layout().slope, row.slope);
      file.put(file.layout().inter, row.inter);
      DOCTEST_CHECK(image_of(file, folder.path()).volume.voxels.flatten()[3].item<double>() == row.third);
    }
  }

  DOCTEST_TEST_CASE("every type and byte order of a compressed file gives the numbers that were stored") {
    const ScratchFolder folder;
    const std::array<int64_t, 3> size{40, 61, 62};
    struct Row {
      int datatype, width;
      bool real;
    };
    for (const Row& row : {Row{2, 1, false}, {4, 2, false}, {8, 4, false}, {16, 4, true}, {64, 8, true}}) {
      for (const bool swapped : {false, true}) {
        NiftiBytes file = nifti_bytes(1, swapped, {1, 1, 1});
        file.bytes.resize(352);
        for (size_t axis = 0; axis < 3; ++axis)
          file.put(file.layout().dim, static_cast<double>(size[2 - axis]), axis + 1);
        file.put(file.layout().datatype, row.datatype);
        file.put(file.layout().bitpix, 8 * row.width);
        const int64_t voxels = size[0] * size[1] * size[2];
        file.bytes.resize(static_cast<size_t>(352 + voxels * row.width));
        for (int64_t i = 0; i < voxels; ++i)
          file.put({"voxel", static_cast<size_t>(352 + i * row.width), row.width, row.real},
                   static_cast<double>(i * 7 % 251 / 2));
        write_atomically(folder.path() / "large.nii.gz", gzip(file.bytes, 1));
        const Tensor expected =
            at::arange(voxels).mul(7).remainder(251).div(2, "floor").view({1, 40, 61, 62});
        DOCTEST_CAPTURE(row.datatype);
        DOCTEST_CHECK(
            read_image(folder.path() / "large.nii.gz").volume.voxels.equal(expected.to(at::kFloat)));
        DOCTEST_CHECK(read_labels(folder.path() / "large.nii.gz").volume.voxels.equal(expected.to(at::kInt)));
      }
    }
  }

  DOCTEST_TEST_CASE("labels come back as written, and no byte of the placement changes") {
    const ScratchFolder folder;
    for (const int version : {1, 2}) {
      for (const bool swapped : {false, true}) {
        for (const int highest : {3, 300}) {
          const NiftiBytes file = rich_file(version, swapped);
          const ImageFile input = image_of(file, folder.path());
          const Tensor labels = at::arange(24).remainder(4).mul(highest / 3).view({2, 3, 4});
          const std::filesystem::path output = folder.path() / "labels.nii.gz";
          write_labels(output, labels, input.volume.geometry, input.header);
          const ImageFile back = read_labels(output);
          DOCTEST_CHECK(back.volume.voxels[0].equal(labels.to(at::kInt)));
          DOCTEST_CHECK(back.dtype == (highest > 255 ? "int16" : "uint8"));
          DOCTEST_CHECK(grid_difference(back.volume.geometry, input.volume.geometry, 0).empty());
          const auto may_change = changeable(file.layout());
          for (size_t at = 0; at < input.header.bytes.size(); ++at) {
            if (!may_change.contains(at)) DOCTEST_CHECK((back.header.bytes[at] == input.header.bytes[at]));
          }
          const NiftiNumbers numbers(back.header.bytes, swapped);
          DOCTEST_CHECK(numbers.integer(file.layout().intent) == 1002);
          DOCTEST_CHECK(numbers.real(file.layout().vox_offset) ==
                        static_cast<double>(file.layout().bytes + 4));
          DOCTEST_CHECK(numbers.real(file.layout().slope) == 1);
          DOCTEST_CHECK(numbers.real(file.layout().cal_max) == 0);
          DOCTEST_CHECK((decoded_start(output)[file.layout().bytes] == std::byte{0}));
        }
      }
    }
  }

  DOCTEST_TEST_CASE("float maps come back bit by bit, with four axes where there are several") {
    const ScratchFolder folder;
    for (const bool swapped : {false, true}) {
      for (const int64_t channels : {1, 3}) {
        const ImageFile input = image_of(nifti_bytes(1, swapped), folder.path());
        const Tensor shares = at::rand({channels, 2, 3, 4});
        for (const char* name : {"deeper/shares.nii", "deeper/shares.nii.gz"}) {
          write_image(folder.path() / name, shares, input.volume.geometry, input.header);
          const ImageFile back = read_image(folder.path() / name);
          DOCTEST_CHECK(back.volume.voxels.equal(shares));
          const NiftiNumbers numbers(back.header.bytes, swapped);
          DOCTEST_CHECK(numbers.integer(nifti_layout(1).dim) == (channels > 1 ? 4 : 3));
          DOCTEST_CHECK(numbers.integer(nifti_layout(1).intent) == 0);
        }
      }
    }
  }

  DOCTEST_TEST_CASE("equal labels give equal bytes") {
    const ScratchFolder folder;
    const ImageFile input = image_of(nifti_bytes(), folder.path());
    const Tensor labels = at::ones({2, 3, 4}, at::kByte);
    for (const char* name : {"a.nii.gz", "b.nii.gz"}) {
      write_labels(folder.path() / name, labels, input.volume.geometry, input.header);
    }
    DOCTEST_CHECK((read_bytes(folder.path() / "a.nii.gz") == read_bytes(folder.path() / "b.nii.gz")));
  }

  DOCTEST_TEST_CASE("a grid without a NIfTI header gets one that says the same, mirrored or sheared") {
    const ScratchFolder folder;
    Geometry grid;
    grid.size = {2, 3, 4};
    grid.spacing = {1.5, 0.75, 2};
    grid.origin = {-30, 4, 5};
    const double c = std::cos(0.3), s = std::sin(0.3);
    for (const double mirror : {1.0, -1.0}) {
      for (const double shear : {0.0, 0.2}) {
        grid.direction = {0, -s, c * mirror, 0, c, s * mirror, 1, 0, 0};
        grid.direction[1] += shear;
        const Tensor labels = at::ones({2, 3, 4}, at::kByte);
        const Geometry exact = geometry_of(affine_of(grid), grid.size);
        write_labels(folder.path() / "made.nii.gz", labels, exact, {});
        const ImageFile back = read_labels(folder.path() / "made.nii.gz");
        DOCTEST_CHECK(grid_difference(back.volume.geometry, exact, 1e-5).empty());
        NiftiBytes by_qform{1, false, read_bytes(folder.path() / "made.nii.gz")};
        by_qform.bytes = gzip_start(by_qform.bytes).bytes;
        by_qform.put(by_qform.layout().sform_code, 0);
        write_atomically(folder.path() / "qform.nii", by_qform.bytes);
        const ImageFile turned = read_image(folder.path() / "qform.nii");
        DOCTEST_CHECK(same_grid(turned.volume.geometry, exact, 1e-4) == (shear == 0));
      }
    }
  }

  DOCTEST_TEST_CASE("label maps with fractions, NaN, frames or too large numbers are refused by voxel") {
    const ScratchFolder folder;
    const std::filesystem::path path = folder.path() / "labels.nii";
    const auto refusal = [&](double value, const char* sentence) {
      NiftiBytes file = nifti_bytes();
      file.put({"voxel", file.layout().bytes + 4, 4, true}, value, 17);  // x 1, y 1, z 1
      write_atomically(path, file.bytes);
      DOCTEST_CHECK_THROWS_WITH_AS(read_labels(path), doctest::Contains(sentence), Error);
    };
    refusal(0.5, "voxel (1, 1, 1) is 0.5");
    refusal(NAN, "voxel (1, 1, 1) is nan");
    refusal(3e9, "voxel (1, 1, 1) is 3");
    write_atomically(path, nifti_bytes(1, false, {2, 3, 4}, 2).bytes);
    DOCTEST_CHECK_THROWS_WITH_AS(read_labels(path), doctest::Contains("2 frames"), Error);
  }

  DOCTEST_TEST_CASE("what cannot be written is an error and leaves no file") {
    const ScratchFolder folder;
    const ImageFile input = image_of(nifti_bytes(), folder.path());
    const Geometry& grid = input.volume.geometry;
    const auto refused = [&](const char* name, const Tensor& labels, const Geometry& where) {
      DOCTEST_CHECK_THROWS_AS(write_labels(folder.path() / name, labels, where, input.header), Error);
      DOCTEST_CHECK_FALSE(std::filesystem::exists(folder.path() / name));
    };
    Geometry moved = grid;
    moved.origin[0] += 1;
    refused("a.nii.gz", at::zeros({2, 3, 4}, at::kByte), moved);
    refused("a.nii.gz", at::zeros({2, 3, 5}, at::kByte), grid);
    refused("a.nii.gz", at::zeros({2, 3, 4}), grid);
    refused("a.nii.gz", at::full({2, 3, 4}, 40000, at::kInt), grid);
    refused("a.nrrd", at::zeros({2, 3, 4}, at::kByte), grid);
    refused("a.png", at::zeros({2, 3, 4}, at::kByte), grid);
  }

  DOCTEST_TEST_CASE("names are told apart by their suffix") {
    for (const char* name :
         {"a.nii", "a.nii.gz", "A.NII.GZ", "d/a.b.nrrd", "a.nhdr", "a.mha", "a.mhd", "a.png"}) {
      DOCTEST_CHECK_MESSAGE(is_image_name(name), name);
    }
    for (const char* name : {"a", "nii.gz", ".nii", "a.gz", "a.hdr", "a.json", "nii.gz/a", "a.nii.gz.tmp"}) {
      DOCTEST_CHECK_FALSE_MESSAGE(is_image_name(name), name);
    }
    DOCTEST_CHECK(image_stem("/data/sub-01_T1w.nii.gz") == "sub-01_T1w");
    DOCTEST_CHECK(image_stem("a.b.nii") == "a.b");
    DOCTEST_CHECK(image_stem("x/slice.png") == "slice");
    DOCTEST_CHECK(image_stem("notes.txt") == "notes");
  }
}

}  // namespace tazuna
