// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/tensor.hpp"
#include "image/geometry.hpp"

namespace tazuna {

/// Voxels on a grid: [C, D, H, W], float32 for images (scaling applied), int16/uint8/int32 for label maps;
/// a time series has its frames as channels.
struct Volume {
  Tensor voxels;
  Geometry geometry;
};

/// What a file said about itself, kept so that outputs can lie exactly where the input lay.
struct NativeHeader {
  std::string format = "none";  ///< "nifti1", "nifti2", "png", "jpeg", "dicom", "nrrd" or "meta"
  Bytes bytes;                  ///< NIfTI: the 348 (540) header bytes as in the file, byte order included
  std::map<std::string, std::string> facts;  ///< for people (`inspect`): dtype, intent, units, description
};

/// An image file as read: voxels, grid, header. `frame_seconds` is the repetition time of a 4D file or 0.
struct ImageFile {
  Volume volume;
  NativeHeader header;
  std::string dtype;  ///< on disk, NumPy's name: "int16"
  double frame_seconds = 0;
};

/// Reads any supported image as float32 with the file's scaling applied: NIfTI, PNG and JPEG by our own
/// doors, NRRD and MetaImage by ITK, all by their suffix; a folder, or a file with DICOM's mark, as the one
/// classic DICOM series of single frames that the folder holds. A defect of the file is an Error
/// (Fault::refused) that names file, field, value and remedy. NaN and infinite voxels pass: whoever needs
/// numbers refuses them.
ImageFile read_image(const std::filesystem::path& file);
/// Reads a label map: whole numbers only, as int32 [1, D, H, W]; a fraction, NaN or a 4D file is refused and
/// the sentence names the first such voxel and value. So is a JPEG, which does not keep values.
ImageFile read_labels(const std::filesystem::path& file);

/// True for names this program reads: .nii .nii.gz .nrrd .nhdr .mha .mhd .png .jpg .jpeg. (DICOM is known by
/// its content.)
bool is_image_name(const std::filesystem::path& file);
/// True for a folder that directly holds DICOM files, which is an image then.
bool is_dicom_folder(const std::filesystem::path& folder);
/// The files an image consists of: itself or, sorted by name, the DICOM files of a folder.
std::vector<std::filesystem::path> files_of_image(const std::filesystem::path& image);
/// "sub-01_T1w" for "/data/sub-01_T1w.nii.gz"; a folder's whole name.
std::string image_stem(const std::filesystem::path& file);

/// Writes a label map [D, H, W] on the native grid of `header`: a NIfTI input gets its own header bytes back
/// with only dim, datatype, bitpix, vox_offset, scl, cal and intent (1002) changed; otherwise a NIfTI-1
/// header is made from `geometry`. uint8, or int16 if a label is above 255. `.nii.gz`, `.nii` or (one slice)
/// `.png` by the name. Atomic; a `geometry` that is not the header's is an Error.
void write_labels(const std::filesystem::path& file, const Tensor& labels, const Geometry& geometry,
                  const NativeHeader& header);
/// Writes float32 [C, D, H, W] (4D if C > 1) in the same way, intent 0.
void write_image(const std::filesystem::path& file, const Tensor& voxels, const Geometry& geometry,
                 const NativeHeader& header);

}  // namespace tazuna
