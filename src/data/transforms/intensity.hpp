// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// Additive Gaussian noise, one standard deviation for all channels, uniform in [0, sd] (nnU-Net calls the
/// range a variance but draws the standard deviation from it).
struct NoiseOptions {
  static constexpr std::string_view kind = "noise";
  double probability = 0.1, sd = 0.1;
};
/// Multiplication by a factor, drawn per channel: in [least, 1] or [1, most] with equal probability, as are
/// the factors and exponents of contrast and gamma (nnU-Net's BGContrast).
struct BrightnessOptions {
  static constexpr std::string_view kind = "brightness";
  double probability = 0.15, least = 0.75, most = 1.25;
};
/// Scaling about the channel's mean, clipped to its range.
struct ContrastOptions {
  static constexpr std::string_view kind = "contrast";
  double probability = 0.15, least = 0.75, most = 1.25;
};
/// Gamma curve on the channel's range, mean and sd kept: first on the negative image with
/// `inverted_probability`, then on the image itself with `probability`.
struct GammaOptions {
  static constexpr std::string_view kind = "gamma";
  double probability = 0.3, inverted_probability = 0.1, least = 0.7, most = 1.5;
};
void describe(Fields& fields, NoiseOptions& options);
void describe(Fields& fields, BrightnessOptions& options);
void describe(Fields& fields, ContrastOptions& options);
void describe(Fields& fields, GammaOptions& options);

struct NoiseDraw {
  double sd = 0;
  std::vector<uint64_t> seed;
};  ///< sd 0: leave as it is
struct FactorDraw {
  std::vector<double> factor;
};  ///< one a channel; empty: leave as it is
struct GammaDraw {
  std::vector<double> gamma, inverted;
};  ///< one a channel; empty: leave as it is

NoiseDraw draw(const NoiseOptions& options, Random& random, const Sample& sample);
FactorDraw draw(const BrightnessOptions& options, Random& random, const Sample& sample);
FactorDraw draw(const ContrastOptions& options, Random& random, const Sample& sample);
GammaDraw draw(const GammaOptions& options, Random& random, const Sample& sample);

void apply(const NoiseOptions& options, const NoiseDraw& drawn, Sample& sample);
void apply(const BrightnessOptions& options, const FactorDraw& drawn, Sample& sample);
void apply(const ContrastOptions& options, const FactorDraw& drawn, Sample& sample);
void apply(const GammaOptions& options, const GammaDraw& drawn, Sample& sample);

/// The same in tensor operations, wherever the sample is. Noise has other numbers of the same distribution,
/// which depend on the seeds and the kind of device alone.
void apply_on_device(const NoiseOptions& options, const NoiseDraw& drawn, Sample& sample);
void apply_on_device(const BrightnessOptions& options, const FactorDraw& drawn, Sample& sample);
void apply_on_device(const ContrastOptions& options, const FactorDraw& drawn, Sample& sample);
void apply_on_device(const GammaOptions& options, const GammaDraw& drawn, Sample& sample);

}  // namespace tazuna
