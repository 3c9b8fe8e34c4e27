// SPDX-License-Identifier: Apache-2.0
#include "data/slice_cut.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/value_words.hpp"

namespace tazuna {
namespace {

constexpr std::string_view axis_names = "zyx";

/// The slice that the case names in a column.
int64_t named_slice(const Subject& subject, const std::string& column) {
  const auto value = subject.values.find(column);
  if (value == subject.values.end())
    throw refused(cat("the case has no value in the column '", column,
                      "', which names its slice (input.column); fill it in or leave the case out"));
  constexpr double most = 1e15;  // up to which every whole number is one of the doubles
  const double number = number_of(trimmed(value->second)).value_or(-1);
  if (!(number >= 0 && number <= most) || number != std::trunc(number))
    throw refused(cat("'", value->second, "' in the column '", column,
                      "' is no slice; slices are whole numbers counted from 0"));
  return static_cast<int64_t>(number);
}

}  // namespace

SlicePlane slice_plane(const Subject& subject, const Geometry& native, const std::string& axis,
                       const std::string& column) {
  const size_t found = axis.size() == 1 ? axis_names.find(axis) : std::string::npos;
  if (found == std::string::npos) throw Error(cat("there is no slice axis '", axis, "'; use z, y or x"));
  SlicePlane plane;
  plane.axis = static_cast<int>(found);
  const std::array<int64_t, 3> size = reordered(native, canonical_order(native)).size;
  for (size_t other = 0; other < 3; ++other) {
    if (size[other] == 1 && size[found] > 1)
      throw refused(cat("its images are one slice along ", axis_names[other], ", but input.axis is ", axis,
                        "; set input.axis: ", axis_names[other]));
  }
  const int64_t count = size[found];
  plane.index = column.empty() ? count / 2 : named_slice(subject, column);
  if (plane.index >= count)
    throw refused(cat("slice ", plane.index, " is asked for, but along ", axis, " there are ", count,
                      count == 1 ? " slice" : " slices", ", counted from 0 in the canonical orientation"));
  return plane;
}

Volume slice_of(const Volume& volume, int axis, int64_t index) {
  const AxisOrder order = canonical_order(volume.geometry);
  const auto native = static_cast<size_t>(order.axis.at(static_cast<size_t>(axis)));
  const int64_t size = volume.geometry.size[native];
  const int64_t place = order.flip[static_cast<size_t>(axis)] ? size - 1 - index : index;
  Box box{{0, 0, 0}, volume.geometry.size};
  box.low[native] = place;
  box.high[native] = place + 1;
  return {volume.voxels.narrow(static_cast<int64_t>(native) + 1, place, 1).contiguous(),
          cropped(volume.geometry, box)};
}

}  // namespace tazuna
