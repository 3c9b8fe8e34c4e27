// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <filesystem>
#include <string>

#include "image/dicom_file.hpp"
#include "image/scalars.hpp"

namespace tazuna {

inline constexpr const char* dicom_remedy = "; convert the series with dcm2niix and give the .nii.gz";

/// A classic DICOM file of one grey frame; places and directions are in DICOM's LPS millimetres.
struct DicomSlice {
  using Point = std::array<double, 3>;

  std::filesystem::path path;
  DicomFile file;
  std::string series, description;  ///< SeriesInstanceUID, SeriesDescription
  Point place{};                    ///< of the first pixel's centre
  std::array<Point, 3> axes{};      ///< unit vectors along columns (x), rows (y) and their normal
  std::array<double, 2> spacing{};  ///< mm along x and y
  double thickness = 1;             ///< mm to the next slice as the file says it, else its thickness
  int64_t columns = 0, rows = 0;
  StoredVoxels pixels;  ///< [rows, columns], in `file`

  std::string name() const { return path.filename().string(); }
};

/// Reads a slice. Several frames, mosaics, colours, inverted greys, and a file without place, orientation or
/// pixel size are refused with dcm2niix as the remedy; so are pixels of another number than the header's.
DicomSlice open_dicom_slice(const std::filesystem::path& path);

inline DicomSlice::Point minus(const DicomSlice::Point& a, const DicomSlice::Point& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
inline double dot(const DicomSlice::Point& a, const DicomSlice::Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
inline double length(const DicomSlice::Point& a) {
  return std::sqrt(dot(a, a));
}

}  // namespace tazuna
