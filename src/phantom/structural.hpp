// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "phantom/label_shape.hpp"
#include "phantom/options.hpp"
#include "phantom/paint.hpp"
#include "phantom/people.hpp"

namespace tazuna {

/// One person's images on one grid.
struct StructuralPhantom {
  Painted painted;
  std::vector<Tensor> images;  ///< by sequence, float32 [1, D, H, W]; undefined where the person lacks it
};

/// A pure function of the options, the person and the shapes (empty: parametric ones), of which each person
/// takes a random pair.
StructuralPhantom make_structural(const PhantomOptions& options, const Preset& preset, const Person& person,
                                  const std::vector<LabelPair>& shapes);

}  // namespace tazuna
