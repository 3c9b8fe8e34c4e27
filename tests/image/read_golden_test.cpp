// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cstring>
#include <fstream>

#include "core/error.hpp"
#include "image/gzip.hpp"
#include "image/placement.hpp"
#include "tests/dataset.hpp"
#include "tests/image/nifti_bytes.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

struct Expected {
  std::filesystem::path file, stem;
  std::array<int64_t, 4> size;  ///< x, y, z, frames
  std::string dtype;
};

std::vector<Expected> read_manifest(const std::filesystem::path& folder) {
  std::ifstream in(folder / "manifest.txt");
  std::vector<Expected> rows;
  Expected row;
  while (in >> row.file >> row.size[0] >> row.size[1] >> row.size[2] >> row.size[3] >> row.dtype) {
    row.stem = folder / std::to_string(rows.size());
    rows.push_back(row);
  }
  return rows;
}

Tensor raw(const std::filesystem::path& stem, const char* suffix, at::IntArrayRef size, at::ScalarType type) {
  const Bytes bytes = read_bytes(stem.string() + suffix);
  Tensor tensor = at::empty(size, type);
  DOCTEST_REQUIRE(bytes.size() == tensor.nbytes());
  std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  return tensor;
}

bool is_nifti(const std::filesystem::path& file) {
  return file.string().find(".nii") != std::string::npos;
}

void check_affine(const Geometry& geometry, const std::filesystem::path& stem) {
  const Affine affine = affine_of(geometry);
  const Tensor mine = at::empty({4, 4}, at::kDouble);
  std::memcpy(mine.data_ptr(), affine.data(), sizeof(affine));
  const Tensor expected = raw(stem, ".affine", {4, 4}, at::kDouble);
  DOCTEST_CHECK(at::allclose(mine, expected, 0, 2e-5));
}

void check_values(const Tensor& mine, const Tensor& expected) {
  // uint64 and scaled values may differ in the last bit: NumPy rounds twice where we round once.
  DOCTEST_CHECK(at::allclose(mine, expected, 2e-7, 0));
}

void check_file(const Expected& row) {
  DOCTEST_CAPTURE(row.file.string());
  const ImageFile image = read_image(row.file);
  const auto [x, y, z, frames] = row.size;
  DOCTEST_CHECK(image.dtype == row.dtype);
  DOCTEST_REQUIRE((image.volume.voxels.sizes() == at::IntArrayRef({frames, z, y, x})));
  check_values(image.volume.voxels, raw(row.stem, ".values", {frames, z, y, x}, at::kFloat));
  check_affine(image.volume.geometry, row.stem);

  Placement placement;
  placement.native = image.volume.geometry;
  placement.axes = canonical_order(placement.native);
  const Geometry canonical = reordered(placement.native, placement.axes);
  placement.crop = {{0, 0, 0}, canonical.size};
  const auto& size = canonical.size;
  const std::filesystem::path stem = row.stem.string() + ".canonical";
  check_affine(canonical, stem);
  check_values(to_cropped(image.volume.voxels, placement),
               raw(stem, ".values", {frames, size[0], size[1], size[2]}, at::kFloat));
}

}  // namespace

DOCTEST_TEST_SUITE("image/read_golden") {
  DOCTEST_TEST_CASE("values, affine and canonical orientation are nibabel's and SimpleITK's") {
    const ScratchFolder folder;
    if (!run_python("image/golden/expected.py", {folder.path(), "table"})) return;
    const auto rows = read_manifest(folder.path());
    DOCTEST_CHECK(rows.size() == 48);
    for (const Expected& row : rows) check_file(row);
  }

  DOCTEST_TEST_CASE("slips of a header that nibabel mends are mended alike") {
    using L = NiftiLayout;
    struct Slip {
      bool qform;  ///< else pixdim alone says where the voxels lie
      const NiftiField L::*field;
      double value;
      size_t index = 0;
    };
    const ScratchFolder folder;
    std::vector<std::filesystem::path> arguments{folder.path()};
    for (const Slip& slip : {Slip{true, &L::pixdim, -1, 1},
                             {true, &L::pixdim, -3, 3},
                             {true, &L::pixdim, 0, 2},
                             {false, &L::pixdim, -2, 2},
                             {false, &L::pixdim, 0, 1},
                             {true, &L::sform_code, 9},
                             {false, &L::sform_code, -1},
                             {false, &L::qform_code, 99}}) {
      for (const int version : {1, 2}) {
        NiftiBytes file = nifti_bytes(version, arguments.size() % 3 == 0);
        file.put(file.layout().sform_code, 0);
        file.put(file.layout().qform_code, slip.qform ? 1 : 0);
        for (size_t i = 0; i < 3; ++i) file.put(file.layout().quatern, 0.5, i);
        file.put(file.layout().*slip.field, slip.value, slip.index);
        file.bytes.resize(file.bytes.size() + 500);  // padding
        const std::filesystem::path path =
            folder.path() / ("slip" + std::to_string(arguments.size()) + (version == 1 ? ".nii" : ".nii.gz"));
        write_atomically(path, version == 1 ? file.bytes : gzip(file.bytes, 1));
        arguments.push_back(path);
      }
    }
    if (!run_python("image/golden/expected.py", arguments)) return;
    const auto rows = read_manifest(folder.path());
    DOCTEST_CHECK(rows.size() == 16);
    for (const Expected& row : rows) check_file(row);
  }

  DOCTEST_TEST_CASE("label maps lie where nibabel finds their inputs") {
    const ScratchFolder folder;
    if (!run_python("image/golden/expected.py", {folder.path(), "table"})) return;
    std::vector<std::filesystem::path> pairs;
    for (const Expected& row : read_manifest(folder.path())) {
      if (!is_nifti(row.file)) continue;
      const ImageFile image = read_image(row.file);
      const auto& size = image.volume.geometry.size;
      const Tensor labels =
          at::randint(0, pairs.size() % 4 ? 5 : 1000, {size[0], size[1], size[2]}, at::kInt);
      const std::filesystem::path output = row.stem.string() + "_labels.nii.gz";
      write_labels(output, labels, image.volume.geometry, image.header);
      write_atomically(output.string() + ".values",
                       {static_cast<const std::byte*>(labels.const_data_ptr()), labels.nbytes()});
      pairs.insert(pairs.end(), {row.file, output});
    }
    DOCTEST_CHECK(run_python("image/golden/outputs.py", pairs));
  }

  DOCTEST_TEST_CASE("real hippocampi are read as by nibabel and their labels survive a round trip") {
    const auto root = hippocampi();
    if (!root) return;
    const ScratchFolder folder;
    std::vector<std::filesystem::path> arguments{folder.path()};
    for (const auto& entry : std::filesystem::directory_iterator(*root / "labelsTr")) {
      if (!is_image_name(entry.path()) || entry.path().filename().string().starts_with(".")) continue;
      arguments.insert(arguments.end(), {*root / "imagesTr" / entry.path().filename(), entry.path()});
      if (arguments.size() > 12) break;
    }
    DOCTEST_REQUIRE(arguments.size() > 2);
    for (size_t i = 1; i < arguments.size(); i += 2) {
      const ImageFile image = read_image(arguments[i]), labels = read_labels(arguments[i + 1]);
      DOCTEST_CHECK(grid_difference(image.volume.geometry, labels.volume.geometry).empty());
      DOCTEST_CHECK(labels.volume.voxels.max().item<int>() == 2);
      const std::filesystem::path output = folder.path() / arguments[i].filename();
      write_labels(output, labels.volume.voxels[0], image.volume.geometry, image.header);
      DOCTEST_CHECK(read_labels(output).volume.voxels.equal(labels.volume.voxels));
    }
    if (!run_python("image/golden/expected.py", arguments)) return;
    for (const Expected& row : read_manifest(folder.path())) check_file(row);
  }
}

}  // namespace tazuna
