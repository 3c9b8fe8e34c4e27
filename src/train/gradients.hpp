// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/tensor.hpp"
#include "train/distributed/processes.hpp"

namespace tazuna {

/// Sums gradients over the processes, all at once: afterwards gradients[i], of a parameter like
/// parameters[i], is the sum over the processes that have one, and undefined where none has.
void sum_gradients(const Processes& processes, at::Device device, std::vector<Tensor>& gradients,
                   const std::vector<Tensor>& parameters);

/// The gradients of a step's shared parameters, summed over the processes while the backward pass still runs:
/// in buckets of some megabytes, each as soon as the pass has finished its last gradient. What is summed is
/// the same whatever the buckets.
class GradientSum {
 public:
  /// Several processes, whose `parameters` (float32, on `device`) are the same, in the order of the forward
  /// pass. Only one object may watch a parameter at a time.
  GradientSum(Processes processes, std::vector<Tensor> parameters, at::Device device);
  ~GradientSum();
  GradientSum(const GradientSum&) = delete;
  GradientSum& operator=(const GradientSum&) = delete;

  /// The next backward pass is the step's last. A process without one leaves this out.
  void begin_last_pass();
  /// Makes the sums the parameters' gradients; a parameter without one in any process has none.
  void finish();

 private:
  struct Arrived;  // tells of a finished gradient
  struct Bucket {
    Tensor flat;
    size_t members = 0, missing = 0;
  };
  void make_buckets();
  void take(size_t parameter);
  void send_ready();

  Processes processes_;
  at::Device device_;
  std::vector<Tensor> parameters_;  // in the order in which their gradients are expected
  std::vector<Tensor> places_;      // of their gradients in the buckets
  std::vector<size_t> bucket_of_;
  std::vector<bool> taken_;
  std::vector<Bucket> buckets_;
  size_t sent_ = 0;  // buckets
  bool last_pass_ = false;
};

}  // namespace tazuna
