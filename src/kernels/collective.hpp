// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>
#include <c10/util/intrusive_ptr.h>

#include <memory>

#include "core/tensor.hpp"

namespace c10d {
class Store;
}

namespace tazuna {

/// Sums tensors over the processes that work on one thing together. All of them sum tensors of the same sizes
/// in the same order.
class Collective {
 public:
  virtual ~Collective() = default;
  /// Begins to put the sum over all processes into `flat`, contiguous float32 [n] on the collective's device,
  /// and returns at once; the tensor is not to be touched until finish().
  virtual void begin_sum(const Tensor& flat) = 0;
  /// Everything begun is done, on a GPU in the order of the current stream: the host does not wait.
  virtual void finish() = 0;
  /// Gives up what was begun, where another process will never come; only destruction is left.
  virtual void abandon() noexcept {}
};

/// Over GPUs, by NCCL in the CUDA module, which open_device() has opened. The processes find each other in
/// `store`. An Error where the module was built without NCCL.
std::unique_ptr<Collective> make_nccl_sum(const c10::intrusive_ptr<c10d::Store>& store, int rank, int count,
                                          at::Device device);

/// What make_nccl_sum() looks for in the CUDA module, under the name tazuna_make_nccl_sum.
using MakeNcclSum = Collective* (*)(const c10::intrusive_ptr<c10d::Store>& store, int rank, int count,
                                    int device);

}  // namespace tazuna
