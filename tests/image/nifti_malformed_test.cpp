// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "image/gzip.hpp"
#include "image/volume.hpp"
#include "tests/image/nifti_bytes.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Defect {
  const char* sentence;  ///< part of the refusal
  std::function<void(NiftiBytes&)> make;
};

Defect field(const char* sentence, const NiftiField NiftiLayout::*field, double value, size_t index = 0) {
  return {sentence, [=](NiftiBytes& file) { file.put(file.layout().*field, value, index); }};
}

/// As field(), in a file whose sform is off and whose qform is on.
Defect in_qform(const char* sentence, const NiftiField NiftiLayout::*field, double value, size_t index = 0) {
  return {sentence, [=](NiftiBytes& file) {
            file.put(file.layout().sform_code, 0);
            file.put(file.layout().qform_code, 1);
            file.put(file.layout().*field, value, index);
          }};
}

void all_lengths(NiftiBytes& file, double length) {
  for (size_t axis = 1; axis <= 3; ++axis) file.put(file.layout().dim, length, axis);
}

using L = NiftiLayout;

const std::vector<Defect> header_defects{
    {"sizeof_hdr is 0",
     [](NiftiBytes& f) {
       f.put({"sizeof_hdr", 0, 4}, 0);
     }},
    {"sizeof_hdr is 349",
     [](NiftiBytes& f) {
       f.swapped = false, f.put({"sizeof_hdr", 0, 4}, 349);
     }},
    {"magic is", [](NiftiBytes& f) { f.put_text(f.layout().magic, "nix"); }},
    {"ANALYZE",
     [](NiftiBytes& f) {
       f.put_text(f.layout().magic, {"\0\0\0\0", 4});
     }},
    {"magic is", [](NiftiBytes& f) { f.put_text(f.layout().magic + 3, "x"); }},
    {".hdr/.img pair", [](NiftiBytes& f) { f.put_text(f.layout().magic, f.version == 1 ? "ni1" : "ni2"); }},
    field("dim[0] is 0", &L::dim, 0),
    field("dim[0] is 8", &L::dim, 8),
    field("dim[0] is -3", &L::dim, -3),
    field("dim[1] is 0", &L::dim, 0, 1),
    field("dim[1] is -4", &L::dim, -4, 1),
    field("dim[2] is 0", &L::dim, 0, 2),
    field("dim[3] is -1", &L::dim, -1, 3),
    field("the file holds", &L::dim, 3, 3),
    field("the file holds", &L::dim, 32767, 1),
    {"", [](NiftiBytes& f) { all_lengths(f, 32767); }},
    {"dim[5] is 3", [](NiftiBytes& f) { f.put(f.layout().dim, 5), f.put(f.layout().dim, 3, 5); }},
    {"dim[7] is -1", [](NiftiBytes& f) { f.put(f.layout().dim, 7), f.put(f.layout().dim, -1, 7); }},
    {"dim[4] is 0", [](NiftiBytes& f) { f.put(f.layout().dim, 4), f.put(f.layout().dim, 0, 4); }},
    field("datatype is 0", &L::datatype, 0),
    field("datatype is 3,", &L::datatype, 3),
    field("datatype is -16", &L::datatype, -16),
    field("datatype is 1 (binary", &L::datatype, 1),
    field("complex64", &L::datatype, 32),
    field("RGB", &L::datatype, 128),
    field("float128", &L::datatype, 1536),
    field("complex128", &L::datatype, 1792),
    field("complex256", &L::datatype, 2048),
    field("RGBA", &L::datatype, 2304),
    field("bitpix is 16", &L::bitpix, 16),
    field("bitpix is 0", &L::bitpix, 0),
    field("bitpix is -32", &L::bitpix, -32),
    field("vox_offset is -352", &L::vox_offset, -352),
    field("vox_offset is 348", &L::vox_offset, 348),
    field("the file holds", &L::vox_offset, 560),
    field("the file holds", &L::vox_offset, 1e9),
    field("srow_x[0] is nan", &L::srow, NAN, 0),
    field("srow_y[3] is inf", &L::srow, infinity, 7),
    field("srow_z[2] is -inf", &L::srow, -infinity, 10),
    field("sform is singular", &L::srow, 0, 0),
    {"sform is singular", [](NiftiBytes& f) { f.put(f.layout().srow, 2, 1), f.put(f.layout().srow, 0, 5); }},
    in_qform("pixdim[1] is nan", &L::pixdim, NAN, 1),
    in_qform("pixdim[2] is inf", &L::pixdim, infinity, 2),
    in_qform("pixdim[3] is nan", &L::pixdim, NAN, 3),
    in_qform("quatern_b is nan", &L::quatern, NAN, 0),
    in_qform("quatern_d is inf", &L::quatern, infinity, 2),
    in_qform("squared length of 4", &L::quatern, 2, 1),
    in_qform("qoffset_x is nan", &L::qoffset, NAN, 0),
    in_qform("qoffset_z is -inf", &L::qoffset, -infinity, 2),
    {"header extension",
     [](NiftiBytes& f) {
       f.put({"extension", f.layout().bytes, 1}, 1);
       f.put({"esize", f.layout().bytes + 4, 4}, 1000000);
       f.bytes.resize(f.bytes.size() + 32);
       f.put(f.layout().vox_offset, static_cast<double>(f.layout().bytes + 36));
     }},
    {"header extension",
     [](NiftiBytes& f) {
       f.put({"extension", f.layout().bytes, 1}, 1);
       f.put({"esize", f.layout().bytes + 4, 4}, -16);
       f.bytes.resize(f.bytes.size() + 32);
       f.put(f.layout().vox_offset, static_cast<double>(f.layout().bytes + 36));
     }},
};

const std::vector<Defect> file_defects{
    {"", [](NiftiBytes& f) { f.bytes.clear(); }},
    {"", [](NiftiBytes& f) { f.bytes.resize(3); }},
    {"inside its header", [](NiftiBytes& f) { f.bytes.resize(200); }},
    {"inside its header", [](NiftiBytes& f) { f.bytes.resize(f.layout().bytes); }},
    {"the file holds", [](NiftiBytes& f) { f.bytes.resize(f.layout().bytes + 4); }},
    {"the file holds", [](NiftiBytes& f) { f.bytes.pop_back(); }},
    {"the file holds", [](NiftiBytes& f) { f.bytes.resize(f.bytes.size() + (64 << 10) + 1); }},
};

/// Without write_atomically's fsync, and onto a new file, since truncating an old one makes some file systems
/// wait for the disk as well.
void put_file(const std::filesystem::path& file, const Bytes& bytes) {
  std::filesystem::remove(file);
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// Checks that the reader refuses the bytes, plain and compressed, by a sentence that holds these words.
void expect_refused(const Bytes& bytes, const std::string& sentence, const std::filesystem::path& folder) {
  for (const char* name : {"bad.nii", "bad.nii.gz"}) {
    const std::filesystem::path file = folder / name;
    put_file(file, file.extension() == ".gz" ? gzip(bytes, 1) : bytes);
    for (const auto& read : {read_image, read_labels}) {
      try {
        read(file);
        DOCTEST_FAIL_CHECK(name << " was read, but " << sentence);
      } catch (const Error& error) {
        const std::string said = error.what();
        DOCTEST_CHECK_MESSAGE(said.find(sentence) != std::string::npos, said);
        DOCTEST_CHECK_MESSAGE(said.find(name) != std::string::npos, said);
        DOCTEST_CHECK((error.fault() == Fault::refused));
      }
    }
  }
}

/// Reads; only an Error may come out.
void survive(const std::filesystem::path& file) {
  try {
    read_image(file);
  } catch (const Error&) {
  }
}

}  // namespace

DOCTEST_TEST_SUITE("image/nifti_malformed") {
  DOCTEST_TEST_CASE("the file that the defects are made in is itself read") {
    const ScratchFolder folder;
    for (const int version : {1, 2}) {
      for (const bool swapped : {false, true}) {
        put_file(folder.path() / "good.nii", nifti_bytes(version, swapped).bytes);
        const ImageFile image = read_image(folder.path() / "good.nii");
        DOCTEST_CHECK(image.volume.geometry.spacing == std::array<double, 3>{3, 2, 1});
        DOCTEST_CHECK(image.volume.voxels.numel() == 24);
      }
    }
  }

  DOCTEST_TEST_CASE("where the sform says where the voxels lie, no other field is asked") {
    const ScratchFolder folder;
    NiftiBytes file = nifti_bytes();
    file.put(file.layout().pixdim, -1, 1);
    file.put(file.layout().pixdim, NAN, 2);
    file.put(file.layout().qform_code, 99);
    file.put(file.layout().quatern, NAN);
    put_file(folder.path() / "odd.nii", file.bytes);
    const ImageFile image = read_image(folder.path() / "odd.nii");
    DOCTEST_CHECK(image.volume.geometry.spacing == std::array<double, 3>{3, 2, 1});
  }

  DOCTEST_TEST_CASE(
      "a few bytes behind the voxels are padding, as many again are not, and none may be missing") {
    const ScratchFolder folder;
    struct Row {
      std::array<int64_t, 3> size;
      int64_t more;
      const char* refusal;
    };
    for (const Row& row : {Row{{2, 3, 4}, 512, ""},
                           {{2, 3, 4}, 64 << 10, ""},
                           {{2, 3, 4}, (64 << 10) + 1, "bytes follow the voxels, as many again"},
                           {{2, 3, 4}, -8, "damaged, 8 bytes are missing"},
                           {{40, 40, 40}, 40 * 40 * 40 * 4 - 1, ""},
                           {{40, 40, 40}, 40 * 40 * 40 * 4, "follow"},
                           {{40, 40, 40}, -8, "8"}}) {
      const Bytes good = nifti_bytes(1, false, row.size).bytes;
      Bytes bytes = good;
      bytes.resize(static_cast<size_t>(static_cast<int64_t>(good.size()) + row.more), std::byte{7});
      DOCTEST_CAPTURE(row.more);
      if (*row.refusal && row.size[0] == 2) expect_refused(bytes, row.refusal, folder.path());
      put_file(folder.path() / "good.nii", good);
      for (const char* name : {"long.nii", "long.nii.gz"}) {
        const std::filesystem::path file = folder.path() / name;
        put_file(file, file.extension() == ".gz" ? gzip(bytes, 1) : bytes);
        if (*row.refusal) {
          DOCTEST_CHECK_THROWS_AS(read_image(file), Error);
          continue;
        }
        const ImageFile image = read_image(file);
        DOCTEST_CHECK(image.volume.voxels.equal(read_image(folder.path() / "good.nii").volume.voxels));
        DOCTEST_CHECK(image.header.facts.at("padding") == cat(row.more, " bytes behind the voxels"));
      }
    }
  }

  DOCTEST_TEST_CASE("a vox_offset of 0 means the first byte that voxels may begin at") {
    const ScratchFolder folder;
    for (const int version : {1, 2}) {
      NiftiBytes file = nifti_bytes(version);
      put_file(folder.path() / "good.nii", file.bytes);
      file.put(file.layout().vox_offset, 0);
      put_file(folder.path() / "zero.nii", file.bytes);
      DOCTEST_CHECK(read_image(folder.path() / "zero.nii")
                        .volume.voxels.equal(read_image(folder.path() / "good.nii").volume.voxels));
      file.bytes.erase(file.bytes.end() - 4, file.bytes.end());
      expect_refused(file.bytes, "the file holds", folder.path());
    }
  }

  DOCTEST_TEST_CASE("names in capitals are read as others") {
    const ScratchFolder folder;
    put_file(folder.path() / "A.NII.GZ", gzip(nifti_bytes().bytes, 1));
    put_file(folder.path() / "B.NII", nifti_bytes().bytes);
    for (const char* name : {"A.NII.GZ", "B.NII"})
      DOCTEST_CHECK(read_image(folder.path() / name).volume.voxels.numel() == 24);
  }

  DOCTEST_TEST_CASE(
      "every malformed header is refused in both versions and byte orders, by a sentence that names why") {
    const ScratchFolder folder;
    DOCTEST_CHECK(header_defects.size() + file_defects.size() >= 48);
    for (const auto* defects : {&header_defects, &file_defects}) {
      for (const Defect& defect : *defects) {
        for (const int version : {1, 2}) {
          for (const bool swapped : {false, true}) {
            DOCTEST_CAPTURE(version);
            DOCTEST_CAPTURE(swapped);
            NiftiBytes file = nifti_bytes(version, swapped);
            defect.make(file);
            expect_refused(file.bytes, defect.sentence, folder.path());
          }
        }
      }
    }
  }

  DOCTEST_TEST_CASE("a vox_offset that is no number is refused") {
    const ScratchFolder folder;
    for (const double offset : {double{NAN}, infinity, 352.5, 1e30}) {
      NiftiBytes file = nifti_bytes();
      file.put(file.layout().vox_offset, offset);
      expect_refused(file.bytes, "vox_offset is", folder.path());
    }
  }

  DOCTEST_TEST_CASE("a header that claims more than its file can hold is refused before memory is taken") {
    const ScratchFolder folder;
    NiftiBytes file = nifti_bytes();
    all_lengths(file, 32767);
    const Bytes body(200000);
    file.bytes.insert(file.bytes.end(), body.begin(), body.end());
    put_file(folder.path() / "huge.nii.gz", gzip(file.bytes, 12));
    DOCTEST_CHECK_THROWS_WITH_AS(read_image(folder.path() / "huge.nii.gz"),
                                 doctest::Contains("cannot hold more than"), Error);
    NiftiBytes wide = nifti_bytes(2);
    all_lengths(wide, 4e18);
    expect_refused(wide.bytes, "more than any memory holds", folder.path());
    NiftiBytes overflowing = nifti_bytes(2);
    all_lengths(overflowing, 2642245.0);  // its cube exceeds 2^63 by little
    expect_refused(overflowing.bytes, "more than any memory holds", folder.path());
  }

  DOCTEST_TEST_CASE("a compressed stream that holds more than its header demands is refused undecoded") {
    const ScratchFolder folder;
    Bytes bytes = nifti_bytes().bytes;
    bytes.resize(bytes.size() + (64 << 20));
    put_file(folder.path() / "bomb.nii.gz", gzip(bytes, 12));
    DOCTEST_CHECK_THROWS_WITH_AS(read_image(folder.path() / "bomb.nii.gz"),
                                 doctest::Contains("holds more than"), Error);
  }

  DOCTEST_TEST_CASE("no flipped bit crashes the reader") {
    const ScratchFolder folder;
    Random random({9, "flip"});
    for (const char* name : {"flip.nii", "flip.nii.gz"}) {
      const std::filesystem::path file = folder.path() / name;
      const Bytes plain = nifti_bytes(1, false, {40, 40, 40}).bytes;
      Bytes bytes = file.extension() == ".gz" ? gzip(plain, 6) : nifti_bytes().bytes;
      for (int i = 0; i < 2000; ++i) {
        const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
        const auto bit = std::byte{1} << static_cast<int>(random.below(8));
        bytes[at] ^= bit;
        put_file(file, bytes);
        survive(file);
        bytes[at] ^= bit;
      }
    }
  }

  DOCTEST_TEST_CASE("names and contents that disagree are refused with the remedy") {
    const ScratchFolder folder;
    put_file(folder.path() / "a.nii.gz", nifti_bytes().bytes);
    DOCTEST_CHECK_THROWS_WITH_AS(read_image(folder.path() / "a.nii.gz"),
                                 doctest::Contains("not a gzip stream"), Error);
    put_file(folder.path() / "a.nii", gzip(nifti_bytes().bytes, 1));
    DOCTEST_CHECK_THROWS_WITH_AS(read_image(folder.path() / "a.nii"), doctest::Contains("rename it"), Error);
    put_file(folder.path() / "a.hdr", nifti_bytes().bytes);
    DOCTEST_CHECK_THROWS_WITH_AS(read_image(folder.path() / "a.hdr"), doctest::Contains("pair"), Error);
    DOCTEST_CHECK_THROWS_AS(read_image(folder.path() / "absent.nii"), Error);
    DOCTEST_CHECK_THROWS_AS(read_image(folder.path()), Error);
  }
}

}  // namespace tazuna
