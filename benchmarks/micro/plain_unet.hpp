// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>
#include <torch/nn/module.h>

#include <memory>

#include "benchmarks/micro/scene.hpp"

namespace torch::optim {
class SGD;
}

namespace tazuna::benchmarks {

/// The U-Net as LibTorch's manual would have it: torch::nn modules, NCDHW, ATen's instance norm. It shares
/// nothing with Tazuna's networks, which are measured against it.
class PlainUnet : public torch::nn::Module {
 public:
  explicit PlainUnet(const UnetShape& shape);
  ~PlainUnet() override;
  /// [N, C, D, H, W] -> logits [N, K, D, H, W]; every axis a multiple of 2^(stages - 1).
  Tensor forward(const Tensor& image);

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

/// Trains that network with soft Dice + cross-entropy, SGD (0.01, Nesterov 0.99) and gradients clipped at 12.
/// `bf16`: under autocast.
class PlainTraining {
 public:
  PlainTraining(const UnetShape& shape, at::Device device, bool bf16);
  ~PlainTraining();
  /// One update from a scene on the device; the loss, not yet looked at.
  Tensor step(const Scene& scene);
  /// Logits without gradients.
  Tensor infer(const Tensor& image);
  int64_t parameters() const;

 private:
  at::Device device_;
  bool bf16_;
  std::shared_ptr<PlainUnet> network_;
  std::unique_ptr<torch::optim::SGD> optimiser_;
};

}  // namespace tazuna::benchmarks
