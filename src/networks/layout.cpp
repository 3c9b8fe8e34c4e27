// SPDX-License-Identifier: Apache-2.0
#include "networks/layout.hpp"

#include <ATen/ATen.h>

namespace tazuna {

Tensor channels_last(const Tensor& image) {
  const Tensor moved = image.contiguous(at::MemoryFormat::ChannelsLast3d);
  if (image.size(1) > 1) return moved;
  // A single channel is contiguous either way; only its strides say which way is meant.
  return moved.as_strided(moved.sizes(), c10::get_channels_last_strides_3d(moved.sizes()));
}

Tensor laid_out(const Tensor& image, const std::string& layout) {
  return layout == "contiguous" ? image.contiguous() : channels_last(image);
}

}  // namespace tazuna
