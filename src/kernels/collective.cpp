// SPDX-License-Identifier: Apache-2.0
#include "kernels/collective.hpp"

#include <dlfcn.h>

#include "core/error.hpp"

namespace tazuna {

std::unique_ptr<Collective> make_nccl_sum(const c10::intrusive_ptr<c10d::Store>& store, int rank, int count,
                                          at::Device device) {
  // open_device() opened the module for all to see.
  const auto make = reinterpret_cast<MakeNcclSum>(dlsym(RTLD_DEFAULT, "tazuna_make_nccl_sum"));
  if (!make) {
    throw Error(
        "several processes on GPUs sum their gradients by NCCL, which the CUDA module of this build lacks; "
        "build it beside a LibTorch with NCCL and the headers of nccl and cuda, or use --device cpu",
        Fault::usage);
  }
  return std::unique_ptr<Collective>(make(store, rank, count, device.index()));
}

}  // namespace tazuna
