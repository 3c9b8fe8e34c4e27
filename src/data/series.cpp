// SPDX-License-Identifier: Apache-2.0
#include "data/series.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/case_files.hpp"
#include "data/moments.hpp"
#include "data/sidecar.hpp"
#include "data/working_grid.hpp"
#include "image/resample.hpp"

namespace tazuna {
namespace {

/// The file's repetition time; `header` is 0 where the header tells none.
double agreed_seconds(const std::filesystem::path& image, double header) {
  const std::optional<double> sidecar = sidecar_repetition_time(image);
  if (!sidecar && header <= 0)
    throw refused(
        cat("no repetition time is known: the header's pixdim[4] tells none, and no JSON file tells a "
            "RepetitionTime; write it, in seconds, into ",
            image_stem(image), ".json beside the image"));
  const double seconds = sidecar.value_or(header);
  if (seconds > possible_seconds.most)
    throw refused(cat("its repetition time is ", number_text(seconds), " s by its ",
                      sidecar
                          ? "JSON file; is it in milliseconds? RepetitionTime is in seconds"
                          : "header; is it in milliseconds? Correct pixdim[4] or its unit in xyzt_units, or "
                            "write RepetitionTime, in seconds, into a JSON file beside the image"));
  return seconds;
}

ImageFile read_four_axes(const std::filesystem::path& file) {
  ImageFile image = read_image(file);
  if (!image.header.format.starts_with("nifti"))
    throw refused(
        "a series is read from NIfTI alone, since other formats do not tell their unit of time; "
        "convert it to .nii.gz");
  if (image.volume.voxels.size(0) < 2)
    throw refused(
        "it holds one frame, but a series has at least two; give a 4D image, or set input.kind: "
        "structural");
  return image;
}

/// The frames after those that are skipped.
Tensor steady(const Tensor& frames, int64_t skip) {
  if (frames.size(0) - skip < 2)
    throw refused(cat("it has ", frames.size(0), " frames, of which input.skip leaves out the first ", skip,
                      "; at least two must remain"));
  return frames.narrow(0, skip, frames.size(0) - skip);
}

/// Frames `from` seconds apart at multiples of `to` seconds, each between its two neighbours in time.
Tensor resampled_in_time(const Tensor& frames, double from, double to) {
  const int64_t last = frames.size(0) - 1;
  const auto count = static_cast<int64_t>(static_cast<double>(last) * from / to + 1e-6) + 1;
  if (count < 2)
    throw refused(cat("its ", last + 1, " frames cover ", number_text(static_cast<double>(last) * from),
                      " s, less than two frames at ", number_text(to), " s"));
  std::vector<Tensor> all;
  for (int64_t k = 0; k < count; ++k) {
    const double place = static_cast<double>(k) * to / from;
    const int64_t before = std::min(static_cast<int64_t>(place), last), after = std::min(before + 1, last);
    all.push_back(at::lerp(frames[before], frames[after], place - static_cast<double>(before)));
  }
  return at::stack(all);
}

/// Brings a series to the preparation's repetition time where it is another one.
void settle_time(FrameSeries& series, const Preparation& preparation) {
  const double wanted = preparation.frame_seconds;
  if (std::abs(series.seconds - wanted) <= repetition_tolerance * wanted) return;
  if (!preparation.resample_frames)
    throw refused(
        cat("its repetition time is ", number_text(series.seconds), " s, but the network's is ",
            number_text(wanted),
            " s (more than 5 % apart); set input.resample: true to bring it there, or leave it out"));
  series.frames = resampled_in_time(series.frames, series.seconds, wanted);
  series.seconds = wanted;
}

/// In place: mean 0 and sd 1 over the voxels that are nonzero in any frame, of all frames together; the
/// others get the lowest value. Frame by frame, so that no second copy of the series is made.
void standardise(Tensor& image) {
  const int64_t voxels = image[0].numel(), count = image.size(0);
  auto* values = image.mutable_data_ptr<float>();
  std::vector<bool> inside(static_cast<size_t>(voxels), false);
  for (int64_t i = 0; i < image.numel(); ++i)
    if (values[i] != 0) inside[static_cast<size_t>(i % voxels)] = true;
  std::vector<float> chosen;
  double mean = 0, square = 0, least = std::numeric_limits<double>::infinity();
  for (int64_t t = 0; t < count; ++t) {
    chosen.clear();
    for (int64_t i = 0; i < voxels; ++i)
      if (inside[static_cast<size_t>(i)]) chosen.push_back(values[t * voxels + i]);
    if (chosen.empty()) return;
    const Moments frame = moments_of(chosen);
    mean += frame.mean / static_cast<double>(count);
    square += (frame.sd * frame.sd + frame.mean * frame.mean) / static_cast<double>(count);
    least = std::min(least, static_cast<double>(frame.least));
  }
  const double sd = std::max(std::sqrt(std::max(0.0, square - mean * mean)), 1e-8);
  for (int64_t i = 0; i < image.numel(); ++i) {
    const double value = inside[static_cast<size_t>(i % voxels)] ? values[i] : least;
    values[i] = static_cast<float>((value - mean) / sd);
  }
}

/// Frame by frame, so that the interpolation's own memory is that of one frame.
Tensor resampled_in_space(const Tensor& image, const WorkingGrid& grid) {
  const std::array<int64_t, 3>& size = grid.placement.working.size;
  if (image.sizes().slice(1) == at::IntArrayRef(size)) return image;
  Tensor all = at::empty({image.size(0), size[0], size[1], size[2]}, image.options());
  for (int64_t t = 0; t < image.size(0); ++t)
    all.narrow(0, t, 1).copy_(resized_image(image.narrow(0, t, 1), size, Interpolation::cubic, grid.apart));
  return all;
}

const std::string& only_sequence(const Preparation& preparation) {
  if (preparation.sequences.size() != 1 || preparation.normalisation.size() != 1)
    throw refused(cat("a series is one 4D sequence, but there are ",
                      preparation.sequences.empty() ? "none" : join(preparation.sequences, ", ")));
  return preparation.sequences.front();
}

}  // namespace

double repetition_time(const std::filesystem::path& image) {
  return within(image.string(), [&] { return agreed_seconds(image, read_four_axes(image).frame_seconds); });
}

FrameSeries read_series(const Subject& subject, const std::string& sequence, bool zero_nonfinite) {
  const auto found = subject.images.find(sequence);
  if (found == subject.images.end()) throw refused(cat("there is no sequence '", sequence, "'"));
  const std::filesystem::path& file = found->second.file;
  return within(file.string(), [&] {
    ImageFile image = read_four_axes(file);
    FrameSeries series;
    series.seconds = agreed_seconds(file, image.frame_seconds);
    series.header_seconds = image.frame_seconds;
    image.volume.voxels = image.volume.voxels.contiguous();
    expect_usable(image, zero_nonfinite);
    series.frames = std::move(image.volume.voxels);
    series.geometry = image.volume.geometry;
    series.header = std::move(image.header);
    return series;
  });
}

Sample prepare_series(std::shared_ptr<const Subject> subject, const Preparation& preparation,
                      const std::vector<std::string>& with_maps) {
  return within(subject->id, [&] {
    const std::string& sequence = only_sequence(preparation);
    FrameSeries series = read_series(*subject, sequence, preparation.zero_nonfinite);
    within(subject->images.at(sequence).file.string(), [&] {
      series.frames = steady(series.frames, preparation.skip_frames);
      settle_time(series, preparation);
    });
    const WorkingGrid grid =
        working_grid(*subject, {series.frames, series.geometry}, series.header, preparation);
    Tensor image = to_cropped(series.frames, grid.placement);
    series.frames.reset();
    if (preparation.normalisation.front().scheme != "none") standardise(image);
    Sample sample;
    sample.image = {resampled_in_space(image, grid), grid.placement.working};
    for (const std::string& selector : with_maps) {
      if (!subject->maps.contains(selector)) continue;
      sample.maps[selector] = working_map(*subject, selector, sequence, grid, preparation.keep_volumes);
    }
    sample.present = at::ones({1}, at::kBool);
    sample.frame_seconds = series.seconds;
    sample.placement = grid.placement;
    sample.subject = std::move(subject);
    return sample;
  });
}

std::vector<int64_t> window_frames(int64_t series, int64_t frames, int64_t stride, int64_t first) {
  if (series < 1 || frames < 1 || stride < 1 || first < 0)
    throw Error(
        cat("no window of ", frames, " frames, stride ", stride, ", begins at ", first, " of ", series));
  if (stride >= series && frames > 1)
    throw refused(cat("input.stride: ", stride, " frames from one to the next reach beyond a series of ",
                      series, "; set fewer"));
  std::vector<int64_t> chosen;
  const int64_t round_trip = std::max<int64_t>(1, 2 * (series - 1));
  for (int64_t k = 0; k < frames; ++k) {
    const int64_t place = (first + k * stride) % round_trip;
    chosen.push_back(place < series ? place : round_trip - place);
  }
  return chosen;
}

std::vector<int64_t> window_beginnings(int64_t series, int64_t frames, int64_t stride) {
  window_frames(series, frames, stride, 0);
  std::vector<int64_t> beginnings;
  for (int64_t phase = 0; phase < std::min(stride, series); ++phase) {
    const int64_t length = (series - phase + stride - 1) / stride;  // frames of this phase
    const int64_t windows = (length + frames - 1) / frames, room = std::max<int64_t>(0, length - frames);
    for (int64_t i = 0; i < windows; ++i)
      beginnings.push_back(phase +
                           stride * (windows == 1 ? 0 : (i * room + (windows - 1) / 2) / (windows - 1)));
  }
  std::sort(beginnings.begin(), beginnings.end());
  return beginnings;
}

Sample with_frames(const Sample& sample, const std::vector<int64_t>& frames) {
  const int64_t length = sample.image.voxels.size(0);
  int64_t step = 1;
  for (size_t i = 0; i < frames.size(); ++i) {
    if (frames[i] < 0 || frames[i] >= length)
      throw Error(cat("frame ", frames[i], " is asked for, but the series has ", length));
    if (i > 0) step = std::max(step, std::abs(frames[i] - frames[i - 1]));
  }
  Sample window = sample;
  window.image.voxels = sample.image.voxels.index_select(0, at::tensor(frames, at::kLong));
  window.frame_seconds = sample.frame_seconds * static_cast<double>(step);
  return window;
}

}  // namespace tazuna
