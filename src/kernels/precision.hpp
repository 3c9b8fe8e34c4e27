// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace tazuna {

/// True where bfloat16 convolutions are both native and faster than float32: AMX, AVX512_BF16 of AMD
/// processors, sm_80 and later. Intel's AVX512_BF16 without AMX is native but slower (docs/BENCHMARKS.md), so
/// not counted.
bool bf16_pays(at::Device device);

/// While it lives, convolutions and matrix products of `device` run in bfloat16 on this thread (nothing
/// changes where `bf16` is false). May be nested; the cache of cast weights is cleared at the outermost exit.
class Autocast {
 public:
  Autocast(at::Device device, bool bf16);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType type_;
  bool before_;
  at::ScalarType dtype_before_;
};

}  // namespace tazuna
