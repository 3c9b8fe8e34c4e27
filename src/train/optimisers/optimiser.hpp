// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "infer/weights.hpp"

namespace tazuna {

/// Parameters whose learning rate is the schedule's times `rate`.
struct ParameterGroup {
  double rate = 1;
  NamedTensors parameters;
};
/// The parameters by their factor in `rates`, 1 where it has none: one group a factor, the greatest first.
std::vector<ParameterGroup> groups_of(const NamedTensors& parameters,
                                      const std::map<std::string, double>& rates);

/// Turns gradients into updates of the parameters it was made for.
class Optimiser {
 public:
  virtual ~Optimiser() = default;
  /// One update of the parameters that have a gradient, at `learning_rate` times their group's. `skip`
  /// (float32 scalar on the parameters' device): where it is 1 nothing changes, so that a gradient that is
  /// not finite costs no look at the device.
  virtual void step(double learning_rate, const Tensor& skip) = 0;
  /// The live state tensors: "momentum.<parameter>". Writing into them restores a checkpoint.
  virtual NamedTensors state() const = 0;
};

}  // namespace tazuna
