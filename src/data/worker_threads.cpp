// SPDX-License-Identifier: Apache-2.0
#include "data/worker_threads.hpp"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <latch>

namespace tazuna {

WorkerThreads::WorkerThreads(int count, const std::function<void()>& work) {
  const int compute_threads = at::get_num_threads();
  std::latch begun(count);
  for (int i = 0; i < count; ++i) {
    threads_.emplace_back([work, &begun] {
      at::get_num_threads();  // a thread's first question sets it to the program's number; later ones do not
      at::set_num_threads(1);
      begun.count_down();
      const c10::NoGradGuard without_autograd;
      work();
    });
  }
  begun.wait();
  // The workers' calls above also changed the number that threads begun later will take.
  if (count > 0) at::set_num_threads(compute_threads);
}

WorkerThreads::~WorkerThreads() {
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace tazuna
