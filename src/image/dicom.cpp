// SPDX-License-Identifier: Apache-2.0
#include "image/dicom.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/dicom_slice.hpp"
#include "image/stored_image.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;
using Point = DicomSlice::Point;

// Share of the distance between slices by which one may lie beside its place.
constexpr double place_tolerance = 0.02;
// What differs less between two slices was written differently, not meant differently.
constexpr double rounding = 1e-4;

void expect_one_series(const std::vector<DicomSlice>& slices) {
  std::set<std::pair<std::string, std::string>> series;  // identity, description
  for (const DicomSlice& slice : slices) series.insert({slice.series, slice.description});
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
std::string difference(const DicomSlice& a, const DicomSlice& b) {
  const auto size = [](const DicomSlice& one) { return cat(one.columns, "x", one.rows, " pixels"); };
  if (size(a) != size(b)) return cat(size(a), " against ", size(b));
  for (unsigned axis = 0; axis < 2; ++axis) {
    const double one = a.spacing[axis], other = b.spacing[axis];
    if (!(std::abs(one - other) <= rounding * other))
      return cat("pixels of ", number_text(one), " mm against ", number_text(other), " mm");
    if (!(length(minus(a.axes[axis], b.axes[axis])) <= rounding)) return "another orientation";
  }
  return "";
}

/// The step from one slice to the next in mm; the slices are sorted.
Point step_of(const std::vector<DicomSlice>& slices) {
  const Point& normal = slices.front().axes[2];
  if (slices.size() == 1) {
    const double thickness = slices.front().thickness;
    return {thickness * normal[0], thickness * normal[1], thickness * normal[2]};
  }
  double least = INFINITY, most = 0;
  for (size_t i = 1; i < slices.size(); ++i) {
    const double gap = dot(minus(slices[i].place, slices[i - 1].place), normal);
    if (!(gap > rounding)) {
      throw refused(cat(slices[i - 1].name(), " and ", slices[i].name(),
                        " lie at the same place: several echoes, time points or parts in one series",
                        dicom_remedy));
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
                      "): one is missing or the spacing changes", dicom_remedy));
  }
  return step;
}

/// DICOM's grid (LPS) as ours (RAS): x and y of the world turn round.
Geometry grid_of(const std::vector<DicomSlice>& slices) {
  const DicomSlice& first = slices.front();
  const Point step = step_of(slices);
  Affine affine{};
  for (int row = 0; row < 3; ++row) {
    const double sign = row < 2 ? -1 : 1;
    for (int column = 0; column < 2; ++column)
      affine[row][column] = sign * first.axes[column][row] * first.spacing[column];
    affine[row][2] = sign * step[row];
    affine[row][3] = sign * first.place[row];
  }
  affine[3][3] = 1;
  expect_invertible(affine, "the orientation");
  return geometry_of(affine, {static_cast<int64_t>(slices.size()), first.rows, first.columns});
}

/// The slices of the one series in a folder, sorted along their normal.
std::vector<DicomSlice> open_series(const fs::path& folder) {
  std::vector<DicomSlice> slices;
  for (const fs::path& file : dicom_files(folder)) slices.push_back(open_dicom_slice(file));
  if (slices.empty()) throw refused("the folder holds no DICOM file, and folders are read for these alone");
  expect_one_series(slices);
  for (const DicomSlice& slice : slices) {
    const std::string text = difference(slice, slices.front());
    if (!text.empty())
      throw refused(cat(slice.name(), " is unlike ", slices.front().name(), ": ", text, dicom_remedy));
  }
  const Point normal = slices.front().axes[2];
  std::stable_sort(slices.begin(), slices.end(), [&normal](const DicomSlice& a, const DicomSlice& b) {
    return dot(a.place, normal) < dot(b.place, normal);
  });
  return slices;
}

/// The voxels of all slices: as stored where type and scaling are the same in all, else float32.
StoredVoxels join_slices(const std::vector<DicomSlice>& slices, std::span<std::byte> memory, bool alike) {
  StoredVoxels voxels{memory, Scalar::float32, false, {}};
  if (alike) {
    voxels = slices.front().pixels;
    voxels.bytes = memory;
  }
  const size_t part = memory.size() / slices.size();
  for (size_t i = 0; i < slices.size(); ++i) {
    const std::span<std::byte> out = memory.subspan(i * part, part);
    if (alike) {
      std::memcpy(out.data(), slices[i].pixels.bytes.data(), part);
    } else {
      std::vector<float> values(part / sizeof(float));
      to_float32(slices[i].pixels, values);
      std::memcpy(out.data(), values.data(), part);
    }
  }
  return voxels;
}

}  // namespace

bool is_dicom_file(const fs::path& file) {
  std::error_code ignored;
  if (file.filename() == "DICOMDIR" || !fs::is_regular_file(file, ignored)) return false;
  std::string suffix = file.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char letter) { return std::tolower(letter); });
  if (suffix == ".dcm" || suffix == ".ima") return true;
  char start[132] = {};
  std::ifstream(file, std::ios::binary).read(start, sizeof start);
  return std::memcmp(start + 128, "DICM", 4) == 0;
}

std::vector<fs::path> dicom_files(const fs::path& folder) {
  std::error_code problem;
  std::vector<fs::path> files = dicom_files(folder, problem);
  if (problem) throw refused(cat(folder.string(), ": the folder cannot be read: ", problem.message()));
  return files;
}

std::vector<fs::path> dicom_files(const fs::path& folder, std::error_code& problem) {
  std::vector<fs::path> files;
  fs::directory_iterator entry(folder, problem);
  for (const fs::directory_iterator end; !problem && entry != end; entry.increment(problem)) {
    const bool hidden = entry->path().filename().string()[0] == '.';
    if (!hidden && is_dicom_file(entry->path())) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

StoredImage load_dicom(const fs::path& path) {
  const fs::path folder = fs::is_directory(path) ? path : fs::absolute(path).parent_path();
  const std::vector<DicomSlice> slices = open_series(folder);
  StoredImage image;
  image.geometry = grid_of(slices);
  const StoredVoxels& first = slices.front().pixels;
  const bool alike = std::all_of(slices.begin(), slices.end(), [&first](const DicomSlice& slice) {
    const StoredVoxels& pixels = slice.pixels;
    return pixels.type == first.type && pixels.scaling.slope == first.scaling.slope &&
           pixels.scaling.inter == first.scaling.inter;
  });
  const auto [depth, height, width] = image.geometry.size;
  const size_t bytes =
      static_cast<size_t>(depth * height * width) * (alike ? size_of(first.type) : sizeof(float));
  const std::shared_ptr<std::byte[]> memory(new std::byte[bytes]);
  image.voxels = join_slices(slices, {memory.get(), bytes}, alike);
  image.memory = memory;
  image.header.format = "dicom";
  image.header.facts["slices"] = cat(slices.size(), " files");
  return image;
}

}  // namespace tazuna
