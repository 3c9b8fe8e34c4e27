// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Stream.h>

#include "tasks/batch.hpp"

namespace tazuna {

/// Copies steps to a GPU on a stream of its own, beside what the device computes on the stream that is
/// current where this is made.
class StepCopies {
 public:
  explicit StepCopies(at::Device device);
  /// The step with images, times, columns and answers on the device; returns when they are there. What is
  /// there of a case (`present`) stays on the CPU, where rows are counted. Page-locked memory is copied
  /// without the processor.
  Step operator()(Step step) const;

 private:
  c10::Stream computing_, copying_;
};

/// Moves everything that StepCopies reads, and `present`, to page-locked memory.
void lock_pages(Step& step);

}  // namespace tazuna
