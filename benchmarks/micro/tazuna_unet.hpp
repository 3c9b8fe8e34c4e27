// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <memory>

#include "benchmarks/micro/scene.hpp"
#include "tasks/batch.hpp"

namespace tazuna {
class Learner;
class Model;
class PackedWeights;
}  // namespace tazuna

namespace tazuna::benchmarks {

/// The U-Net of plain_unet.hpp as Tazuna trains it: its network, loss, optimiser and step, without the
/// loader. The finest level alone is priced, as there.
class TazunaTraining {
 public:
  TazunaTraining(const UnetShape& shape, at::Device device, bool bf16);
  ~TazunaTraining();
  /// One update.
  void step(const Batch& batch);
  int64_t parameters() const;

 private:
  int64_t taken_ = 0;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Learner> learner_;
};

/// The same network as Tazuna predicts with it.
class TazunaInference {
 public:
  TazunaInference(const UnetShape& shape, at::Device device, bool bf16);
  ~TazunaInference();
  /// Logits [N, K, D, H, W] of [N, C, D, H, W].
  Tensor infer(const Tensor& image);

 private:
  at::Device device_;
  bool bf16_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<PackedWeights> packed_;
};

/// A scene as a micro-batch of patches, all answered.
Batch batch_of(const Scene& scene);

}  // namespace tazuna::benchmarks
