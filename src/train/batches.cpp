// SPDX-License-Identifier: Apache-2.0
#include "train/batches.hpp"

#include <ATen/ATen.h>

namespace tazuna {

namespace {

void pin(Tensor& tensor) {
  if (tensor.defined()) tensor = tensor.pin_memory();
}

}  // namespace

std::unique_ptr<Loader> batches(const RunParts& parts, int64_t first, int64_t end, int64_t first_subject) {
  const int workers = static_cast<int>(parts.options.workers.get());
  const auto make = [make_step = parts.make_step, first_subject,
                     page_locked = parts.device.is_cuda()](int64_t k) -> std::any {
    Step step = make_step(k, k >= first_subject);
    if (page_locked) {
      for (Batch& batch : step) {
        pin(batch.image);
        for (Tensor& columns : batch.covariates) pin(columns);
        for (Target& target : batch.targets) pin(target.value);
      }
    }
    return step;
  };
  return std::make_unique<Loader>(make, first, end, workers, /*ahead=*/workers + 2);
}

}  // namespace tazuna
