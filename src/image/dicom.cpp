// SPDX-License-Identifier: Apache-2.0
#include "image/dicom.hpp"

#include <itkGDCMImageIO.h>
#include <itkMetaDataObject.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/itk_io.hpp"
#include "image/stored_image.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;
using Point = std::array<double, 3>;

constexpr const char* remedy = "; convert the series with dcm2niix and give the .nii.gz";
// Share of the distance between slices by which one may lie beside its place.
constexpr double place_tolerance = 0.02;
// What differs less between two slices was written differently, not meant differently.
constexpr double rounding = 1e-4;
// What claims more pixels a byte is no image, however compressed.
constexpr uint64_t most_pixels_a_byte = 4096;

Point minus(const Point& a, const Point& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

double length(const Point& a) {
  return std::sqrt(dot(a, a));
}

/// One file, its header read: places and directions in DICOM's LPS millimetres.
struct Slice {
  fs::path file;
  itk::GDCMImageIO::Pointer io;
  Point place{};                ///< of the first pixel
  std::array<Point, 3> axes{};  ///< unit vectors along columns (x), rows (y) and their normal

  std::string name() const { return file.filename().string(); }
  /// A tag's value, "" if it is not there.
  std::string tag(const char* key) const {
    std::string value;
    itk::ExposeMetaData<std::string>(io->GetMetaDataDictionary(), key, value);
    return trimmed(value.substr(0, value.find('\0')));
  }
  /// The number in a tag, 0 if there is none.
  double number(const char* key) const { return std::strtod(tag(key).c_str(), nullptr); }
};

/// Runs `work`, turning what ITK and GDCM throw into a sentence about the file.
template <class Work>
auto reading(const fs::path& file, const Work& work) {
  return within(file.filename().string(), [&] {
    try {
      return work();
    } catch (const itk::ExceptionObject& error) {
      throw refused(cat("it cannot be read: ", reason_of(error)));
    } catch (const Error&) {
      throw;
    } catch (const std::exception&) {  // GDCM's own, or a length that a damaged header made up
      throw refused("it cannot be read: the file is damaged");
    }
  });
}

void expect_classic(const Slice& slice) {
  const double frames = std::max<double>(slice.number("0028|0008"), slice.io->GetDimensions(2));
  if (frames > 1) throw refused(cat("it holds ", frames, " frames, of which one a file is read", remedy));
  if (slice.tag("0008|0008").find("MOSAIC") != std::string::npos)
    throw refused(cat("it is a mosaic of many slices", remedy));
  for (const auto& [key, what] : {std::pair{"0020|0032", "place (ImagePositionPatient)"},
                                  {"0020|0037", "orientation (ImageOrientationPatient)"},
                                  {"0028|0030", "pixel size (PixelSpacing)"}}) {
    if (slice.tag(key).empty()) throw refused(cat("it does not say its ", what, remedy));
  }
  const std::string colours = slice.tag("0028|0004");
  if (slice.io->GetNumberOfComponents() != 1 || colours != "MONOCHROME2")
    throw refused(cat("its pixels are ", colours, ", of which only MONOCHROME2 is read", remedy));
  if (!scalar_of(slice.io->GetComponentType())) throw refused(cat("its pixels have no known type", remedy));
  const uint64_t pixels = slice.io->GetDimensions(0) * slice.io->GetDimensions(1);
  if (pixels == 0 || pixels > most_pixels_a_byte * fs::file_size(slice.file))
    throw refused(cat("its header claims ", pixels, " pixels, which a file of its length cannot hold"));
}

Slice open_slice(const fs::path& file) {
  return reading(file, [&] {
    Slice slice{file, itk::GDCMImageIO::New()};
    slice.io->SetFileName(file.string());
    slice.io->ReadImageInformation();
    for (unsigned axis = 0; axis < 3; ++axis) {
      slice.place[axis] = slice.io->GetOrigin(axis);
      const std::vector<double> direction = slice.io->GetDirection(axis);
      std::copy_n(direction.begin(), 3, slice.axes[axis].begin());
    }
    expect_classic(slice);
    return slice;
  });
}

void expect_one_series(const std::vector<Slice>& slices) {
  std::set<std::pair<std::string, std::string>> series;  // identity, description
  for (const Slice& slice : slices) series.insert({slice.tag("0020|000e"), slice.tag("0008|103e")});
  std::set<std::string> identities, descriptions;
  for (const auto& [identity, description] : series) {
    identities.insert(identity);
    descriptions.insert(cat("'", description, "'"));
  }
  if (identities.size() > 1) {
    throw refused(cat("the folder holds ", identities.size(), " series (", join(descriptions, ", "),
                      "); give each a folder of its own, or convert them with dcm2niix"));
  }
}

/// How the grid of a slice differs from another's, "" if it does not.
std::string difference(const Slice& a, const Slice& b) {
  const auto size = [](const Slice& one) {
    return cat(one.io->GetDimensions(0), "x", one.io->GetDimensions(1), " pixels");
  };
  if (size(a) != size(b)) return cat(size(a), " against ", size(b));
  for (unsigned axis = 0; axis < 2; ++axis) {
    const double one = a.io->GetSpacing(axis), other = b.io->GetSpacing(axis);
    if (!(std::abs(one - other) <= rounding * other))
      return cat("pixels of ", number_text(one), " mm against ", number_text(other), " mm");
    if (!(length(minus(a.axes[axis], b.axes[axis])) <= rounding)) return "another orientation";
  }
  return "";
}

/// The step from one slice to the next in mm; the slices are sorted.
Point step_of(const std::vector<Slice>& slices) {
  const Point& normal = slices.front().axes[2];
  if (slices.size() == 1) {
    double thickness = slices.front().number("0018|0088");
    if (!(thickness > 0)) thickness = slices.front().number("0018|0050");
    if (!(thickness > 0)) thickness = 1;
    return {thickness * normal[0], thickness * normal[1], thickness * normal[2]};
  }
  double least = INFINITY, most = 0;
  for (size_t i = 1; i < slices.size(); ++i) {
    const double gap = dot(minus(slices[i].place, slices[i - 1].place), normal);
    if (!(gap > rounding)) {
      throw refused(cat(slices[i - 1].name(), " and ", slices[i].name(),
                        " lie at the same place: several echoes, time points or parts in one series",
                        remedy));
    }
    least = std::min(least, gap);
    most = std::max(most, gap);
  }
  Point step = minus(slices.back().place, slices.front().place);
  for (double& part : step) part /= static_cast<double>(slices.size() - 1);
  for (size_t i = 0; i < slices.size(); ++i) {
    Point expected = slices.front().place;
    for (int k = 0; k < 3; ++k) expected[k] += static_cast<double>(i) * step[k];
    if (length(minus(slices[i].place, expected)) <= place_tolerance * length(step)) continue;
    throw refused(cat("its slices are not evenly spaced (gaps from ",
                      number_text(std::round(least * 1e3) / 1e3), " to ",
                      number_text(std::round(most * 1e3) / 1e3), " mm, see ", slices[i].name(),
                      "): one is missing or the spacing changes", remedy));
  }
  return step;
}

/// DICOM's grid (LPS) as ours (RAS): x and y of the world turn round.
Geometry grid_of(const std::vector<Slice>& slices) {
  const Slice& first = slices.front();
  const Point step = step_of(slices);
  Affine affine{};
  for (int row = 0; row < 3; ++row) {
    const double sign = row < 2 ? -1 : 1;
    for (int column = 0; column < 2; ++column)
      affine[row][column] = sign * first.axes[column][row] * first.io->GetSpacing(column);
    affine[row][2] = sign * step[row];
    affine[row][3] = sign * first.place[row];
  }
  affine[3][3] = 1;
  expect_invertible(affine, "the orientation");
  return geometry_of(affine,
                     {static_cast<int64_t>(slices.size()), static_cast<int64_t>(first.io->GetDimensions(1)),
                      static_cast<int64_t>(first.io->GetDimensions(0))});
}

/// The slices of the one series in a folder, sorted along their normal.
std::vector<Slice> open_series(const fs::path& folder) {
  std::vector<Slice> slices;
  for (const fs::path& file : dicom_files(folder)) slices.push_back(open_slice(file));
  if (slices.empty()) throw refused("the folder holds no DICOM file, and folders are read for these alone");
  expect_one_series(slices);
  for (const Slice& slice : slices) {
    const std::string text = difference(slice, slices.front());
    if (!text.empty())
      throw refused(cat(slice.name(), " is unlike ", slices.front().name(), ": ", text, remedy));
  }
  const Point normal = slices.front().axes[2];
  std::stable_sort(slices.begin(), slices.end(), [&normal](const Slice& a, const Slice& b) {
    return dot(a.place, normal) < dot(b.place, normal);
  });
  return slices;
}

/// Slices may differ in type, since rescaling differs: then all become float32.
Scalar type_of(const std::vector<Slice>& slices) {
  const Scalar first = *scalar_of(slices.front().io->GetComponentType());
  const bool equal = std::all_of(slices.begin(), slices.end(), [first](const Slice& slice) {
    return *scalar_of(slice.io->GetComponentType()) == first;
  });
  return equal ? first : Scalar::float32;
}

/// Reads a slice's pixels, rescaled, as `type` into `out`.
void read_pixels(const Slice& slice, Scalar type, std::span<std::byte> out) {
  reading(slice.file, [&] {
    const Scalar own = *scalar_of(slice.io->GetComponentType());
    const auto bytes = static_cast<size_t>(slice.io->GetImageSizeInBytes());
    // GDCM copies what the file holds, even if that is more than the header says.
    const auto pixels = read_voxels(*slice.io, bytes, std::max<size_t>(bytes, fs::file_size(slice.file)));
    if (own == type) {
      std::memcpy(out.data(), pixels.get(), out.size());
    } else {
      std::vector<float> values(out.size() / sizeof(float));
      to_float32({{pixels.get(), bytes}, own, false, {}}, values);
      std::memcpy(out.data(), values.data(), out.size());
    }
  });
}

}  // namespace

bool is_dicom_file(const fs::path& file) {
  if (file.filename() == "DICOMDIR" || !fs::is_regular_file(file)) return false;
  std::string suffix = file.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char letter) { return std::tolower(letter); });
  if (suffix == ".dcm" || suffix == ".ima") return true;
  char start[132] = {};
  std::ifstream(file, std::ios::binary).read(start, sizeof start);
  return std::memcmp(start + 128, "DICM", 4) == 0;
}

std::vector<fs::path> dicom_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const bool hidden = entry.path().filename().string()[0] == '.';
    if (!hidden && is_dicom_file(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

StoredImage load_dicom(const fs::path& path) {
  const fs::path folder = fs::is_directory(path) ? path : fs::absolute(path).parent_path();
  const std::vector<Slice> slices = open_series(folder);
  StoredImage image;
  image.geometry = grid_of(slices);
  const Scalar type = type_of(slices);
  const auto [depth, height, width] = image.geometry.size;
  const size_t slice_bytes = static_cast<size_t>(height * width) * size_of(type);
  const std::shared_ptr<std::byte[]> memory(new std::byte[slice_bytes * static_cast<size_t>(depth)]);
  for (size_t i = 0; i < slices.size(); ++i)
    read_pixels(slices[i], type, {memory.get() + i * slice_bytes, slice_bytes});
  image.memory = memory;
  image.voxels = {{memory.get(), slice_bytes * slices.size()}, type, false, {}};
  image.header.format = "dicom";
  image.header.facts["slices"] = cat(slices.size(), " files");
  return image;
}

}  // namespace tazuna
