// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tazuna {

/// One number of a header: where it lies, how wide it is, whether it is a real number.
struct NiftiField {
  const char* name;
  size_t offset;
  int width;
  bool real = false;
};

/// Where the fields lie (nifti1.h and nifti2.h of the NIfTI Data Format Working Group). Arrays name their
/// first element.
struct NiftiLayout {
  size_t bytes;  ///< of the header, extension flag not counted
  size_t magic, magic_bytes;
  NiftiField dim, datatype, bitpix, pixdim, vox_offset, slope, inter, cal_max, cal_min, qform_code,
      sform_code, quatern, qoffset, srow, units, intent;
  size_t description;  ///< 80 bytes of text
};
/// `version` 1 or 2.
const NiftiLayout& nifti_layout(int version);

/// Reads the numbers of a header whose length has been checked.
class NiftiNumbers {
 public:
  NiftiNumbers(std::span<const std::byte> header, bool swapped) : header_(header), swapped_(swapped) {}
  /// Element `index` of a field of whole numbers.
  int64_t integer(const NiftiField& field, size_t index = 0) const;
  double real(const NiftiField& field, size_t index = 0) const;
  /// Up to the first NUL; characters outside printable ASCII become '?'.
  std::string text(size_t offset, size_t length) const;

 private:
  std::span<const std::byte> header_;
  bool swapped_;
};

/// Writes element `index` of a field into a header.
void put_nifti_number(std::span<std::byte> header, bool swapped, const NiftiField& field, double value,
                      size_t index = 0);

}  // namespace tazuna
