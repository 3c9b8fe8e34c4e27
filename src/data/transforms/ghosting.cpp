// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/ghosting.hpp"

#include <ATen/ATen.h>

#include "data/transforms/channel.hpp"

namespace tazuna {
namespace {

/// What is left of the lines 0 to length / 2; those of negative frequency are their mirror image.
Tensor line_weights(int64_t length, const GhostingDraw::Channel& drawn, double kept) {
  const int64_t lines = length / 2 + 1;
  Tensor weights = at::ones({lines}, at::kFloat);
  float* weight = weights.mutable_data_ptr<float>();
  for (int64_t line = 1; line < lines; ++line) {
    const bool central = static_cast<double>(2 * line) <= kept * static_cast<double>(length);
    if (line % drawn.ghosts == 0 && !central) weight[line] = static_cast<float>(1 - drawn.loss);
  }
  return weights;
}

}  // namespace

void describe(Fields& fields, GhostingOptions& options) {
  fields.number("probability", options.probability, {0, 1}, "how often each channel has ghosts");
  fields.integer("ghosts_least", options.ghosts_least, {2, 100}, "smallest number of copies");
  fields.integer("ghosts_most", options.ghosts_most, {2, 100}, "greatest number of copies");
  fields.number("least", options.least, {0, 1}, "smallest share of its signal that every n-th line loses");
  fields.number("most", options.most, {0, 1}, "greatest share");
  fields.number("kept", options.kept, {0, 1}, "share of the lines, around the centre, that lose nothing");
}

GhostingDraw draw(const GhostingOptions& options, Random& random, const Sample& sample) {
  GhostingDraw drawn;
  for (const int64_t c : draw_channels(options.probability, random, sample)) {
    const int axis = draw_line_axis(random, sample);
    const int64_t ghosts =
        options.ghosts_least + random.below(options.ghosts_most - options.ghosts_least + 1);
    drawn.channels.push_back({c, axis, ghosts, random.uniform(options.least, options.most)});
  }
  return drawn;
}

void apply(const GhostingOptions& options, const GhostingDraw& drawn, Sample& sample) {
  for (const auto& one : drawn.channels) {
    const auto values = channel_of(sample, one.channel);
    const Moments before = moments_of(values);
    // Whole lines change, so that the transform along their own axis is enough.
    Tensor image = sample.image.voxels[one.channel];
    std::array<int64_t, 3> shape{1, 1, 1};
    shape[one.axis] = -1;
    const Tensor weights = line_weights(image.size(one.axis), one, options.kept).view(shape);
    const Tensor lines = at::fft_rfft(image, std::nullopt, one.axis) * weights;
    image.copy_(at::fft_irfft(lines, image.size(one.axis), one.axis));
    restore_moments(values, before);
  }
}

}  // namespace tazuna
