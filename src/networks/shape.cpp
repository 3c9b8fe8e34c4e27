// SPDX-License-Identifier: Apache-2.0
#include "networks/shape.hpp"

#include "core/text.hpp"

namespace tazuna {

namespace {

constexpr Range kPositive = {1, 1e6};

/// Reports `list` if it is given and has not `wanted` entries.
template <class T>
void expect_length(const Auto<std::vector<T>>& list, const char* name, int64_t wanted, const char* of,
                   Problems& problems) {
  if (list.is_auto() || static_cast<int64_t>(list.get().size()) == wanted) return;
  problems.add(name, cat("expected ", wanted, " entries (one per ", of, "), but got ", list.get().size()));
}

/// The number of stages that `stages`, or else the first list given, speaks of; 0 if all is `auto`.
int64_t stages_said(const TrunkShape& shape) {
  const auto length = [](const auto& list, int64_t more = 0) -> int64_t {
    return list.is_auto() ? 0 : static_cast<int64_t>(list.get().size()) + more;
  };
  for (const int64_t said : {shape.stages.value_or(0), length(shape.widths), length(shape.strides),
                             length(shape.kernels), length(shape.blocks), length(shape.decoder_blocks, 1)}) {
    if (said > 0) return said;
  }
  return 0;
}

void validate_kernels(const std::vector<Triple>& kernels, Problems& problems) {
  for (size_t stage = 0; stage < kernels.size(); ++stage) {
    for (const int64_t edge : kernels[stage]) {
      if (edge % 2 != 0) continue;
      problems.add("kernels",
                   cat("stage ", stage, " has an edge of ", edge, "; a kernel's edges must be odd"));
    }
  }
}

}  // namespace

void describe(Fields& fields, TrunkShape& shape) {
  fields.integer("stages", shape.stages, {2, 12}, "resolution levels");
  fields.values("widths", shape.widths, kPositive, "channels of each stage, finest first");
  fields.values("strides", shape.strides, {1, 16},
                "stride (z, y, x) into each stage; the first is [1, 1, 1]");
  fields.values("kernels", shape.kernels, {1, 15},
                "kernel (z, y, x) of each stage, odd; 1 along an axis still too coarse");
  fields.values("blocks", shape.blocks, kPositive,
                "residual blocks (plain: convolutions) of each encoder stage");
  fields.values("decoder_blocks", shape.decoder_blocks, kPositive,
                "convolutions of each decoder stage, coarsest first; one entry fewer than stages");
  fields.choice(
      "layout", shape.layout, {"auto", "channels_last", "contiguous"},
      "how features lie in memory: auto is channels_last, a voxel's channels side by side, which was "
      "faster wherever it was measured (docs/BENCHMARKS.md); contiguous: one channel after the other");
}

void validate(const TrunkShape& shape, Problems& problems) {
  const int64_t stages = stages_said(shape);
  if (stages == 0) return;
  expect_length(shape.widths, "widths", stages, "stage", problems);
  expect_length(shape.strides, "strides", stages, "stage", problems);
  expect_length(shape.kernels, "kernels", stages, "stage", problems);
  expect_length(shape.blocks, "blocks", stages, "stage", problems);
  expect_length(shape.decoder_blocks, "decoder_blocks", stages - 1, "decoder stage", problems);
  if (!shape.kernels.is_auto()) validate_kernels(shape.kernels.get(), problems);
  if (!shape.strides.is_auto() && !shape.strides.get().empty() &&
      shape.strides.get().front() != Triple{1, 1, 1})
    problems.add("strides", "the first stage keeps the image's grid; its stride must be [1, 1, 1]");
}

}  // namespace tazuna
