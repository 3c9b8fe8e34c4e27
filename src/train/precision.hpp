// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <string>

namespace tazuna {

/// What `precision: auto` means on this device: "bf16" where it has native bfloat16 products (AVX512_BF16,
/// AMX, sm_80 and later), else "fp32".
std::string native_precision(at::Device device);

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
