// SPDX-License-Identifier: Apache-2.0
#include "train/device_steps.hpp"

#include <ATen/ATen.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace tazuna {

namespace {

/// Applies `change` to every tensor of a batch that the network or a loss reads, apart from `present`.
template <class Change>
void for_each_value(Batch& batch, const Change& change) {
  change(batch.image);
  change(batch.times);
  for (Tensor& columns : batch.covariates) change(columns);
  for (Target& target : batch.targets) change(target.value);
}

}  // namespace

StepCopies::StepCopies(at::Device device)
    : computing_(c10::impl::VirtualGuardImpl(device.type()).getStream(device)),
      copying_(c10::impl::VirtualGuardImpl(device.type()).getNewStream(device)) {}

Step StepCopies::operator()(Step step) const {
  const at::Device device = copying_.device();
  Step there = step;  // `step` keeps the memory that is copied from
  {
    const c10::StreamGuard on_copying(copying_);
    for (Batch& batch : there) {
      for_each_value(batch, [&](Tensor& tensor) {
        if (!tensor.defined() || tensor.device() == device) return;
        tensor = tensor.to(tensor.options().device(device), /*non_blocking=*/true);
        tensor.record_stream(computing_);  // memory of the copying stream that another stream reads
      });
    }
  }
  copying_.synchronize();
  return there;
}

StepStreams::StepStreams(at::Device device, int threads)
    : computing_(c10::impl::VirtualGuardImpl(device.type()).getStream(device)) {
  const c10::impl::VirtualGuardImpl guard(device.type());
  for (int i = 0; i < threads; ++i) making_.push_back(guard.getNewStream(device));
}

Step StepStreams::operator()(int64_t k, const std::function<Step()>& make) const {
  const c10::Stream stream = making_.at(static_cast<size_t>(k) % making_.size());
  const c10::StreamGuard on_stream(stream);
  Step step = make();
  for (Batch& batch : step) {
    for_each_value(batch, [&](Tensor& tensor) {
      if (tensor.defined() && tensor.device() == stream.device()) tensor.record_stream(computing_);
    });
  }
  stream.synchronize();
  return step;
}

void lock_pages(Step& step) {
  const auto lock = [](Tensor& tensor) {
    if (tensor.defined() && tensor.is_cpu()) tensor = tensor.pin_memory();
  };
  for (Batch& batch : step) {
    for_each_value(batch, lock);
    lock(batch.present);
    for (Target& target : batch.targets) lock(target.present);
  }
}

}  // namespace tazuna
