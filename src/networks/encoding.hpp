// SPDX-License-Identifier: Apache-2.0
#pragma once

// Only .cpp files of layers with modules include this.
#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

#include "networks/network_input.hpp"
#include "networks/trunk.hpp"

namespace tazuna {

/// From images to the features that decoder and heads read. Early fusion: one encoder of all channels, and
/// where sequences may be absent as many presence channels more (1 or 0). Late fusion: encoders of one
/// channel, stage-wise mean over those present. Series: frames are encoded in chunks of
/// `temporal.frame_chunk` with recomputation in the backward pass, then each stage is pooled over time by a
/// temporal module. What stands in an absent sequence's voxels does not matter.
class Encoding {
 public:
  /// Refused: no sequence, two whose names are the same to `register_into`, a series of several sequences or
  /// of one that may be absent.
  Encoding(const TrunkOptions& options, NetworkInput input);
  /// Registers its modules: `encoder`, or `encoders.<sequence>` (other characters than letters and digits
  /// become _), and `temporal.<stage>`.
  void register_into(torch::nn::Module& owner);
  /// `image` [N, C, D, H, W], a series [N, T, 1, D, H, W]; `present` [N, C] bool or undefined (all there),
  /// read only where sequences may be absent; `times` [N, T] s, for a series only. An Error for other shapes,
  /// and for a row without any sequence if `present` is on the CPU or fusion is late.
  Features forward(const Tensor& image, const Tensor& present, const Tensor& times);
  const NetworkInput& input() const { return input_; }

 private:
  NetworkInput input_;
  std::vector<std::shared_ptr<EncoderImpl>> encoders_;
  std::vector<std::shared_ptr<TemporalImpl>> temporal_;  // one a stage
};

}  // namespace tazuna
