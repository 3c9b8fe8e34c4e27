// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "core/fields.hpp"
#include "data/fingerprint.hpp"
#include "data/sampler.hpp"

namespace tazuna {

/// How a case becomes one view: cropped to its nonzero voxels by preparation already, shrunk by `factor`,
/// padded evenly with zeros to at least `least` and to multiples of `multiple`. Planned once, stored in
/// model.json.
struct WholeView {
  std::vector<int64_t> multiple{1, 1, 1};  ///< product of the network's strides, working axes
  std::vector<int64_t> least{1, 1, 1};     ///< voxels; the patch where `both`
  double factor = 1;                       ///< isotropic, 0 < factor <= 1; below 1 where memory demands it
  bool both = false;  ///< the patch holds 95 % of the cases: patches serve subject tasks too
};
void describe(Fields& fields, WholeView& view);

/// How subject tasks see a case.
struct SubjectView {
  WholeView whole;
  int64_t frames = 0, stride = 1;  ///< frames > 0: a series is answered window by window, logits averaged
};

/// `both` where `patch` covers the 95th percentile of the cases' cropped sizes at the working spacing on
/// every axis. Otherwise `factor` is the largest of 1, 0.95, 0.9, … 0.1 with which a case of that percentile
/// on every axis has no more voxels than `batch` patches, which is what the memory was planned for.
WholeView plan_whole_view(const Fingerprint& fingerprint, const std::vector<double>& spacing,
                          const std::vector<int64_t>& arrange, const std::vector<int64_t>& patch,
                          int64_t batch, const std::vector<int64_t>& multiple);

/// The prepared case as one view, unchanged otherwise; its maps go the same way (nearest).
Sample whole_view(const Sample& sample, const WholeView& view);
/// The same, changed at random as training does: `options` with rotation and scaling kept within 10 degrees
/// and 10 %, and never mirrored along the axes it does not name.
/// `device`: as in patch_at(); shrinking and padding happen on the CPU.
Sample draw_whole(const Sample& sample, const WholeView& view, const AugmentOptions& options, Random& random,
                  std::optional<at::Device> device = std::nullopt);

}  // namespace tazuna
