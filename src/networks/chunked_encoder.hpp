// SPDX-License-Identifier: Apache-2.0
#pragma once

// Only .cpp files of layers with modules include this.
#include <memory>

#include "networks/trunk.hpp"

namespace tazuna {

/// The encoder's features of rows [B, C, D, H, W], `chunk` rows (at least 1) at a time. Only the stages'
/// outputs are kept: the backward pass encodes each chunk again, in the precision of the first time, so that
/// never more than one chunk's activations are held. Rows that fit one chunk are encoded as usual. Values and
/// gradients are those of encoder->forward(rows), but there are no second derivatives (an Error).
Features encode_in_chunks(const std::shared_ptr<EncoderImpl>& encoder, const Tensor& rows, int64_t chunk);

}  // namespace tazuna
