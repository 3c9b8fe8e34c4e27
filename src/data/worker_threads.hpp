// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace tazuna {

/// Threads that run `work` without autograd and with single-threaded tensor operations, while the thread that
/// makes them keeps its own number of compute threads. `work` must not throw.
class WorkerThreads {
 public:
  /// Returns when all have begun.
  WorkerThreads(int count, const std::function<void()>& work);
  /// Waits for all to end.
  ~WorkerThreads();
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;

 private:
  std::vector<std::thread> threads_;
};

}  // namespace tazuna
