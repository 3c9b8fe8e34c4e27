// SPDX-License-Identifier: Apache-2.0
#include "data/loader.hpp"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/worker_threads.hpp"

namespace tazuna {

using Clock = std::chrono::steady_clock;

struct Loader::State {
  struct Made {
    std::any item;
    std::exception_ptr failure;
  };

  std::function<std::any(int64_t)> make;
  int64_t end, ahead;
  double waited = 0;

  std::mutex mutex;
  std::condition_variable room, arrival;
  std::map<int64_t, Made> finished;  // by k
  int64_t next_made, next_taken;
  bool stopping = false;
  std::optional<WorkerThreads> workers;

  Made made(int64_t k) const {
    try {
      return {make(k), nullptr};
    } catch (...) {
      return {{}, std::current_exception()};
    }
  }

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      room.wait(lock, [this] { return stopping || next_made >= end || next_made < next_taken + ahead; });
      if (stopping || next_made >= end) return;
      const int64_t k = next_made++;
      lock.unlock();
      Made result = made(k);
      lock.lock();
      finished.emplace(k, std::move(result));
      arrival.notify_one();
    }
  }

  Made taken(int64_t k) {
    std::unique_lock lock(mutex);
    arrival.wait(lock, [this, k] { return finished.contains(k); });
    Made result = std::move(finished.extract(k).mapped());
    next_taken = k + 1;
    room.notify_all();
    return result;
  }
};

Loader::Loader(std::function<std::any(int64_t k)> make, int64_t first, int64_t end, int workers, int ahead)
    : state_(std::make_unique<State>()) {
  if (workers < 0 || ahead < 1)
    throw Error(cat("a loader needs at least 0 workers and 1 item ahead, but got ", workers, " and ", ahead));
  state_->make = std::move(make);
  state_->next_made = state_->next_taken = first;
  state_->end = end;
  state_->ahead = std::max(ahead, workers);
  if (workers > 0) state_->workers.emplace(workers, [state = state_.get()] { state->work(); });
}

Loader::~Loader() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->room.notify_all();
  state_->workers.reset();
}

std::any Loader::next() {
  const int64_t k = state_->next_taken;
  if (k >= state_->end) throw Error(cat("the loader has no item ", k, "; its last was ", state_->end - 1));
  const auto begun = Clock::now();
  State::Made result;
  if (state_->workers) {
    result = state_->taken(k);
  } else {
    const c10::NoGradGuard without_autograd;
    result = state_->made(k);
    state_->next_taken = k + 1;
  }
  state_->waited += std::chrono::duration<double>(Clock::now() - begun).count();
  if (result.failure) std::rethrow_exception(result.failure);
  return std::move(result.item);
}

double Loader::waited() const {
  return state_->waited;
}

}  // namespace tazuna
