// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/intensity.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <span>

#include "data/moments.hpp"
#include "data/transforms/channel.hpp"
#include "data/transforms/vector_math.hpp"
#include "kernels/wide.hpp"

namespace tazuna {
namespace {

constexpr float smallest_range = 1e-7F;  // that values are divided by

/// nnU-Net's BGContrast: below 1 or above it with equal probability, then uniform.
double factor_around_one(double least, double most, Random& random) {
  if (most <= 1 || (least < 1 && random.chance(0.5))) return random.uniform(least, std::min(most, 1.0));
  return random.uniform(std::max(least, 1.0), most);
}

/// One factor a channel with the given probability, else none.
std::vector<double> factors(double probability, double least, double most, Random& random,
                            const Sample& sample) {
  std::vector<double> drawn;
  if (!random.chance(probability)) return drawn;
  for (int64_t c = 0; c < sample.image.voxels.size(0); ++c)
    drawn.push_back(factor_around_one(least, most, random));
  return drawn;
}

TAZUNA_WIDE void scale_and_clip(float* values, size_t count, float mean, float scale, float least,
                                float most) {
  for (size_t i = 0; i < count; ++i) {
    const float scaled = (values[i] - mean) * scale + mean;
    values[i] = std::min(std::max(scaled, least), most);
  }
}

void scale_about_mean(std::span<float> values, double factor) {
  const Moments moments = moments_of(values);
  scale_and_clip(values.data(), values.size(), static_cast<float>(moments.mean), static_cast<float>(factor),
                 moments.least, moments.most);
}

/// sign * value goes from [least, least + 1 / inverse] to [0, 1], along the curve, and back.
TAZUNA_WIDE void bend_piece(float* values, size_t count, float sign, float least, float range, float inverse,
                            float exponent) {
  for (size_t i = 0; i < count; ++i)
    values[i] = vector_math::power((sign * values[i] - least) * inverse, exponent) * range + least;
}

/// The curve on [least, most], then mean and standard deviation put back; `sign` -1 for the negative image.
void bend(std::span<float> values, double gamma, float sign) {
  constexpr size_t piece = 512 * MomentSums::lanes;  // values that are still near when their sums are taken
  Moments before = moments_of(values);
  if (sign < 0)
    before = {-before.mean, before.sd, -before.most, -before.least, before.finite};  // of the negative image
  const float range = before.most - before.least;
  const float inverse = 1 / std::max(range, smallest_range);
  MomentSums after;
  for (size_t begin = 0; begin < values.size(); begin += piece) {
    const auto some = values.subspan(begin, std::min(piece, values.size() - begin));
    bend_piece(some.data(), some.size(), sign, before.least, range, inverse, static_cast<float>(gamma));
    after.add(some);
  }
  restore_moments(values, before, after.moments(), sign);
}

/// bend() in tensor operations.
void bend_on_device(Tensor values, double gamma, bool negative) {
  if (negative) values.neg_();
  const DeviceMoments before = device_moments_of(values);
  const Tensor least = values.min(), range = values.max() - least;
  values.sub_(least).mul_(range.clamp_min(smallest_range).reciprocal());
  values.add_(vector_math::above_zero).pow_(gamma).mul_(range).add_(least);
  restore_moments(values, before);
  if (negative) values.neg_();
}

void describe_factor(Fields& fields, double& probability, double& least, double& most) {
  fields.number("probability", probability, {0, 1}, "how often it happens");
  fields.number("least", least, {0.01, 100}, "smallest factor; below and above 1 are equally frequent");
  fields.number("most", most, {0.01, 100}, "greatest factor");
}

}  // namespace

void describe(Fields& fields, BrightnessOptions& options) {
  describe_factor(fields, options.probability, options.least, options.most);
}
void describe(Fields& fields, ContrastOptions& options) {
  describe_factor(fields, options.probability, options.least, options.most);
}
void describe(Fields& fields, GammaOptions& options) {
  fields.number("probability", options.probability, {0, 1}, "how often the curve is applied");
  fields.number("inverted_probability", options.inverted_probability, {0, 1},
                "how often it is applied to the negative image, before the other");
  fields.number("least", options.least, {0.01, 100},
                "smallest exponent; below and above 1 are equally frequent");
  fields.number("most", options.most, {0.01, 3}, "greatest exponent");
}

FactorDraw draw(const BrightnessOptions& options, Random& random, const Sample& sample) {
  return {factors(options.probability, options.least, options.most, random, sample)};
}
FactorDraw draw(const ContrastOptions& options, Random& random, const Sample& sample) {
  return {factors(options.probability, options.least, options.most, random, sample)};
}
GammaDraw draw(const GammaOptions& options, Random& random, const Sample& sample) {
  GammaDraw drawn;
  drawn.inverted = factors(options.inverted_probability, options.least, options.most, random, sample);
  drawn.gamma = factors(options.probability, options.least, options.most, random, sample);
  return drawn;
}

void apply(const BrightnessOptions&, const FactorDraw& drawn, Sample& sample) {
  for (size_t c = 0; c < drawn.factor.size(); ++c) {
    const auto factor = static_cast<float>(drawn.factor[c]);
    for (float& value : channel_of(sample, c)) value *= factor;
  }
}
void apply(const ContrastOptions&, const FactorDraw& drawn, Sample& sample) {
  for (size_t c = 0; c < drawn.factor.size(); ++c) scale_about_mean(channel_of(sample, c), drawn.factor[c]);
}
void apply(const GammaOptions&, const GammaDraw& drawn, Sample& sample) {
  for (size_t c = 0; c < drawn.inverted.size(); ++c) bend(channel_of(sample, c), drawn.inverted[c], -1);
  for (size_t c = 0; c < drawn.gamma.size(); ++c) bend(channel_of(sample, c), drawn.gamma[c], 1);
}

void apply_on_device(const BrightnessOptions&, const FactorDraw& drawn, Sample& sample) {
  for (int64_t c = 0; c < std::ssize(drawn.factor); ++c) sample.image.voxels[c].mul_(drawn.factor[c]);
}
void apply_on_device(const ContrastOptions&, const FactorDraw& drawn, Sample& sample) {
  for (int64_t c = 0; c < std::ssize(drawn.factor); ++c) {
    Tensor values = sample.image.voxels[c];
    const Tensor mean = values.mean(at::kDouble).to(at::kFloat), least = values.min(), most = values.max();
    values.sub_(mean).mul_(drawn.factor[c]).add_(mean).clamp_(least, most);
  }
}
void apply_on_device(const GammaOptions&, const GammaDraw& drawn, Sample& sample) {
  for (int64_t c = 0; c < std::ssize(drawn.inverted); ++c)
    bend_on_device(sample.image.voxels[c], drawn.inverted[c], true);
  for (int64_t c = 0; c < std::ssize(drawn.gamma); ++c)
    bend_on_device(sample.image.voxels[c], drawn.gamma[c], false);
}

}  // namespace tazuna
