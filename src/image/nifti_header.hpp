// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "image/geometry.hpp"
#include "image/scalars.hpp"

namespace tazuna {

/// A NIfTI-1 or NIfTI-2 header, every field that matters checked and understood.
struct NiftiHeader {
  int version = 1;
  bool swapped = false;                  ///< byte order opposite to this machine's
  std::array<int64_t, 3> size{1, 1, 1};  ///< tensor order (z, y, x); absent axes are 1
  int64_t frames = 1;                    ///< length of the fourth axis
  Scalar type = Scalar::uint8;
  Scaling scaling;             ///< slope 0, NaN or infinite: none
  uint64_t data_offset = 352;  ///< bytes from the file's start to the first voxel; 0 in the file: 352 (544)
  /// As nibabel: sform, else qform, else pixdim centred with negative x. A code that NIfTI does not define
  /// counts as 0, a size in pixdim without its sign, and 0 as 1. The unit of length is not applied.
  Affine affine{};
  double frame_seconds = 0;      ///< pixdim[4] of a file with several frames, in seconds; 0: unknown
  std::vector<std::byte> bytes;  ///< the 348 (540) bytes as in the file
  std::map<std::string, std::string> facts;  ///< for people: affine, intent, units, description

  uint64_t data_bytes() const;  ///< of all voxels
  uint64_t file_bytes() const { return data_offset + data_bytes(); }
  Geometry geometry() const { return geometry_of(affine, size); }
};

/// True if the bytes begin with the size field of a NIfTI header (348 or 540, either byte order).
bool looks_like_nifti(std::span<const std::byte> start);

/// Reads the header from the first bytes of a decoded `.nii` (544 are enough). Anything that contradicts the
/// standard, or that this program cannot represent (complex, RGB, 128-bit, vectors, .hdr/.img pairs), is an
/// Error that names the field and its value. Never allocates more than the header.
NiftiHeader parse_nifti_header(std::span<const std::byte> start);

/// The most bytes that may follow the voxels: padding. As many as the voxels have, and more than a little,
/// are further volumes that a wrong dim conceals.
uint64_t most_padding(const NiftiHeader& header);
/// Checks that a whole decoded file has the length its header demands, or a little more; tells of the rest in
/// the header's facts ("padding").
void expect_nifti_length(NiftiHeader& header, uint64_t length);
/// Checks the chain of header extensions between header and voxels in a whole decoded file.
void check_nifti_extensions(const NiftiHeader& header, std::span<const std::byte> file);

/// What an output changes of a header.
struct NiftiOutput {
  std::array<int64_t, 3> size{1, 1, 1};  ///< tensor order
  int64_t frames = 1;                    ///< above 1: four axes
  Scalar type = Scalar::uint8;           ///< uint8, int16 or float32
  int intent = 0;
};
/// The input's header bytes with only dim, datatype, bitpix, vox_offset, scl, cal and intent_code changed, in
/// the input's byte order, followed by four zeros that say "no extensions".
std::vector<std::byte> output_nifti_header(std::span<const std::byte> header, const NiftiOutput& output);
/// A new little-endian NIfTI-1 header (348 bytes) for a grid: sform, and qform where the axes are orthogonal,
/// with code 1 (scanner), units of mm.
std::vector<std::byte> made_nifti_header(const Geometry& geometry);

}  // namespace tazuna
