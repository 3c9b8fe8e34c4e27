// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "data/inputs/series.hpp"
#include "data/inputs/slice.hpp"
#include "data/inputs/structural.hpp"

namespace tazuna {

/// What the network sees. To add an input kind: options and describe in a file of its own, named here.
using InputOptions = std::variant<StructuralOptions, SliceOptions, SeriesOptions>;

/// What all kinds share.
inline ImageOptions& images_of(InputOptions& input) {
  return std::visit([](auto& one) -> ImageOptions& { return one; }, input);
}
inline const ImageOptions& images_of(const InputOptions& input) {
  return std::visit([](const auto& one) -> const ImageOptions& { return one; }, input);
}

}  // namespace tazuna
