// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "image/scalars.hpp"
#include "image/volume.hpp"

namespace tazuna {

/// An image as its file stores it, understood but not yet converted; what every reader hands over.
struct StoredImage {
  std::shared_ptr<const void> memory;  ///< keeps `voxels.bytes` alive
  StoredVoxels voxels;                 ///< frames, then z, y, x, the last fastest
  Geometry geometry;
  NativeHeader header;
  int64_t frames = 1;
  double frame_seconds = 0;
  /// Where voxels may become numbers of four bytes in place: the front of `memory`, which has room for all of
  /// them and holds the stored ones at its end; null where there is no such room.
  std::byte* room = nullptr;
};

/// `.nii` and `.nii.gz`: sizes and every header field are checked before memory is taken for voxels.
StoredImage load_nifti(const std::filesystem::path& file);

/// NRRD and MetaImage through ITK; its LPS world becomes RAS.
StoredImage load_by_itk(const std::filesystem::path& file);

/// A DICOM series of single frames, given by its folder or one of its files, its rescaling applied; its LPS
/// world becomes RAS. Slices are sorted along their normal. Several series in the folder, files at the same
/// place, slices that are not evenly spaced, mixed sizes or orientations and multi-frame files are refused
/// with a sentence that names dcm2niix.
StoredImage load_dicom(const std::filesystem::path& path);

/// The grid of a picture without one: one slice of 1 mm pixels that lies as ITK lays it, columns running to
/// the patient's left and rows to the back.
Geometry picture_geometry(int64_t height, int64_t width);

/// A JPEG as one slice of 1 mm pixels: grey, or colour whose channels are equal.
StoredImage load_jpeg(const std::filesystem::path& file);

/// A PNG as one slice of 1 mm pixels; `indices`: a palette gives its indices (label maps) instead of grey
/// values.
StoredImage load_png(const std::filesystem::path& file, bool indices);

/// Writes uint8 or uint16 [H, W] as a grey PNG; atomic.
void write_png(const std::filesystem::path& file, const Tensor& pixels);

}  // namespace tazuna
