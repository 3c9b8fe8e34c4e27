// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tensor.hpp"
#include "infer/weights.hpp"

namespace tazuna {

/// Share of the old average that is kept by update `step` (from 0): min(0.999, (1 + step) / (10 + step)), so
/// that short runs are not held back.
double ema_decay(int64_t step);

/// Exponential moving average of parameters (nothing else is averaged).
class Ema {
 public:
  /// Begins at the parameters' present values.
  explicit Ema(NamedTensors parameters);
  /// After update `step` (from 0) of the parameters.
  void update(int64_t step);
  /// The live averages by parameter name.
  const NamedTensors& averages() const { return averages_; }

 private:
  NamedTensors parameters_, averages_;
};

/// While it lives the parameters hold `values`; then their own values again. Names must match.
class Swapped {
 public:
  Swapped(NamedTensors parameters, const NamedTensors& values);
  ~Swapped();
  Swapped(const Swapped&) = delete;
  Swapped& operator=(const Swapped&) = delete;

 private:
  NamedTensors parameters_, own_;
};

}  // namespace tazuna
