// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/motion.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "data/transforms/channel.hpp"

namespace tazuna {
namespace {

MotionDraw::Place draw_place(const MotionOptions& options, Random& random, const Sample& sample) {
  const auto flat = flat_axis(grid_size(sample));
  const auto& spacing = sample.image.geometry.spacing;
  MotionDraw::Place place;
  std::array<double, 3> degrees{};
  for (int axis = 0; axis < 3; ++axis) {
    if (!flat || axis == *flat) degrees[axis] = random.uniform(-options.degrees, options.degrees);
    if (axis != flat)
      place.shift[axis] = random.uniform(-options.millimetres, options.millimetres) / spacing[axis];
  }
  // A turn in millimetres, seen from voxels that may be longer along one axis.
  place.turn.matrix = rotation_matrix(degrees);
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column)
      place.turn.matrix[3 * row + column] *= spacing[column] / spacing[row];
  }
  place.turn.identity = false;
  return place;
}

/// `image` [1, D, H, W] seen from a moved head; zero where it looks outside.
Tensor moved(const Volume& image, const MotionDraw::Place& place) {
  Sample sample;
  sample.image = image;
  const auto size = grid_size(sample);
  std::array<double, 3> centre;
  for (int axis = 0; axis < 3; ++axis)
    centre[axis] = 0.5 * static_cast<double>(size[axis] - 1) + place.shift[axis];
  return cut_patch(sample, size, centre, place.turn).image.voxels;
}

/// Which of `length` lines, as the Fourier transform numbers them, are acquired between two moments; the
/// centre at 0.5.
Tensor lines_between(double begin, double end, int64_t length) {
  std::vector<int64_t> lines;
  for (int64_t frequency = -(length / 2); frequency < length - length / 2; ++frequency) {
    const double moment = 0.5 + static_cast<double>(frequency) / static_cast<double>(length);
    if (moment >= begin && moment < end) lines.push_back((frequency + length) % length);
  }
  return at::tensor(lines, at::kLong);
}

}  // namespace

void describe(Fields& fields, MotionOptions& options) {
  fields.number("probability", options.probability, {0, 1}, "how often the head moves, for each channel");
  fields.integer("moves", options.moves, {1, 20}, "how often it moves during an acquisition");
  fields.number("degrees", options.degrees, {0, 180}, "greatest turn about each axis");
  fields.number("millimetres", options.millimetres, {0, 1000}, "greatest shift along each axis");
}

MotionDraw draw(const MotionOptions& options, Random& random, const Sample& sample) {
  MotionDraw drawn;
  for (const int64_t c : draw_channels(options.probability, random, sample)) {
    MotionDraw::Channel one{c, draw_line_axis(random, sample), {}};
    std::vector<double> moments{0, 1};
    for (int64_t move = 0; move < options.moves; ++move) moments.push_back(random.uniform());
    std::sort(moments.begin(), moments.end());
    for (size_t i = 0; i + 1 < moments.size(); ++i) {
      if (moments[i] <= 0.5 && 0.5 < moments[i + 1]) continue;
      one.places.push_back(draw_place(options, random, sample));
      one.places.back().begin = moments[i];
      one.places.back().end = moments[i + 1];
    }
    drawn.channels.push_back(std::move(one));
  }
  return drawn;
}

void apply(const MotionOptions&, const MotionDraw& drawn, Sample& sample) {
  for (const auto& one : drawn.channels) {
    const auto values = channel_of(sample, one.channel);
    const Moments before = moments_of(values);
    Tensor image = sample.image.voxels.narrow(0, one.channel, 1);
    const Volume signal{image - before.least, sample.image.geometry};
    const int64_t axis = one.axis + 1, length = image.size(axis);
    // Whole lines are taken from one place or another, so that the transform along their own axis is enough.
    Tensor lines = at::fft_fft(signal.voxels, std::nullopt, axis);
    for (const auto& place : one.places) {
      const Tensor taken = lines_between(place.begin, place.end, length);
      if (taken.numel() == 0) continue;
      const Tensor elsewhere = at::fft_fft(moved(signal, place), std::nullopt, axis);
      lines.index_copy_(axis, taken, elsewhere.index_select(axis, taken));
    }
    image.copy_(at::fft_ifft(lines, std::nullopt, axis).abs());
    restore_moments(values, before);
  }
}

}  // namespace tazuna
