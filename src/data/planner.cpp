// SPDX-License-Identifier: Apache-2.0
#include "data/planner.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/percentile.hpp"
#include "data/planner_geometry.hpp"
#include "data/planner_memory.hpp"
#include "data/planner_request.hpp"
#include "data/planner_topology.hpp"

namespace tazuna {
namespace {

constexpr double most_of_cohort = 0.05;  // voxels of the cohort in one batch
constexpr int64_t least_batch = 2;
constexpr double share_for_mask = 0.75;  // normalisation inside the mask below this median crop

std::string size_of(const Triple& size) {
  return join(size, "x");
}

std::string millions(double voxels) {
  return cat(std::llrint(voxels / 1e6), " million");
}

class Planner {
 public:
  Planner(const Fingerprint& fingerprint, const PlanRequest& request)
      : fingerprint_(fingerprint), request_(request), wanted_stages_(check_request(request)) {}

  Plan plan() {
    geometry_ = plan_geometry(fingerprint_, request_.spacing, plan_.reasons);
    plan_.spacing.assign(geometry_.spacing.begin(), geometry_.spacing.end());
    plan_.arrange.assign(geometry_.arrange.begin(), geometry_.arrange.end());
    for (size_t axis = 0; axis < 3; ++axis) plan_.median_size[axis] = std::llrint(geometry_.median[axis]);
    choose_axes();
    reference_ = memory_reference(request_.residual, axes_.size() == 2, request_.memory_gb);
    const Topology topology = request_.patch.is_auto() ? planned_patch() : given_patch();
    fill_network(topology);
    choose_batch(topology);
    choose_normalisation();
    tell_of_views();
    return std::move(plan_);
  }

 private:
  void because(std::string sentence) { plan_.reasons.push_back(std::move(sentence)); }

  void choose_axes() {
    for (size_t axis = 0; axis < 3; ++axis) {
      const bool long_axis =
          request_.patch.is_auto() ? geometry_.median[axis] > 1 : request_.patch.get()[axis] > 1;
      if (long_axis) axes_.push_back(axis);
    }
    if (axes_.size() < 2)
      throw refused(
          cat(request_.patch.is_auto() ? cat("the cohort's median image of ", size_of(plan_.median_size))
                                       : cat("train.patch ", join(request_.patch.get(), "x")),
              " has fewer than two axes of more than one voxel; a network needs an area or a volume"));
  }

  Topology pooled(const std::array<double, 3>& size) const {
    if (!request_.strides.is_auto()) return topology_of(request_.strides.get(), size);
    return plan_topology(geometry_.spacing, size, axes_, wanted_stages_.value_or(1000));
  }
  Topology pooled(const Triple& size) const {
    return pooled(std::array<double, 3>{static_cast<double>(size[0]), static_cast<double>(size[1]),
                                        static_cast<double>(size[2])});
  }

  TrunkSizes sizes_of(const Topology& topology) const {
    const size_t stages = topology.strides.size();
    TrunkSizes sizes;
    sizes.residual = request_.residual;
    sizes.strides = topology.strides;
    sizes.classes = request_.classes;
    sizes.decoder = request_.voxel_tasks;
    sizes.frames = request_.frames;
    sizes.frame_chunk = request_.frame_chunk;
    const int64_t most_width = axes_.size() == 2 ? 512 : 320;
    constexpr int64_t residual_blocks[] = {1, 3, 4, 6};
    for (size_t stage = 0; stage < stages; ++stage) {
      sizes.widths.push_back(stage > 10 ? most_width : std::min(most_width, int64_t{32} << stage));
      sizes.blocks.push_back(request_.residual ? residual_blocks[std::min<size_t>(stage, 3)] : 2);
    }
    sizes.decoder_blocks.assign(stages - 1, request_.residual ? 1 : 2);
    sizes.widths = request_.widths.value_or(sizes.widths);
    sizes.blocks = request_.blocks.value_or(sizes.blocks);
    sizes.decoder_blocks = request_.decoder_blocks.value_or(sizes.decoder_blocks);
    return sizes;
  }

  /// Voxels of convolution output, for the patch of a topology that has the wanted number of stages.
  double memory_of(const Topology& topology) const {
    return static_cast<double>(convolution_voxels(sizes_of(topology), topology.patch));
  }

  void demand_stages(const Topology& topology, const std::string& what) const {
    if (topology.strides.size() < 2)
      throw refused(cat(
          what, " of ", size_of(topology.patch),
          " voxels is too small to halve once: it needs at least 8 along two axes, the finest and one less "
          "than twice as coarse, or 12 along the finest; ",
          request_.patch.is_auto() ? "take larger images or a finer input.spacing"
                                   : "set a larger train.patch"));
    if (!wanted_stages_ || static_cast<int64_t>(topology.strides.size()) == *wanted_stages_) return;
    Triple larger = topology.patch;
    while (static_cast<int64_t>(pooled(larger).strides.size()) < *wanted_stages_ &&
           larger[axes_.front()] < 4096)
      for (size_t axis : axes_) larger[axis] *= 2;
    throw refused(cat("network.stages: ", *wanted_stages_, " stages, but ", what, " of ",
                      size_of(topology.patch), " allows ", topology.strides.size(),
                      " (4 voxels must remain along each halved axis); set ", topology.strides.size(),
                      " stages, or a train.patch like ", size_of(pooled(larger).patch)));
  }

  /// nnU-Net's loop: start at the median size and shorten the axis that covers most of it until the patch
  /// fits.
  Topology planned_patch() {
    const Topology largest = pooled(largest_patch(geometry_, axes_));
    demand_stages(largest, "the planned patch");
    Topology topology = largest;
    while (memory_of(topology) / reference_.batch * reference_.shrink_batch > reference_.voxels) {
      size_t longest = axes_.front();
      for (size_t axis : axes_)
        if (covered(topology, axis) >= covered(topology, longest)) longest = axis;
      // Shorter by the divisor that the shorter patch will have, so that no valid size is skipped.
      Triple size = topology.patch;
      size[longest] = shortened(topology.patch, longest, topology.divisor[longest]);
      size[longest] = shortened(topology.patch, longest, pooled(size).divisor[longest]);
      if (pooled(size).strides.size() < 2) throw too_little_memory(topology.patch);
      topology = pooled(size);
      demand_stages(topology, cat("the patch that fits train.memory_gb ", number_text(request_.memory_gb)));
    }
    const bool shrunk = topology.patch != largest.patch;
    because(cat("patch ", size_of(topology.patch), ": the median size",
                shrunk ? cat(" gave ", size_of(largest.patch), ", shortened to fit train.memory_gb ",
                             number_text(request_.memory_gb))
                       : " or less",
                ", a multiple of ", size_of(topology.divisor), " so that it can be halved at every stage"));
    return topology;
  }

  double covered(const Topology& topology, size_t axis) const {
    return static_cast<double>(topology.patch[axis]) / geometry_.median[axis];
  }

  int64_t shortened(const Triple& patch, size_t axis, int64_t by) const {
    if (patch[axis] - by >= 1) return patch[axis] - by;
    throw too_little_memory(patch);
  }

  Error too_little_memory(const Triple& patch) const {
    return refused(cat("train.memory_gb: ", number_text(request_.memory_gb),
                       " GB are too few for any patch of this network (", size_of(patch),
                       " does not fit); allow more, or set narrower network.widths"));
  }

  Topology given_patch() {
    const Triple patch{request_.patch.get()[0], request_.patch.get()[1], request_.patch.get()[2]};
    const Topology topology = pooled(patch);
    demand_stages(topology, "train.patch");
    if (topology.patch != patch)
      throw refused(cat("train.patch: ", size_of(patch), " is not a multiple of ", size_of(topology.divisor),
                        ", by which the ", topology.strides.size(),
                        " stages divide it; the nearest possible is ",
                        size_of(nearest_patch(patch, topology))));
    const double share = memory_of(topology) / reference_.batch * least_batch / reference_.voxels;
    because(cat("patch ", size_of(patch), ": as configured",
                share > 1 ? cat("; two of them need about ", number_text(std::round(share * 10) / 10),
                                " times train.memory_gb")
                          : ""));
    return topology;
  }

  Triple nearest_patch(const Triple& patch, const Topology& topology) const {
    Triple best = topology.patch;
    const auto change = [&](const Triple& candidate) {
      int64_t sum = 0;
      for (size_t axis = 0; axis < 3; ++axis) sum += std::abs(candidate[axis] - patch[axis]);
      return sum;
    };
    for (unsigned down = 0; down < 8; ++down) {
      Triple candidate = topology.patch;
      for (size_t axis = 0; axis < 3; ++axis)
        if (((down >> axis) & 1u) != 0)
          candidate[axis] = patch[axis] / topology.divisor[axis] * topology.divisor[axis];
      if (*std::min_element(candidate.begin(), candidate.end()) < 1) continue;
      const Topology found = pooled(candidate);
      const bool fits = found.patch == candidate && found.strides.size() == topology.strides.size();
      if (fits && change(candidate) < change(best)) best = candidate;
    }
    return best;
  }

  void fill_network(const Topology& topology) {
    const TrunkSizes sizes = sizes_of(topology);
    plan_.patch.assign(topology.patch.begin(), topology.patch.end());
    plan_.stages = static_cast<int64_t>(topology.strides.size());
    plan_.widths = sizes.widths;
    plan_.blocks = sizes.blocks;
    plan_.decoder_blocks = sizes.decoder_blocks;
    plan_.strides = sizes.strides;
    plan_.kernels = request_.kernels.value_or(plan_kernels(geometry_.spacing, topology.strides, axes_));
    because(cat(plan_.stages, plan_.stages == 1 ? " stage" : " stages",
                wanted_stages_
                    ? ": as configured"
                    : ": an axis is halved while 4 voxels remain and its spacing is within twice the finest",
                "; bottleneck ", plan_.patch[0] / topology.divisor[0], "x",
                plan_.patch[1] / topology.divisor[1], "x", plan_.patch[2] / topology.divisor[2]));
    because(cat("widths ", join(plan_.widths, ", "),
                request_.widths.is_auto()
                    ? cat(": doubled a stage, at most ", axes_.size() == 2 ? "512 in 2D" : "320 in 3D")
                    : ": as configured"));
  }

  void choose_batch(const Topology& topology) {
    const double estimate = memory_of(topology);
    const auto by_memory = std::llrint(reference_.voxels / estimate * reference_.batch);
    const double patch = static_cast<double>(topology.patch[0] * topology.patch[1] * topology.patch[2]);
    const double cohort = geometry_.median[0] * geometry_.median[1] * geometry_.median[2] *
                          static_cast<double>(fingerprint_.cases.size());
    const auto by_cohort = std::llrint(cohort * most_of_cohort / patch);
    const int64_t planned = std::max<int64_t>(std::min(by_memory, by_cohort), least_batch);
    plan_.batch = request_.batch.value_or(planned);
    const std::string bounds =
        cat("train.memory_gb ", number_text(request_.memory_gb), " allows ", by_memory,
            ", 5 % of the cohort's voxels allow ", by_cohort, ", the least is ", least_batch);
    because(cat("batch ", plan_.batch, request_.batch.is_auto() ? ": " : ": as configured; ", bounds, " (",
                millions(estimate), " voxels of convolution output a patch)"));
  }

  void choose_normalisation() {
    const double share = fingerprint_.median_crop_share();
    plan_.normalise = share < share_for_mask ? "zscore_inside" : "zscore";
    because(cat("normalise ", plan_.normalise, ": the crop to nonzero voxels keeps ",
                std::llrint(share * 100), " % of the median image (inside the nonzero voxels below 75 %)"));
  }

  void tell_of_views() {
    if (request_.frames > 1)
      because(cat("windows of ", request_.frames, " frames: in memory are the activations of ",
                  std::min(request_.frames, request_.frame_chunk), " at once",
                  request_.frames > request_.frame_chunk ? " and the stage outputs of all" : ""));
    if (!request_.voxel_tasks)
      because("no task answers voxel by voxel: the patch sizes the network, but none is cut");
  }

  const Fingerprint& fingerprint_;
  const PlanRequest& request_;
  std::optional<int64_t> wanted_stages_;
  PlannedGeometry geometry_;
  Axes axes_;
  MemoryReference reference_;
  Plan plan_;
};

}  // namespace

Plan make_plan(const Fingerprint& fingerprint, const PlanRequest& request) {
  if (fingerprint.cases.empty()) throw refused("there is no usable case to plan from");
  return Planner(fingerprint, request).plan();
}

}  // namespace tazuna
