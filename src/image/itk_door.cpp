// SPDX-License-Identifier: Apache-2.0
#include <itkMetaImageIO.h>
#include <itkNrrdImageIO.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/gzip.hpp"
#include "image/itk_reason.hpp"
#include "image/stored_image.hpp"

namespace tazuna {

std::string itk_reason(const itk::ExceptionObject& error) {
  const std::string text = trimmed(error.GetDescription());
  const size_t object = text.find("): ");
  return trimmed(object == std::string::npos ? text : text.substr(object + 3));
}

namespace {

std::optional<Scalar> scalar_of(itk::IOComponentEnum component) {
  using enum itk::IOComponentEnum;
  switch (component) {
    case CHAR:
      return Scalar::int8;
    case UCHAR:
      return Scalar::uint8;
    case SHORT:
      return Scalar::int16;
    case USHORT:
      return Scalar::uint16;
    case INT:
      return Scalar::int32;
    case UINT:
      return Scalar::uint32;
    case LONG:
    case LONGLONG:
      return Scalar::int64;
    case ULONG:
    case ULONGLONG:
      return Scalar::uint64;
    case FLOAT:
      return Scalar::float32;
    case DOUBLE:
      return Scalar::float64;
    default:
      return std::nullopt;
  }
}

struct Reader {
  itk::ImageIOBase::Pointer io;
  std::string name;
};

Reader make_reader(const std::filesystem::path& file) {
  std::string suffix = file.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (suffix == ".mha" || suffix == ".mhd") return {itk::MetaImageIO::New().GetPointer(), "meta"};
  return {itk::NrrdImageIO::New().GetPointer(), "nrrd"};
}

/// ITK's grid (LPS) as ours (RAS): x and y of the world turn round.
Geometry geometry_of(const itk::ImageIOBase& io) {
  const unsigned axes = std::min(io.GetNumberOfDimensions(), 3u);
  Affine affine{};
  std::array<int64_t, 3> size{1, 1, 1};
  for (unsigned axis = 0; axis < 3; ++axis) {
    const bool there = axis < axes;
    const double spacing = there ? io.GetSpacing(axis) : 1;
    if (there) size[2 - axis] = static_cast<int64_t>(io.GetDimensions(axis));
    for (unsigned row = 0; row < 3; ++row) {
      double unit = row == axis ? 1 : 0;
      if (there) unit = row < axes ? io.GetDirection(axis)[row] : 0;
      affine[row][axis] = (row < 2 ? -1 : 1) * unit * spacing;
    }
  }
  for (unsigned row = 0; row < axes; ++row) affine[row][3] = (row < 2 ? -1 : 1) * io.GetOrigin(row);
  affine[3][3] = 1;
  expect_invertible(affine, "the direction matrix");
  return tazuna::geometry_of(affine, size);
}

void expect_readable(const itk::ImageIOBase& io, const std::filesystem::path& file) {
  uint64_t voxels = 1;
  for (unsigned axis = 0; axis < io.GetNumberOfDimensions(); ++axis) {
    const uint64_t length = io.GetDimensions(axis);
    if (length < 1 || (axis > 2 && length > 1)) {
      throw refused(cat("axis ", axis, " has ", length,
                        " voxels; images of two or three axes are read here, time "
                        "series as NIfTI"));
    }
    if (__builtin_mul_overflow(voxels, length, &voxels))
      throw refused("its axes claim more voxels than can be counted");
  }
  if (io.GetNumberOfComponents() != 1) {
    throw refused(cat("it has ", io.GetNumberOfComponents(),
                      " components a voxel (colour or vectors); convert it to "
                      "grey values"));
  }
  if (!scalar_of(io.GetComponentType())) {
    throw refused(
        cat("its voxels are ", io.GetComponentTypeAsString(io.GetComponentType()), ", which is not read"));
  }
  const bool detached = file.extension() == ".nhdr" || file.extension() == ".mhd";
  const uint64_t most = largest_decoded_size(std::filesystem::file_size(file));
  if (!detached && voxels > most) {
    throw refused(cat("its header claims ", voxels, " voxels, but a file of its length cannot hold them"));
  }
}

std::shared_ptr<std::byte[]> read_voxels(const Reader& reader, size_t bytes, uint8_t background) {
  const std::shared_ptr<std::byte[]> memory(new std::byte[bytes]);
  std::fill_n(memory.get(), bytes, std::byte{background});
  reader.io->Read(memory.get());
  return memory;
}

StoredImage load_all(const std::filesystem::path& file) {
  const Reader reader = make_reader(file);
  itk::ImageIOBase& io = *reader.io;
  if (!io.CanReadFile(file.c_str())) throw refused(cat("it is no valid ", reader.name, " file"));
  io.SetFileName(file.string());
  io.ReadImageInformation();
  expect_readable(io, file);
  itk::ImageIORegion region(io.GetNumberOfDimensions());
  for (unsigned axis = 0; axis < io.GetNumberOfDimensions(); ++axis)
    region.SetSize(axis, io.GetDimensions(axis));
  io.SetIORegion(region);
  const auto bytes = static_cast<size_t>(io.GetImageSizeInBytes());
  const auto memory = read_voxels(reader, bytes, 0x00);
  // ITK takes a MetaImage that was cut short and leaves the rest of the memory as it was: read onto another
  // background, such a file gives other voxels.
  const auto again = read_voxels(reader, bytes, 0xff);
  if (!std::equal(memory.get(), memory.get() + bytes, again.get())) {
    throw refused(cat("it holds fewer than the ", bytes, " bytes of voxels that its header demands"));
  }
  StoredImage image;
  image.memory = memory;
  image.voxels = {{memory.get(), bytes}, *scalar_of(io.GetComponentType()), false, {}};
  image.geometry = geometry_of(io);
  image.header.format = reader.name;
  return image;
}

}  // namespace

StoredImage load_by_itk(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) throw refused("no such file");
  try {
    return load_all(file);
  } catch (const itk::ExceptionObject& error) {
    throw refused(cat("it cannot be read: ", itk_reason(error)));
  }
}

}  // namespace tazuna
