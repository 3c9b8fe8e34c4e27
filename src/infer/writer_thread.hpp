// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>

#include "data/worker_threads.hpp"

namespace tazuna {

/// Runs jobs one after another on a thread of its own while the caller goes on. At most one job waits.
class WriterThread {
 public:
  WriterThread();
  /// Waits for the jobs that were submitted.
  ~WriterThread();
  /// Hands over a job, waiting while another waits. What an earlier job threw is thrown here, once.
  void submit(std::function<void()> job);
  /// Waits until all jobs are done and throws what one threw.
  void finish();

 private:
  void work();
  void rethrow();  ///< under the lock

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> waiting_;
  bool busy_ = false, stopping_ = false;
  std::exception_ptr failure_;
  std::optional<WorkerThreads> thread_;
};

}  // namespace tazuna
