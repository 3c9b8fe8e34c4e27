// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Stream.h>

#include <functional>
#include <vector>

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

/// Streams on which several threads make steps with tensors on a GPU, beside what the device computes on the
/// stream that is current where this is made.
class StepStreams {
 public:
  /// `threads`: that make steps at the same time.
  StepStreams(at::Device device, int threads);
  /// Step k of `make`, on a stream that it shares with the steps k + threads, k + 2 threads, … alone; returns
  /// when its tensors are there, to be read on the computing stream.
  Step operator()(int64_t k, const std::function<Step()>& make) const;

 private:
  c10::Stream computing_;
  std::vector<c10::Stream> making_;
};

/// Moves everything on the CPU that StepCopies reads, and `present`, to page-locked memory.
void lock_pages(Step& step);

}  // namespace tazuna
