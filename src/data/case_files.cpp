// SPDX-License-Identifier: Apache-2.0
#include "data/case_files.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/label_range.hpp"

namespace tazuna {
namespace {

const ImageRef& image_of(const std::map<std::string, ImageRef>& files, const std::string& name,
                         const char* what) {
  const auto found = files.find(name);
  if (found == files.end()) {
    std::vector<std::string> names;
    for (const auto& [known, reference] : files) names.push_back(known);
    throw refused(cat("there is no ", what, " '", name, "'; the case has ",
                      names.empty() ? "none" : join(names, ", ")));
  }
  return found->second;
}

/// The first value for which `bad` holds. Looks at a block at a time without a way out, which is what
/// compilers make vector instructions of.
template <class Value, class Bad>
const Value* find_bad(const Value* begin, const Value* end, const Bad& bad) {
  for (constexpr int64_t block = 1024; end - begin >= block; begin += block) {
    int32_t any = 0;
    for (int64_t i = 0; i < block; ++i) any |= bad(begin[i]) ? 1 : 0;
    if (any != 0) break;
  }
  return std::find_if(begin, end, bad);
}

/// The first value for which `bad` holds is named, and how many there are.
template <class Value, class Bad>
void refuse_values(const ImageFile& image, const Bad& bad, const char* demand) {
  const auto* begin = image.volume.voxels.const_data_ptr<Value>();
  const auto* end = begin + image.volume.voxels.numel();
  const auto* first = find_bad(begin, end, bad);
  if (first == end) return;
  const auto count = std::count_if(first, end, bad);
  throw refused(cat("the value at ", voxel_text(first - begin, image.volume.geometry), " is ", *first, " (",
                    count, count == 1 ? " voxel" : " voxels", " like this); ", demand));
}

}  // namespace

void expect_usable(ImageFile& image, bool zero_nonfinite) {
  // Of a header in metres or micrometres, whose unit is not applied, less is believed.
  const std::string unit = image.header.facts.contains("units") ? image.header.facts.at("units") : "";
  const bool other_unit = unit == "m" || unit == "um";
  const Range possible = other_unit ? Range{1e-2, 100} : possible_spacing;
  for (const double spacing : image.volume.geometry.spacing)
    if (!(spacing >= possible.least && spacing <= possible.most))
      throw refused(cat("its voxels are ", spacing,
                        other_unit ? cat(" mm, since the header's unit of length, ", unit,
                                         ", is not applied; write its geometry in mm")
                                   : " mm; is the header's unit right? Write its geometry in mm"));
  if (zero_nonfinite) {
    at::nan_to_num_(image.volume.voxels, 0, 0, 0);
    return;
  }
  refuse_values<float>(
      image, [](float value) { return !std::isfinite(value); },
      "every voxel must be a finite number: set input.nonfinite: zero to take these as 0, or replace them");
}

ImageFile read_sequence(const Subject& subject, const std::string& sequence, bool zero_nonfinite) {
  return SequenceReader().read(subject, sequence, zero_nonfinite);
}

ImageFile SequenceReader::read(const Subject& subject, const std::string& sequence, bool zero_nonfinite) {
  const ImageRef& of = image_of(subject.images, sequence, "sequence");
  ImageFile image = of.file == file_ ? whole_ : read_image(of.file);
  if (of.channels > 1) {
    file_ = of.file;
    whole_ = image;
  }
  return within(of.file.string(), [&] {
    const int64_t volumes = image.volume.voxels.size(0);
    if (volumes != of.channels)
      throw refused(of.channels == 1
                        ? cat("it holds ", volumes,
                              " volumes, but a sequence is one; split the file into one 3D file a sequence")
                        : cat("it holds ", volumes, volumes == 1 ? " volume" : " volumes", ", but there are ",
                              of.channels, " channels; give it a volume for each"));
    const Tensor one = image.volume.voxels.narrow(0, of.channel, 1);
    image.volume.voxels = of.channels > 1 ? one.clone() : one.contiguous();  // a copy lets the others go
    expect_usable(image, zero_nonfinite);
    return std::move(image);
  });
}

ImageFile read_map(const Subject& subject, const std::string& selector) {
  const std::filesystem::path& file = image_of(subject.maps, selector, "label map").file;
  ImageFile map = read_labels(file);
  return within(file.string(), [&] {
    map.volume.voxels = map.volume.voxels.to(at::kInt).contiguous();
    refuse_values<int32_t>(
        map, [](int32_t label) { return label < 0 || label > largest_label; },
        "labels are whole numbers from 0 to 32767, renumber them");
    return std::move(map);
  });
}

double expect_one_grid(const std::string& one, const Geometry& grid_of_one, const std::string& other,
                       const Geometry& grid_of_other) {
  if (same_grid(grid_of_one, grid_of_other, grid_rounding)) return 0;
  if (same_grid(grid_of_one, grid_of_other)) return corner_distance(grid_of_one, grid_of_other);
  const auto size = [](const Geometry& grid) {
    return cat(grid.size[2], "x", grid.size[1], "x", grid.size[0]);
  };
  const std::string difference =
      grid_of_one.size != grid_of_other.size
          ? cat(one, " is ", size(grid_of_one), " but ", other, " is ", size(grid_of_other))
          : cat(one, " and ", other, " lie apart (", grid_difference(grid_of_one, grid_of_other), ")");
  throw refused(difference + "; they must share a grid, resample one onto the other");
}

std::string voxel_text(int64_t position, const Geometry& grid) {
  const auto [depth, height, width] = grid.size;
  const int64_t frame = position / (width * height * depth);
  return cat("voxel (", position % width, ", ", position / width % height, ", ",
             position / (width * height) % depth, ") in (x, y, z)",
             frame > 0 ? cat(" of frame ", frame) : "");
}

}  // namespace tazuna
