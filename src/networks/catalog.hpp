// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "networks/shape.hpp"

namespace tazuna {

/// nnU-Net's ResEnc encoder: stem + stages of BasicBlockD.
struct ResidualOptions {
  static constexpr std::string_view kind = "residual";
  TrunkShape shape;
};
/// nnU-Net's plain encoder: stages of convolutions, the first of each strided.
struct PlainOptions {
  static constexpr std::string_view kind = "plain";
  TrunkShape shape;
};
void describe(Fields& fields, ResidualOptions& options);
void describe(Fields& fields, PlainOptions& options);

/// The closed set of trunks. To add one: options, describe and make_encoder, named here.
using TrunkOptions = std::variant<ResidualOptions, PlainOptions>;
/// Adds every list whose length or entries do not fit the others, under its key ("widths").
void validate(const TrunkOptions& options, Problems& problems);

inline TrunkShape& shape_of(TrunkOptions& options) {
  return std::visit([](auto& one) -> TrunkShape& { return one.shape; }, options);
}
inline const TrunkShape& shape_of(const TrunkOptions& options) {
  return std::visit([](const auto& one) -> const TrunkShape& { return one.shape; }, options);
}

}  // namespace tazuna
