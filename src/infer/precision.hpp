// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace tazuna {

/// While it lives, convolutions and matrix products of this thread run in bf16 (autocast). Weights are cast
/// once; the casts are dropped when the outermost guard ends. `enabled` false: does nothing.
class Bf16Guard {
 public:
  Bf16Guard(at::Device device, bool enabled);
  ~Bf16Guard();
  Bf16Guard(const Bf16Guard&) = delete;
  Bf16Guard& operator=(const Bf16Guard&) = delete;

 private:
  at::DeviceType device_;
  bool enabled_, before_ = false;
  at::ScalarType type_before_ = at::kFloat;
};

/// True where bf16 convolutions are native: AVX512_BF16 on the CPU (every AMX has it), sm_80 and later on a
/// GPU.
bool bf16_is_native(at::Device device);

}  // namespace tazuna
