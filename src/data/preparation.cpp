// SPDX-License-Identifier: Apache-2.0
#include "data/preparation.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/case_files.hpp"
#include "data/moments.hpp"
#include "image/n4.hpp"
#include "image/resample.hpp"

namespace tazuna {
namespace {

/// All sequences as channels [C, D, H, W] on the native grid.
ImageFile read_sequences(const Subject& subject, const std::vector<std::string>& sequences) {
  if (sequences.empty()) throw Error("a preparation needs at least one sequence");
  ImageFile first = read_sequence(subject, sequences[0]);
  std::vector<Tensor> channels{first.volume.voxels};
  for (size_t i = 1; i < sequences.size(); ++i) {
    const ImageFile next = read_sequence(subject, sequences[i]);
    expect_one_grid(sequences[0], first.volume.geometry, sequences[i], next.volume.geometry);
    channels.push_back(next.volume.voxels);
  }
  if (channels.size() > 1) first.volume.voxels = at::cat(channels);
  return first;
}

void standardise(float* values, int64_t count, const int16_t* inside) {
  std::vector<float> chosen;
  if (inside) {
    for (int64_t i = 0; i < count; ++i) {
      if (inside[i]) chosen.push_back(values[i]);
    }
  }
  const Moments moments = moments_of(inside ? std::span<const float>(chosen)
                                            : std::span<const float>(values, static_cast<size_t>(count)));
  const auto mean = static_cast<float>(moments.mean), sd = static_cast<float>(std::max(moments.sd, 1e-8));
  for (int64_t i = 0; i < count; ++i) {
    if (!inside || inside[i]) values[i] = (values[i] - mean) / sd;
  }
}

/// In place, each channel by itself.
void remove_bias_fields(Tensor& image, const Geometry& grid) {
  for (int64_t c = 0; c < image.size(0); ++c) image[c].copy_(without_bias_field(image[c], grid.spacing));
}

/// In place; the returned mask is defined if a channel was normalised inside it.
Tensor normalise(Tensor& image, const std::vector<Normalisation>& channels) {
  if (static_cast<int64_t>(channels.size()) != image.size(0))
    throw Error(
        cat("the preparation normalises ", channels.size(), " channels, but the case has ", image.size(0)));
  const bool needs_mask = std::any_of(channels.begin(), channels.end(),
                                      [](const Normalisation& one) { return one.scheme == "zscore_inside"; });
  const Tensor mask = needs_mask ? filled_nonzero_mask(image) : Tensor();
  const int64_t voxels = image.numel() / image.size(0);
  for (size_t c = 0; c < channels.size(); ++c) {
    const std::string& scheme = channels[c].scheme;
    if (scheme == "none") continue;
    if (scheme != "zscore" && scheme != "zscore_inside")
      throw Error(cat("there is no normalisation '", scheme, "'; use zscore, zscore_inside or none"));
    standardise(image.mutable_data_ptr<float>() + static_cast<int64_t>(c) * voxels, voxels,
                scheme == "zscore" ? nullptr : mask.const_data_ptr<int16_t>());
  }
  return mask;
}

/// Python's round(): halves go to the even number.
std::array<int64_t, 3> resampled_size(const Geometry& from, const std::array<double, 3>& spacing) {
  std::array<int64_t, 3> size;
  for (int axis = 0; axis < 3; ++axis) {
    const double exact = from.spacing[axis] / spacing[axis] * static_cast<double>(from.size[axis]);
    size[axis] = std::max<int64_t>(1, std::llrint(exact));
  }
  return size;
}

/// Where a case lies natively, on its cropped grid, and on its working grid.
struct Grids {
  Placement placement;
  Geometry cropped;
  int apart = -1;  ///< axis_resampled_apart
};

Grids place(const ImageFile& native, const Preparation& preparation, const Tensor& ordered,
            const AxisOrder& axes) {
  Grids grids;
  grids.placement.native = native.volume.geometry;
  grids.placement.header = native.header;
  grids.placement.axes = axes;
  grids.placement.crop = nonzero_box(ordered);
  grids.cropped = cropped(reordered(native.volume.geometry, axes), grids.placement.crop);
  std::array<double, 3> spacing;
  std::copy_n(preparation.spacing.begin(), 3, spacing.begin());
  grids.placement.working = resized(grids.cropped, resampled_size(grids.cropped, spacing));
  grids.apart = axis_resampled_apart(grids.cropped.spacing, spacing);
  return grids;
}

Tensor crop(const Tensor& ordered, const Box& box) {
  Tensor part = ordered;
  const auto size = box.size();
  for (int axis = 0; axis < 3; ++axis) part = part.narrow(axis + 1, box.low[axis], size[axis]);
  return part.contiguous();
}

/// A label map of the case, which lies on the grid of `sequence`, on the working grid.
Volume working_map(const Subject& subject, const std::string& selector, const std::string& sequence,
                   const Grids& grids) {
  const Volume native = read_map(subject, selector).volume;
  expect_one_grid(sequence, grids.placement.native, selector, native.geometry);
  const Tensor values = to_cropped(native.voxels, grids.placement);
  const Tensor resampled = resized_labels(values, grids.placement.working.size, grids.apart);
  return {resampled.to(at::kShort).contiguous(), grids.placement.working};
}

void check(const Preparation& preparation) {
  if (preparation.spacing.size() != 3 || preparation.arrange.size() != 3)
    throw Error("a preparation needs three spacings and an arrangement of three axes");
  std::array<int64_t, 3> axes;
  std::copy_n(preparation.arrange.begin(), 3, axes.begin());
  std::sort(axes.begin(), axes.end());
  if (axes != std::array<int64_t, 3>{0, 1, 2})
    throw Error(
        cat("arrange [", join(preparation.arrange, ", "), "] must name the axes 0, 1 and 2 once each"));
  for (const double spacing : preparation.spacing) {
    if (!(spacing > 0)) throw Error(cat("a spacing of ", number_text(spacing), " mm is not positive"));
  }
}

}  // namespace

void describe(Fields& fields, Normalisation& normalisation) {
  fields.choice(
      "scheme", normalisation.scheme, {"zscore", "zscore_inside", "none"},
      "mean 0 and standard deviation 1 over the cropped image, inside its nonzero mask, or unchanged");
}

void describe(Fields& fields, Preparation& preparation) {
  fields.values("sequences", preparation.sequences, {}, "the channels in order");
  fields.values("spacing", preparation.spacing, {1e-3, 1000}, "working spacing in mm, working axis order");
  fields.values("arrange", preparation.arrange, {0, 2},
                "canonical axis (0 = z, 1 = y, 2 = x) behind each working axis");
  fields.list("normalisation", preparation.normalisation, "how intensities become input, one a channel");
  fields.flag("n4", preparation.n4, "each channel's bias field is divided out by N4 before");
}

int axis_resampled_apart(const std::array<double, 3>& from, const std::array<double, 3>& to) {
  for (const auto& spacing : {from, to}) {
    const auto [finest, coarsest] = std::minmax_element(spacing.begin(), spacing.end());
    if (*coarsest / *finest <= 3) continue;
    const bool single = std::count(spacing.begin(), spacing.end(), *coarsest) == 1;
    return single ? static_cast<int>(coarsest - spacing.begin()) : -1;
  }
  return -1;
}

Sample prepare(std::shared_ptr<const Subject> subject, const Preparation& preparation,
               const std::vector<std::string>& with_maps) {
  check(preparation);
  return within(subject->id, [&] {
    const ImageFile native = read_sequences(*subject, preparation.sequences);
    std::array<int, 3> arrange;
    std::copy_n(preparation.arrange.begin(), 3, arrange.begin());
    const AxisOrder axes = canonical_order(native.volume.geometry, arrange);
    Placement whole;
    whole.native = native.volume.geometry;
    whole.axes = axes;
    whole.crop = {{0, 0, 0}, reordered(whole.native, axes).size};
    const Tensor ordered = to_cropped(native.volume.voxels, whole);
    const Grids grids = place(native, preparation, ordered, axes);
    const std::array<int64_t, 3> size = grids.placement.working.size;

    Tensor image = crop(ordered, grids.placement.crop);
    if (preparation.n4) remove_bias_fields(image, grids.cropped);
    const Tensor inside = normalise(image, preparation.normalisation);
    Sample sample;
    sample.image = {resized_image(image, size, Interpolation::cubic, grids.apart), grids.placement.working};
    if (inside.defined()) {
      sample.maps[std::string(inside_map)] = {
          resized_labels(inside, size, grids.apart).to(at::kShort).contiguous(), grids.placement.working};
    }
    for (const std::string& selector : with_maps) {
      if (!subject->maps.contains(selector)) continue;
      sample.maps[selector] = working_map(*subject, selector, preparation.sequences[0], grids);
    }
    sample.present = at::ones({sample.image.voxels.size(0)}, at::kBool);
    sample.frame_seconds = native.frame_seconds;
    sample.placement = grids.placement;
    sample.subject = std::move(subject);
    return sample;
  });
}

}  // namespace tazuna
