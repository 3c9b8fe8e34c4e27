// SPDX-License-Identifier: Apache-2.0
#include "image/volume.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cctype>
#include <new>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/dicom.hpp"
#include "image/gzip.hpp"
#include "image/large_pages.hpp"
#include "image/nifti_header.hpp"
#include "image/stored_image.hpp"

namespace tazuna {
namespace {

/// Of 12 levels: floats hardly shrink further for three times the time.
int compression_level(Scalar type) {
  return type == Scalar::float32 ? 1 : 4;
}

std::string lower_name(const std::filesystem::path& file) {
  std::string name = file.filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char letter) { return std::tolower(letter); });
  return name;
}

constexpr std::string_view suffixes[] = {".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha",
                                         ".mhd",    ".png", ".jpg",  ".jpeg"};

/// The suffix of an image name, or "".
std::string_view image_suffix(const std::filesystem::path& file) {
  const std::string name = lower_name(file);
  for (const std::string_view suffix : suffixes) {
    if (name.size() > suffix.size() && name.ends_with(suffix)) return suffix;
  }
  return "";
}

bool is_nifti_name(const std::filesystem::path& file) {
  return image_suffix(file).starts_with(".nii");
}

StoredImage load(const std::filesystem::path& file, bool labels) {
  if (is_nifti_name(file)) return load_nifti(file);
  const std::string_view suffix = image_suffix(file);
  if (suffix == ".png") return load_png(file, labels);
  if (suffix.starts_with(".jp")) {
    if (labels) throw refused("a JPEG does not keep values, so that it cannot hold labels; give a PNG");
    return load_jpeg(file);
  }
  if (!suffix.empty()) return load_by_itk(file);
  if (std::filesystem::is_directory(file) || is_dicom_file(file)) return load_dicom(file);
  const std::string name = lower_name(file);
  if (name.ends_with(".hdr") || name.ends_with(".img") || name.ends_with(".hdr.gz") ||
      name.ends_with(".img.gz")) {
    throw refused(
        "a .hdr/.img pair is not read; join it into one .nii.gz, for example with fslchfiletype NIFTI_GZ "
        "or nibabel");
  }
  throw refused(
      cat("not a known image; the names ", join(suffixes, " "), " and folders of one DICOM series are read"));
}

/// Loads, converts and completes an image; every failure names the file.
template <class Convert>
ImageFile read_with(const std::filesystem::path& file, bool labels, const Convert& convert) {
  return within(file.string(), [&] {
    try {
      StoredImage stored = load(file, labels);
      ImageFile image;
      image.dtype = name_of(stored.voxels.type);
      image.frame_seconds = stored.frame_seconds;
      image.volume = {convert(stored), stored.geometry};
      image.header = std::move(stored.header);
      image.header.facts["dtype"] = image.dtype;
      return image;
    } catch (const std::bad_alloc&) {
      throw Error("not enough memory to hold its voxels");
    } catch (const c10::Error& error) {
      throw Error(cat("no tensor could be made of its voxels: ", error.what_without_backtrace()));
    }
  });
}

/// A tensor of four bytes a voxel to convert into.
Tensor room_for(const StoredImage& stored, at::ScalarType type) {
  const auto& [depth, height, width] = stored.geometry.size;
  const std::array<int64_t, 4> shape{stored.frames, depth, height, width};
  if (stored.room != nullptr) {
    const auto keep = [memory = stored.memory](void*) {};
    return at::from_blob(stored.room, shape, keep, at::TensorOptions(type));
  }
  Tensor voxels = at::empty(shape, type);
  prefer_large_pages(voxels.data_ptr(), voxels.nbytes());
  return voxels;
}

Tensor float_voxels(const StoredImage& stored) {
  Tensor voxels = room_for(stored, at::kFloat);
  to_float32(stored.voxels, {voxels.data_ptr<float>(), static_cast<size_t>(voxels.numel())});
  return voxels;
}

Tensor label_voxels(const StoredImage& stored) {
  const auto& size = stored.geometry.size;
  if (stored.frames > 1) {
    throw refused(cat("it has ", stored.frames, " frames; a label map is a single 3D (or 2D) image"));
  }
  Tensor voxels = room_for(stored, at::kInt);
  const auto wrong =
      to_labels(stored.voxels, {voxels.data_ptr<int32_t>(), static_cast<size_t>(voxels.numel())});
  if (wrong) {
    const auto index = static_cast<int64_t>(wrong->index);
    throw refused(cat("voxel (", index % size[2], ", ", index / size[2] % size[1], ", ",
                      index / (size[2] * size[1]), ") is ", wrong->value,
                      "; labels are whole numbers of 32 bits"));
  }
  return voxels;
}

/// Header bytes for an output on the grid of `header`, or on `geometry` where the input was no NIfTI.
Bytes header_bytes(const Geometry& geometry, const NativeHeader& header, const NiftiOutput& output) {
  if (!header.format.starts_with("nifti")) return output_nifti_header(made_nifti_header(geometry), output);
  Bytes start = header.bytes;
  start.resize(start.size() + 4);
  const std::string difference =
      grid_difference(parse_nifti_header(start).geometry(), geometry, grid_rounding);
  if (!difference.empty()) throw Error(cat("the output's grid is not the input header's: ", difference));
  return output_nifti_header(header.bytes, output);
}

/// `voxels` contiguous, of the type that `output` says.
void write_nifti(const std::filesystem::path& file, const Tensor& voxels, const Geometry& geometry,
                 const NativeHeader& header, const NiftiOutput& output) {
  Bytes bytes = header_bytes(geometry, header, output);
  const size_t start = bytes.size();
  const auto* first = static_cast<const std::byte*>(voxels.const_data_ptr());
  bytes.insert(bytes.end(), first, first + voxels.nbytes());
  const bool swapped = header.format.starts_with("nifti") && parse_nifti_header(bytes).swapped;
  if (swapped) swap_bytes(std::span(bytes).subspan(start), voxels.element_size());
  if (image_suffix(file) == ".nii.gz") bytes = gzip(bytes, compression_level(output.type));
  write_atomically(file, bytes);
}

void expect_output(const std::filesystem::path& file, const Tensor& voxels, const Geometry& geometry) {
  const auto size = voxels.sizes().slice(voxels.dim() - 3);
  if (size != at::IntArrayRef(geometry.size)) {
    throw Error(cat("the voxels are ", shape_text(size), ", but the grid is ", shape_text(geometry.size)));
  }
  if (!is_nifti_name(file) && image_suffix(file) != ".png") {
    throw Error("outputs are written as .nii.gz, .nii or (label maps in 2D) .png");
  }
}

}  // namespace

bool is_image_name(const std::filesystem::path& file) {
  return !image_suffix(file).empty();
}

bool is_dicom_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  return std::filesystem::is_directory(folder, problem) && !dicom_files(folder, problem).empty();
}

std::vector<std::filesystem::path> files_of_image(const std::filesystem::path& image) {
  std::error_code ignored;
  if (std::filesystem::is_directory(image, ignored)) return dicom_files(image);
  if (image_suffix(image).empty() && is_dicom_file(image))  // read with its whole series
    return dicom_files(std::filesystem::absolute(image).parent_path());
  return {image};
}

std::string image_stem(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    return (file.has_filename() ? file : file.parent_path()).filename().string();
  const std::string name = file.filename().string();
  const size_t suffix = image_suffix(file).size();
  return suffix > 0 ? name.substr(0, name.size() - suffix) : file.stem().string();
}

ImageFile read_image(const std::filesystem::path& file) {
  return read_with(file, false, float_voxels);
}

ImageFile read_labels(const std::filesystem::path& file) {
  return read_with(file, true, label_voxels);
}

void write_labels(const std::filesystem::path& file, const Tensor& labels, const Geometry& geometry,
                  const NativeHeader& header) {
  within(file.string(), [&] {
    expect_axes(labels, "labels", 3, "D, H, W");
    if (labels.is_floating_point() || labels.is_complex())
      throw Error("labels are written from whole numbers only");
    expect_output(file, labels, geometry);
    const int64_t lowest = labels.numel() ? labels.min().item<int64_t>() : 0;
    const int64_t highest = labels.numel() ? labels.max().item<int64_t>() : 0;
    const bool png = image_suffix(file) == ".png";
    const bool byte = lowest >= 0 && highest <= 255;
    if (lowest < (png ? 0 : -32768) || highest > (png ? 65535 : 32767)) {
      throw Error(cat("labels from ", lowest, " to ", highest, " do not fit 16 bits"));
    }
    if (png) {
      if (labels.size(0) != 1)
        throw Error(cat("a PNG holds one slice, but the labels have ", labels.size(0)));
      write_png(file, labels[0].to(byte ? at::kByte : at::kUInt16).contiguous());
      return;
    }
    const Tensor voxels = labels.to(byte ? at::kByte : at::kShort).contiguous();
    write_nifti(file, voxels, geometry, header,
                {geometry.size, 1, byte ? Scalar::uint8 : Scalar::int16, 1002 /* NIFTI_INTENT_LABEL */});
  });
}

void write_image(const std::filesystem::path& file, const Tensor& voxels, const Geometry& geometry,
                 const NativeHeader& header) {
  within(file.string(), [&] {
    expect_axes(voxels, "image", 4, "C, D, H, W");
    expect_output(file, voxels, geometry);
    if (image_suffix(file) == ".png") throw Error("a float image is written as .nii.gz or .nii");
    write_nifti(file, voxels.to(at::kFloat).contiguous(), geometry, header,
                {geometry.size, voxels.size(0), Scalar::float32, 0});
  });
}

}  // namespace tazuna
