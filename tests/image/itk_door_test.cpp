// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "image/volume.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A grid of 4 x 3 pixels as ITK's readers hand over an image without orientation.
Geometry flat_grid() {
  Geometry grid;
  grid.size = {1, 3, 4};
  grid.direction = {0, 0, -1, 0, -1, 0, 1, 0, 0};
  return grid;
}

const std::string nrrd_head =
    "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 3 2\nencoding: raw\nendian: little\nspace: "
    "left-posterior-superior\n"
    "space directions: (1,0,0) (0,2,0) (0,0,3)\nspace origin: (5,6,7)\n\n";
const std::string meta_head =
    "ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nElementSpacing = 1 2 3\nOffset = 5 6 7\n"
    "ElementType = MET_SHORT\nElementByteOrderMSB = False\nElementDataFile = LOCAL\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  DOCTEST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string voxels() {
  return std::string(48, '\1');
}

}  // namespace

DOCTEST_TEST_SUITE("image/itk_door") {
  DOCTEST_TEST_CASE("ITK's left-posterior world becomes right-anterior") {
    const ScratchFolder folder;
    for (const auto& [name, head] : {std::pair{"a.nrrd", nrrd_head}, {"a.mha", meta_head}}) {
      write_atomically(folder.path() / name, head + voxels());
      const ImageFile image = read_image(folder.path() / name);
      const Affine expected{{{-1, 0, 0, -5}, {0, -2, 0, -6}, {0, 0, 3, 7}, {0, 0, 0, 1}}};
      DOCTEST_CHECK(affine_of(image.volume.geometry) == expected);
      DOCTEST_CHECK((image.volume.voxels.sizes() == at::IntArrayRef({1, 2, 3, 4})));
      DOCTEST_CHECK(image.volume.voxels.eq(257).all().item<bool>());
      DOCTEST_CHECK(image.dtype == "int16");
    }
  }

  DOCTEST_TEST_CASE("label maps of 8 and 16 bits come back from a PNG") {
    const ScratchFolder folder;
    for (const int highest : {11, 3000}) {
      const Tensor labels = at::arange(12).mul(highest / 11).view({1, 3, 4});
      const std::filesystem::path file = folder.path() / "labels.png";
      write_labels(file, labels, flat_grid(), {});
      const ImageFile back = read_labels(file);
      DOCTEST_CHECK(back.volume.voxels[0].equal(labels.to(at::kInt)));
      DOCTEST_CHECK(back.dtype == (highest > 255 ? "uint16" : "uint8"));
      DOCTEST_CHECK(back.header.format == "png");
      DOCTEST_CHECK(same_grid(back.volume.geometry, flat_grid()));
      DOCTEST_CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
    }
  }

  DOCTEST_TEST_CASE("damaged and unsuitable files are refused by name") {
    const ScratchFolder folder;
    struct Row {
      const char* name;
      std::string content;
    };
    const std::vector<Row> rows{
        {"cut.nrrd", nrrd_head + voxels().substr(0, 20)},
        {"head.nrrd", nrrd_head.substr(0, 60)},
        {"huge.nrrd", replaced(nrrd_head, "4 3 2", "40000 40000 40000") + voxels()},
        {"zero.nrrd", replaced(nrrd_head, "4 3 2", "4 0 2") + voxels()},
        {"nan.nrrd", replaced(nrrd_head, "(1,0,0)", "(nan,0,0)") + voxels()},
        {"flat.nrrd", replaced(nrrd_head, "(0,2,0)", "(1,0,0)") + voxels()},
        {"text.nrrd", "hello"},
        {"empty.nrrd", ""},
        {"cut.mha", meta_head + voxels().substr(0, 20)},
        {"huge.mha", replaced(meta_head, "4 3 2", "40000 40000 40000") + voxels()},
        {"zero.mha", replaced(meta_head, "4 3 2", "4 0 2") + voxels()},
        {"four.mha", replaced(replaced(meta_head, "NDims = 3", "NDims = 4"), "4 3 2", "4 3 2 1") + voxels()},
        {"colour.mha",
         replaced(meta_head, "ElementType", "ElementNumberOfChannels = 3\nElementType") + voxels()},
        {"gone.mhd", replaced(meta_head, "LOCAL", "absent.raw")},
        {"text.mha", "hello"},
        {"text.png", "hello"},
        {"empty.png", ""},
    };
    for (const Row& row : rows) {
      DOCTEST_CAPTURE(row.name);
      write_atomically(folder.path() / row.name, row.content);
      DOCTEST_CHECK_THROWS_WITH_AS(read_image(folder.path() / row.name), doctest::Contains(row.name), Error);
    }
    DOCTEST_CHECK_THROWS_AS(read_image(folder.path() / "absent.png"), Error);
  }

  DOCTEST_TEST_CASE("no flipped bit of a PNG, NRRD or MetaImage crashes the reader") {
    const ScratchFolder folder;
    write_labels(folder.path() / "a.png", at::arange(12).view({1, 3, 4}), flat_grid(), {});
    write_atomically(folder.path() / "a.nrrd", nrrd_head + voxels());
    write_atomically(folder.path() / "a.mha", meta_head + voxels());
    Random random({3, "itk"});
    for (const char* name : {"a.png", "a.nrrd", "a.mha"}) {
      Bytes bytes = read_bytes(folder.path() / name);
      for (int i = 0; i < 300; ++i) {
        const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
        const auto bit = std::byte{1} << static_cast<int>(random.below(8));
        bytes[at] ^= bit;
        write_atomically(folder.path() / name, bytes);
        try {
          read_image(folder.path() / name);
        } catch (const Error&) {
        }
        bytes[at] ^= bit;
      }
    }
  }
}

}  // namespace tazuna
