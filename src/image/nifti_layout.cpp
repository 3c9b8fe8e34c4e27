// SPDX-License-Identifier: Apache-2.0
#include "image/nifti_layout.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "image/scalars.hpp"

namespace tazuna {
namespace {

constexpr NiftiLayout first_version{.bytes = 348,
                                    .magic = 344,
                                    .magic_bytes = 4,
                                    .dim = {"dim", 40, 2},
                                    .datatype = {"datatype", 70, 2},
                                    .bitpix = {"bitpix", 72, 2},
                                    .pixdim = {"pixdim", 76, 4, true},
                                    .vox_offset = {"vox_offset", 108, 4, true},
                                    .slope = {"scl_slope", 112, 4, true},
                                    .inter = {"scl_inter", 116, 4, true},
                                    .cal_max = {"cal_max", 124, 4, true},
                                    .cal_min = {"cal_min", 128, 4, true},
                                    .qform_code = {"qform_code", 252, 2},
                                    .sform_code = {"sform_code", 254, 2},
                                    .quatern = {"quatern", 256, 4, true},
                                    .qoffset = {"qoffset", 268, 4, true},
                                    .srow = {"srow", 280, 4, true},
                                    .units = {"xyzt_units", 123, 1},
                                    .intent = {"intent_code", 68, 2},
                                    .description = 148};

constexpr NiftiLayout second_version{.bytes = 540,
                                     .magic = 4,
                                     .magic_bytes = 8,
                                     .dim = {"dim", 16, 8},
                                     .datatype = {"datatype", 12, 2},
                                     .bitpix = {"bitpix", 14, 2},
                                     .pixdim = {"pixdim", 104, 8, true},
                                     .vox_offset = {"vox_offset", 168, 8},
                                     .slope = {"scl_slope", 176, 8, true},
                                     .inter = {"scl_inter", 184, 8, true},
                                     .cal_max = {"cal_max", 192, 8, true},
                                     .cal_min = {"cal_min", 200, 8, true},
                                     .qform_code = {"qform_code", 344, 4},
                                     .sform_code = {"sform_code", 348, 4},
                                     .quatern = {"quatern", 352, 8, true},
                                     .qoffset = {"qoffset", 376, 8, true},
                                     .srow = {"srow", 400, 8, true},
                                     .units = {"xyzt_units", 500, 4},
                                     .intent = {"intent_code", 504, 4},
                                     .description = 240};

template <class T>
T value_of(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

template <class T>
void store(std::byte* bytes, double value) {
  const T stored = static_cast<T>(value);
  std::memcpy(bytes, &stored, sizeof(T));
}

}  // namespace

const NiftiLayout& nifti_layout(int version) {
  return version == 2 ? second_version : first_version;
}

int64_t NiftiNumbers::integer(const NiftiField& field, size_t index) const {
  std::array<std::byte, 8> bytes{};
  std::memcpy(bytes.data(), header_.data() + field.offset + index * field.width, field.width);
  if (swapped_) swap_bytes(std::span(bytes).first(field.width), field.width);
  switch (field.width) {
    case 1:
      return value_of<uint8_t>(bytes.data());
    case 2:
      return value_of<int16_t>(bytes.data());
    case 4:
      return value_of<int32_t>(bytes.data());
    default:
      return value_of<int64_t>(bytes.data());
  }
}

double NiftiNumbers::real(const NiftiField& field, size_t index) const {
  if (!field.real) return static_cast<double>(integer(field, index));
  std::array<std::byte, 8> bytes{};
  std::memcpy(bytes.data(), header_.data() + field.offset + index * field.width, field.width);
  if (swapped_) swap_bytes(std::span(bytes).first(field.width), field.width);
  return field.width == 4 ? value_of<float>(bytes.data()) : value_of<double>(bytes.data());
}

std::string NiftiNumbers::text(size_t offset, size_t length) const {
  const auto* first = reinterpret_cast<const char*>(header_.data() + offset);
  std::string text(first, std::find(first, first + length, '\0'));
  for (char& letter : text) {
    if (letter < ' ' || letter > '~') letter = '?';
  }
  return text;
}

void put_nifti_number(std::span<std::byte> header, bool swapped, const NiftiField& field, double value,
                      size_t index) {
  std::byte* at = header.data() + field.offset + index * field.width;
  if (field.real) {
    field.width == 4 ? store<float>(at, value) : store<double>(at, value);
  } else {
    switch (field.width) {
      case 1:
        store<uint8_t>(at, value);
        break;
      case 2:
        store<int16_t>(at, value);
        break;
      case 4:
        store<int32_t>(at, value);
        break;
      default:
        store<int64_t>(at, value);
    }
  }
  if (swapped) swap_bytes({at, static_cast<size_t>(field.width)}, field.width);
}

}  // namespace tazuna
