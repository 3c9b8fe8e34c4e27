// SPDX-License-Identifier: Apache-2.0
#include "image/dicom_slice.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

namespace tag {
constexpr uint32_t image_type = 0x00080008, description = 0x0008103e, thickness = 0x00180050,
                   gap = 0x00180088, series = 0x0020000e, place = 0x00200032, orientation = 0x00200037,
                   samples = 0x00280002, colours = 0x00280004, frames = 0x00280008, rows = 0x00280010,
                   columns = 0x00280011, spacing = 0x00280030, allocated = 0x00280100, stored = 0x00280101,
                   high_bit = 0x00280102, is_signed = 0x00280103, intercept = 0x00281052, slope = 0x00281053,
                   pixels = 0x7fe00010;
}  // namespace tag

static_assert(std::endian::native == std::endian::little, "pixels are taken as they lie in the file");
// Directions are written with few digits.
constexpr double loose = 1e-3;

void expect_classic(const DicomFile& file) {
  const std::string frames = file.text(tag::frames), colours = file.text(tag::colours);
  if (!frames.empty() && frames != "1")
    throw refused(cat("it holds ", frames, " frames, of which one a file is read", dicom_remedy));
  if (file.text(tag::image_type).find("MOSAIC") != std::string::npos)
    throw refused(cat("it is a mosaic of many slices", dicom_remedy));
  for (const auto& [key, what] : {std::pair{tag::place, "place (ImagePositionPatient)"},
                                  {tag::orientation, "orientation (ImageOrientationPatient)"},
                                  {tag::spacing, "pixel size (PixelSpacing)"},
                                  {tag::pixels, "pixels (PixelData)"}}) {
    if (!file.has(key)) throw refused(cat("it does not say its ", what, dicom_remedy));
  }
  if (colours != "MONOCHROME2" || file.number(tag::samples, "SamplesPerPixel") != 1)
    throw refused(cat("its pixels are ", colours, ", of which only MONOCHROME2 is read", dicom_remedy));
}

/// A number that may be left out.
double decimal_or(const DicomFile& file, uint32_t key, const char* name, double otherwise) {
  return file.text(key).empty() ? otherwise : file.decimals(key, 1, name)[0];
}

void read_grid(DicomSlice& slice) {
  const auto place = slice.file.decimals(tag::place, 3, "ImagePositionPatient"),
             cosines = slice.file.decimals(tag::orientation, 6, "ImageOrientationPatient"),
             spacing = slice.file.decimals(tag::spacing, 2, "PixelSpacing");
  std::copy_n(place.begin(), 3, slice.place.begin());
  auto& [x, y, normal] = slice.axes;
  std::copy_n(cosines.begin(), 3, x.begin());
  std::copy_n(cosines.begin() + 3, 3, y.begin());
  if (std::abs(length(x) - 1) > loose || std::abs(length(y) - 1) > loose || std::abs(dot(x, y)) > loose) {
    throw refused(cat("its ImageOrientationPatient '", slice.file.text(tag::orientation),
                      "' is not two unit vectors at a right angle", dicom_remedy));
  }
  normal = {x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]};
  for (DicomSlice::Point& axis : slice.axes) {
    const double norm = length(axis);
    for (double& part : axis) part /= norm;
  }
  if (!(spacing[0] > 0) || !(spacing[1] > 0)) throw refused("its PixelSpacing is not above 0 mm");
  slice.spacing = {spacing[1], spacing[0]};  // DICOM names the distance of rows first
  slice.thickness = decimal_or(slice.file, tag::gap, "SpacingBetweenSlices", 0);
  if (!(slice.thickness > 0)) slice.thickness = decimal_or(slice.file, tag::thickness, "SliceThickness", 1);
  if (!(slice.thickness > 0)) slice.thickness = 1;
  slice.columns = slice.file.number(tag::columns, "Columns");
  slice.rows = slice.file.number(tag::rows, "Rows");
}

/// Where fewer bits are stored than allocated the upper ones may hold anything: they become the sign.
template <class T>
void extend_sign(std::span<std::byte> pixels, int64_t stored) {
  const int spare = static_cast<int>(8 * static_cast<int64_t>(sizeof(T)) - stored);
  for (size_t at = 0; at + sizeof(T) <= pixels.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, pixels.data() + at, sizeof(T));
    value = static_cast<T>(static_cast<T>(value << spare) >> spare);
    std::memcpy(pixels.data() + at, &value, sizeof(T));
  }
}

struct PixelFormat {
  int64_t allocated, stored;
  bool is_signed;

  Scalar type() const {
    if (allocated == 8) return is_signed ? Scalar::int8 : Scalar::uint8;
    return is_signed ? Scalar::int16 : Scalar::uint16;
  }
};

PixelFormat pixel_format(const DicomFile& file) {
  const PixelFormat format{file.number(tag::allocated, "BitsAllocated"),
                           file.number(tag::stored, "BitsStored"),
                           file.number(tag::is_signed, "PixelRepresentation") == 1};
  const int64_t high = file.number(tag::high_bit, "HighBit");
  if ((format.allocated != 8 && format.allocated != 16) || format.stored < 1 ||
      format.stored > format.allocated || high != format.stored - 1) {
    throw refused(cat("its pixels are ", format.stored, " of ", format.allocated, " bits, the highest bit ",
                      high, "; the lower bits of 8 or 16 are read", dicom_remedy));
  }
  return format;
}

void clear_spare_bits(std::span<std::byte> pixels, const PixelFormat& format) {
  if (format.stored == format.allocated) return;
  switch (format.type()) {
    case Scalar::int8:
      return extend_sign<int8_t>(pixels, format.stored);
    case Scalar::uint8:
      return extend_sign<uint8_t>(pixels, format.stored);
    case Scalar::int16:
      return extend_sign<int16_t>(pixels, format.stored);
    default:
      return extend_sign<uint16_t>(pixels, format.stored);
  }
}

void read_pixels(DicomSlice& slice) {
  DicomFile& file = slice.file;
  const PixelFormat format = pixel_format(file);
  const auto bytes = static_cast<size_t>(slice.rows * slice.columns * format.allocated / 8);
  const auto value = file.values.at(tag::pixels);
  if (bytes == 0 || value.size() != bytes + bytes % 2) {
    throw refused(cat("its header demands ", slice.columns, "x", slice.rows, " pixels of ", format.allocated,
                      " bits, but it holds ", value.size(), " bytes of them"));
  }
  const auto begin = static_cast<size_t>(value.data() - file.bytes->data());
  const std::span<std::byte> pixels = std::span(*file.bytes).subspan(begin, bytes);
  clear_spare_bits(pixels, format);
  const double slope = decimal_or(file, tag::slope, "RescaleSlope", 1);
  if (slope == 0) throw refused(cat("its RescaleSlope is 0", dicom_remedy));
  slice.pixels = {
      pixels, format.type(), false, {slope, decimal_or(file, tag::intercept, "RescaleIntercept", 0)}};
}

}  // namespace

DicomSlice open_dicom_slice(const std::filesystem::path& path) {
  return within(path.filename().string(), [&] {
    DicomSlice slice{path, read_dicom(path)};
    expect_classic(slice.file);
    slice.series = slice.file.text(tag::series);
    slice.description = slice.file.text(tag::description);
    read_grid(slice);
    read_pixels(slice);
    return slice;
  });
}

}  // namespace tazuna
