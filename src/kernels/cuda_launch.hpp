// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

/// Enqueues `work` of the kernels' table (cuda_kernels.hpp) on the device's current stream; `name` says in an
/// Error what could not be started. The device must be the current one.
template <class Work>
void launch(const char* name, c10::Device device, const char* (*kernel)(const Work&, void*),
            const Work& work) {
  void* stream = c10::impl::VirtualGuardImpl(device.type()).getStream(device).native_handle();
  if (const char* failure = kernel(work, stream)) throw Error(cat(name, " on the GPU: ", failure));
}

}  // namespace tazuna
