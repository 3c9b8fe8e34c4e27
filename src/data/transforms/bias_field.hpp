// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// The receive coil's uneven sensitivity: intensities times the exponential of a polynomial of low order in
/// the place (the model of Van Leemput et al. 1999, drawn at random as in TorchIO's RandomBiasField). Acts on
/// the distance from the channel's smallest value, so that air stays dark; mean and standard deviation are
/// put back. The patch is the field of view.
struct BiasFieldOptions {
  static constexpr std::string_view kind = "bias_field";
  double probability = 0.1;  ///< of each channel on its own
  int64_t order = 3;         ///< of the polynomial
  double strength = 0.3;     ///< coefficients are uniform in +- this; places run from -1 to 1
};
void describe(Fields& fields, BiasFieldOptions& options);
struct BiasFieldDraw {
  struct Channel {
    int64_t channel = 0;
    /// Of z^i y^j x^k with 0 < i + j + k <= order; i slowest, k fastest.
    std::vector<double> coefficients;
  };
  std::vector<Channel> channels;
};
BiasFieldDraw draw(const BiasFieldOptions& options, Random& random, const Sample& sample);
void apply(const BiasFieldOptions& options, const BiasFieldDraw& drawn, Sample& sample);
/// The same in tensor operations, wherever the sample is.
void apply_on_device(const BiasFieldOptions& options, const BiasFieldDraw& drawn, Sample& sample);

}  // namespace tazuna
