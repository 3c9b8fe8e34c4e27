// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <memory>

namespace tazuna {

/// Makes item k of an endless sequence ahead of its use on worker threads; items come out in order and the
/// k-th is the same whatever the number of workers, since `make(k)` is a pure function of k. What a worker
/// throws is rethrown by next(). Workers run without autograd and single-threaded in tensor operations.
class Loader {
 public:
  /// `workers` 0: made in the calling thread. `ahead`: how many finished items may wait, at least one a
  /// worker.
  Loader(std::function<std::any(int64_t k)> make, int64_t first, int64_t end, int workers, int ahead);
  ~Loader();
  /// The next item; waits for it. Calling it past `end` is an Error.
  std::any next();
  /// Seconds next() has spent waiting since construction.
  double waited() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tazuna
