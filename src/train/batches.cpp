// SPDX-License-Identifier: Apache-2.0
#include "train/batches.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

#include "kernels/span.hpp"
#include "train/device_steps.hpp"

namespace tazuna {

namespace {

/// The steps of `prepared`, in its order, copied to a GPU by a worker: while one is computed with, two wait
/// on the device.
std::unique_ptr<Loader> copied_ahead(std::unique_ptr<Loader> prepared, at::Device device, int64_t first,
                                     int64_t end) {
  const auto copy = [source = std::shared_ptr<Loader>(std::move(prepared)),
                     copies = StepCopies(device)](int64_t) -> std::any {
    Step step = std::any_cast<Step>(source->next());
    const Span span("copy to the device");
    return copies(std::move(step));
  };
  return std::make_unique<Loader>(copy, first, end, /*workers=*/1, /*ahead=*/2);
}

}  // namespace

std::unique_ptr<Loader> batches(const RunParts& parts, int64_t first, int64_t end, int64_t first_subject) {
  const int workers = static_cast<int>(parts.options.workers.get());
  const bool on_gpu = parts.device.is_cuda();
  std::optional<StepStreams> streams;
  if (on_gpu) streams.emplace(parts.device, std::max(workers, 1));
  const auto make = [make_step = parts.make_step, first_subject, streams](int64_t k) -> std::any {
    const Span span("prepare a step");
    const auto made = [&] { return make_step(k, k >= first_subject); };
    if (!streams) return made();
    Step step = (*streams)(k, made);
    const Span pinning("pin");
    lock_pages(step);
    return step;
  };
  auto prepared = std::make_unique<Loader>(make, first, end, workers, steps_ahead(workers));
  return on_gpu ? copied_ahead(std::move(prepared), parts.device, first, end) : std::move(prepared);
}

}  // namespace tazuna
