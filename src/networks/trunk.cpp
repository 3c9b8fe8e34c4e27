// SPDX-License-Identifier: Apache-2.0
#include "networks/trunk.hpp"

namespace tazuna {

void validate(const TrunkOptions& options, Problems& problems) {
  validate(shape_of(options), problems);
}

std::shared_ptr<EncoderImpl> make_encoder(const TrunkOptions& options, int64_t channels) {
  return std::visit([channels](const auto& one) { return make_encoder(one, channels); }, options);
}

TrunkWidths widths_of(const TrunkOptions& options) {
  const std::vector<int64_t>& widths = shape_of(options).widths.get();
  return {widths, {widths.begin(), widths.end() - (widths.empty() ? 0 : 1)}};
}

}  // namespace tazuna
