// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace tazuna {

/// How the losses of several tasks become one: it is asked once a step.
class Weighting {
 public:
  virtual ~Weighting() = default;
  /// Factor of each task's loss in this step.
  virtual std::vector<double> factors() const = 0;
};

}  // namespace tazuna
