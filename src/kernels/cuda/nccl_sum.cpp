// SPDX-License-Identifier: Apache-2.0
// Part of libtazuna_cuda.so where LibTorch has NCCL and the headers of nccl and cuda are there.
#if defined(TAZUNA_WITH_NCCL)
#include <c10/cuda/CUDAGuard.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <exception>
#include <vector>

#include "kernels/collective.hpp"

namespace tazuna {

namespace {

class NcclSum : public Collective {
 public:
  NcclSum(const c10::intrusive_ptr<c10d::Store>& store, int rank, int count, int device) {
    const at::Device gpu(at::kCUDA, static_cast<at::DeviceIndex>(device));
    const c10::cuda::CUDAGuard guard(gpu);
    group_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, count,
                                                         c10d::ProcessGroupNCCL::Options::create());
    group_->eagerConnectSingleDevice(gpu);
  }

  ~NcclSum() override {
    works_.clear();
    if (!abandoned_) group_->shutdown();
  }

  void begin_sum(const Tensor& flat) override {
    std::vector<Tensor> tensors{flat};
    works_.push_back(group_->allreduce(tensors));
  }

  // wait() lets the current stream wait, not the host.
  void finish() override {
    for (const auto& work : works_) work->wait();
    works_.clear();
  }

  void abandon() noexcept override {
    abandoned_ = true;
    try {
      group_->abort();
    } catch (const std::exception&) {
      // The process ends for a better reason, which it has told.
    }
  }

 private:
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> group_;
  std::vector<c10::intrusive_ptr<c10d::Work>> works_;
  bool abandoned_ = false;
};

}  // namespace

}  // namespace tazuna

extern "C" tazuna::Collective* tazuna_make_nccl_sum(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                                    int count, int device) {
  return new tazuna::NcclSum(store, rank, count, device);
}
#endif
