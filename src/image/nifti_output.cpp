// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/nifti_header.hpp"
#include "image/nifti_layout.hpp"

namespace tazuna {
namespace {

int datatype_of(Scalar type) {
  return type == Scalar::uint8 ? 2 : type == Scalar::int16 ? 4 : 16;
}

/// dim of the output: the input's number of axes where it had fewer than three and they suffice.
std::array<int64_t, 8> dimensions(int64_t input_axes, const NiftiOutput& output) {
  const auto& size = output.size;
  int64_t axes = std::min<int64_t>(input_axes, 3);
  if (size[1] > 1) axes = std::max<int64_t>(axes, 2);
  if (size[0] > 1) axes = 3;
  if (output.frames > 1) axes = 4;
  return {axes, size[2], size[1], size[0], output.frames, 1, 1, 1};
}

/// The unit quaternion (b, c, d) with a >= 0 of a rotation matrix, row-major (Shepperd's method, largest term
/// first).
std::array<double, 3> quaternion(const std::array<double, 9>& r) {
  const std::array<double, 4> squares{1 + r[0] + r[4] + r[8], 1 + r[0] - r[4] - r[8], 1 - r[0] + r[4] - r[8],
                                      1 - r[0] - r[4] + r[8]};
  const auto largest = std::max_element(squares.begin(), squares.end()) - squares.begin();
  const double s = std::sqrt(squares[largest]);
  std::array<double, 4> q{};
  if (largest == 0) q = {s * s, r[7] - r[5], r[2] - r[6], r[3] - r[1]};
  if (largest == 1) q = {r[7] - r[5], s * s, r[1] + r[3], r[2] + r[6]};
  if (largest == 2) q = {r[2] - r[6], r[1] + r[3], s * s, r[5] + r[7]};
  if (largest == 3) q = {r[3] - r[1], r[2] + r[6], r[5] + r[7], s * s};
  const double sign = q[0] < 0 ? -1 : 1;
  return {sign * q[1] / (2 * s), sign * q[2] / (2 * s), sign * q[3] / (2 * s)};
}

/// Unit vectors of the voxel axes x, y, z as columns, row-major.
std::array<double, 9> voxel_axes(const Geometry& geometry) {
  std::array<double, 9> axes;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      axes[3 * row + column] = geometry.direction[3 * row + 2 - column];
    }
  }
  return axes;
}

bool orthogonal(const std::array<double, 9>& axes) {
  for (int a = 0; a < 3; ++a) {
    for (int b = a + 1; b < 3; ++b) {
      if (std::abs(axes[a] * axes[b] + axes[3 + a] * axes[3 + b] + axes[6 + a] * axes[6 + b]) > 1e-4)
        return false;
    }
  }
  return true;
}

double determinant(const std::array<double, 9>& m) {
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
         m[2] * (m[3] * m[7] - m[4] * m[6]);
}

}  // namespace

std::vector<std::byte> output_nifti_header(std::span<const std::byte> header, const NiftiOutput& output) {
  if (!looks_like_nifti(header)) throw Error("the header kept for the output is no NIfTI header");
  const NiftiField first{"sizeof_hdr", 0, 4};
  const auto is_size = [&](int64_t size, bool swapped) {
    return NiftiNumbers(header, swapped).integer(first) == size;
  };
  const bool swapped = !is_size(348, false) && !is_size(540, false);
  const int version = is_size(540, swapped) ? 2 : 1;
  const NiftiLayout& layout = nifti_layout(version);
  if (header.size() != layout.bytes) {
    throw Error(cat("the header kept for the output has ", header.size(), " bytes; NIfTI-", version, " has ",
                    layout.bytes));
  }
  std::vector<std::byte> bytes(header.begin(), header.end());
  bytes.resize(layout.bytes + 4, std::byte{0});
  const auto put = [&](const NiftiField& field, double value, size_t index = 0) {
    put_nifti_number(bytes, swapped, field, value, index);
  };
  const auto dim = dimensions(NiftiNumbers(header, swapped).integer(layout.dim), output);
  for (size_t axis = 0; axis < 8; ++axis) {
    if (version == 1 && dim[axis] > 32767) {
      throw Error(cat("an axis of ", dim[axis], " does not fit a NIfTI-1 header, which ends at 32767"));
    }
    put(layout.dim, static_cast<double>(dim[axis]), axis);
  }
  put(layout.datatype, datatype_of(output.type));
  put(layout.bitpix, 8.0 * static_cast<double>(size_of(output.type)));
  put(layout.vox_offset, static_cast<double>(layout.bytes + 4));
  put(layout.slope, 1);
  put(layout.inter, 0);
  put(layout.cal_max, 0);
  put(layout.cal_min, 0);
  put(layout.intent, output.intent);
  return bytes;
}

std::vector<std::byte> made_nifti_header(const Geometry& geometry) {
  const NiftiLayout& layout = nifti_layout(1);
  std::vector<std::byte> bytes(layout.bytes, std::byte{0});
  const auto put = [&](const NiftiField& field, double value, size_t index = 0) {
    put_nifti_number(bytes, false, field, value, index);
  };
  put({"sizeof_hdr", 0, 4}, 348);
  std::memcpy(bytes.data() + layout.magic, "n+1", 4);
  put(layout.dim, 3);
  put(layout.units, 2);
  put(layout.sform_code, 1);
  const Affine affine = affine_of(geometry);
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 4; ++column) put(layout.srow, affine[row][column], 4 * row + column);
    put(layout.qoffset, affine[row][3], row);
    put(layout.pixdim, geometry.spacing[2 - row], row + 1);
  }
  auto axes = voxel_axes(geometry);
  const double qfac = determinant(axes) < 0 ? -1 : 1;
  put(layout.pixdim, qfac);
  if (orthogonal(axes)) {
    for (const size_t third : {2, 5, 8}) axes[third] *= qfac;
    const auto q = quaternion(axes);
    for (size_t i = 0; i < 3; ++i) put(layout.quatern, q[i], i);
    put(layout.qform_code, 1);
  }
  return bytes;
}

}  // namespace tazuna
