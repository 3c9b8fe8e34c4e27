// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "benchmarks/micro/scene.hpp"

namespace tazuna::benchmarks {

/// The convolutions of that U-Net and nothing else, each on tensors of its own: the time that no step of the
/// network can beat on this machine.
class BareConvolutions {
 public:
  /// `channels_last`: input and weights in NDHWC, else in NCDHW.
  BareConvolutions(const UnetShape& shape, int64_t rows, const std::array<int64_t, 3>& size, bool bf16,
                   bool channels_last);
  /// Forward, gradient of the weight and, but for the image's own, of the input of each.
  void step() const;
  /// Multiplications and additions of such a step.
  double step_operations() const;

 private:
  struct Layer {
    Tensor input, weight, slopes;  ///< slopes: gradient of its output
    int64_t stride = 1, padding = 0;
    bool transposed = false, first = false;
    double operations = 0;  ///< of a forward pass
  };
  void add(int64_t in, int64_t out, int64_t kernel, int64_t stride, const std::array<int64_t, 3>& size,
           bool transposed = false);
  int64_t rows_;
  bool bf16_, channels_last_;
  std::vector<Layer> layers_;
};

}  // namespace tazuna::benchmarks
