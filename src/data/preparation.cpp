// SPDX-License-Identifier: Apache-2.0
#include "data/preparation.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/case_files.hpp"
#include "data/moments.hpp"
#include "data/series.hpp"
#include "data/working_grid.hpp"
#include "image/n4.hpp"
#include "image/resample.hpp"

namespace tazuna {
namespace {

/// The sequences of a case that are there, on one native grid.
struct CaseImages {
  ImageFile image;            ///< all sequences as channels [C, D, H, W]; one that is not there is zero
  std::vector<bool> present;  ///< one a sequence
  std::string first;          ///< the sequence whose grid it is
};

CaseImages read_sequences(const Subject& subject, const Preparation& preparation) {
  const std::vector<std::string>& sequences = preparation.sequences;
  if (sequences.empty()) throw Error("a preparation needs at least one sequence");
  CaseImages all;
  std::vector<Tensor> channels(sequences.size());
  SequenceReader reader;
  for (size_t i = 0; i < sequences.size(); ++i) {
    all.present.push_back(!preparation.missing || subject.images.contains(sequences[i]));
    if (!all.present[i]) continue;
    ImageFile next = reader.read(subject, sequences[i], preparation.zero_nonfinite);
    channels[i] = next.volume.voxels;
    if (all.first.empty()) {
      all.first = sequences[i];
      all.image = std::move(next);
    } else {
      expect_one_grid(all.first, all.image.volume.geometry, sequences[i], next.volume.geometry);
    }
  }
  if (all.first.empty())
    throw refused(
        cat("there is none of the sequences ", join(sequences, ", "), "; a case needs at least one"));
  for (Tensor& channel : channels) {
    if (!channel.defined()) channel = at::zeros_like(all.image.volume.voxels);
  }
  if (channels.size() > 1) all.image.volume.voxels = at::cat(channels);
  return all;
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
void remove_bias_fields(Tensor& image, const std::vector<bool>& present, const Geometry& grid) {
  for (int64_t c = 0; c < image.size(0); ++c) {
    if (present[static_cast<size_t>(c)]) image[c].copy_(without_bias_field(image[c], grid.spacing));
  }
}

/// In place, channels that are there; the returned mask is defined if a channel was normalised inside it.
Tensor normalise(Tensor& image, const std::vector<Normalisation>& channels,
                 const std::vector<bool>& present) {
  if (static_cast<int64_t>(channels.size()) != image.size(0))
    throw Error(
        cat("the preparation normalises ", channels.size(), " channels, but the case has ", image.size(0)));
  const bool needs_mask = std::any_of(channels.begin(), channels.end(),
                                      [](const Normalisation& one) { return one.scheme == "zscore_inside"; });
  const Tensor mask = needs_mask ? filled_nonzero_mask(image) : Tensor();
  const int64_t voxels = image.numel() / image.size(0);
  for (size_t c = 0; c < channels.size(); ++c) {
    const std::string& scheme = channels[c].scheme;
    if (scheme == "none" || !present[c]) continue;
    if (scheme != "zscore" && scheme != "zscore_inside")
      throw Error(cat("there is no normalisation '", scheme, "'; use zscore, zscore_inside or none"));
    standardise(image.mutable_data_ptr<float>() + static_cast<int64_t>(c) * voxels, voxels,
                scheme == "zscore" ? nullptr : mask.const_data_ptr<int16_t>());
  }
  return mask;
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
  fields.values("spacing", preparation.spacing, possible_spacing,
                "working spacing in mm, working axis order");
  fields.values("arrange", preparation.arrange, {0, 2},
                "canonical axis (0 = z, 1 = y, 2 = x) behind each working axis");
  fields.list("normalisation", preparation.normalisation, "how intensities become input, one a channel");
  fields.flag("n4", preparation.n4, "each channel's bias field is divided out by N4 before");
  fields.flag("missing", preparation.missing, "channels may be absent: zero, and marked as such");
  fields.flag("zero_nonfinite", preparation.zero_nonfinite, "NaN and infinite voxels count as 0");
  fields.flag("keep_volumes", preparation.keep_volumes, "labels keep their volume where maps are resampled");
  fields.choice("slice_axis", preparation.slice_axis, {"", "z", "y", "x"},
                "canonical axis across the one slice that is taken of each case; empty: all of it");
  fields.text("slice_column", preparation.slice_column, "value that names the slice; empty: the middle one");
  fields.number("frame_seconds", preparation.frame_seconds, possible_seconds,
                "above 0: a series with this time between two frames");
  fields.flag("resample_frames", preparation.resample_frames, "other repetition times are brought to it");
  fields.integer("skip_frames", preparation.skip_frames, {0, 1e6}, "frames left out at the beginning");
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
  if (preparation.frame_seconds > 0) return prepare_series(std::move(subject), preparation, with_maps);
  return within(subject->id, [&] {
    const CaseImages native = read_sequences(*subject, preparation);
    const WorkingGrid grid = working_grid(*subject, native.image.volume, native.image.header, preparation);
    const std::array<int64_t, 3> size = grid.placement.working.size;

    Tensor image = to_cropped(native.image.volume.voxels, grid.placement);
    if (preparation.n4) remove_bias_fields(image, native.present, grid.cropped);
    const Tensor inside = normalise(image, preparation.normalisation, native.present);
    Sample sample;
    sample.image = {resized_image(image, size, Interpolation::cubic, grid.apart), grid.placement.working};
    if (inside.defined()) {
      sample.maps[std::string(inside_map)] = {
          resized_labels(inside, size, grid.apart).to(at::kShort).contiguous(), grid.placement.working};
    }
    for (const std::string& selector : with_maps) {
      if (!subject->maps.contains(selector)) continue;
      sample.maps[selector] = working_map(*subject, selector, native.first, grid, preparation.keep_volumes);
    }
    sample.present = at::ones({sample.image.voxels.size(0)}, at::kBool);
    for (size_t c = 0; c < native.present.size(); ++c)
      sample.present.mutable_data_ptr<bool>()[c] = native.present[c];
    sample.placement = grid.placement;
    sample.subject = std::move(subject);
    return sample;
  });
}

}  // namespace tazuna
