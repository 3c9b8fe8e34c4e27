// SPDX-License-Identifier: Apache-2.0
#include "train/distributed/socket_sum.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

/// The numbers `first` to `end` - 1 of a tensor, which one process adds up.
struct Share {
  int64_t first, end;
};

class SocketSum : public Collective {
 public:
  explicit SocketSum(Links& links) : links_(links), thread_([this] { work(); }) {}

  // What was begun is given two seconds, so that no message is cut off without need.
  ~SocketSum() override {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::seconds(2), [this] { return idle(); });
      stopping_ = true;
    }
    links_.abandon();
    changed_.notify_all();
    thread_.join();
  }

  void begin_sum(const Tensor& flat) override {
    if (!flat.is_cpu() || flat.scalar_type() != at::kFloat || !flat.is_contiguous())
      throw Error(cat("a sum over processes needs a contiguous float32 tensor of the CPU, but got ",
                      shape_text(flat.sizes()), " of ", flat.scalar_type(), " on ", flat.device().str()));
    {
      const std::lock_guard lock(mutex_);
      begun_.push_back(flat);
    }
    changed_.notify_all();
  }

  void finish() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return idle(); });
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  bool idle() const { return failure_ || (begun_.empty() && !busy_); }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || (!begun_.empty() && !failure_); });
      if (stopping_) return;
      const Tensor flat = begun_.front();
      begun_.pop_front();
      busy_ = true;
      lock.unlock();
      std::exception_ptr failure;
      try {
        sum(flat.data_ptr<float>(), flat.numel());
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      busy_ = false;
      failure_ = failure;
      changed_.notify_all();
    }
  }

  Share share_of(int rank, int64_t count) const {
    const int64_t all = links_.count();
    return {count * rank / all, count * (rank + 1) / all};
  }

  void sum(float* numbers, int64_t count) {
    const auto ranks = static_cast<size_t>(links_.count());
    const Share own = share_of(links_.rank(), count);
    const auto length = static_cast<size_t>(own.end - own.first);
    const auto bytes_of = [&](int rank) {
      const Share part = share_of(rank, count);
      return std::as_writable_bytes(std::span(numbers + part.first, numbers + part.end));
    };
    std::vector<Links::Message> messages(ranks);
    pieces_.resize(ranks * length);
    for (size_t r = 0; r < ranks; ++r) messages[r] = bytes_of(static_cast<int>(r));
    links_.exchange(messages, [&](int rank, uint64_t) {
      return std::as_writable_bytes(std::span(pieces_).subspan(static_cast<size_t>(rank) * length, length));
    });
    const auto me = static_cast<size_t>(links_.rank());
    std::copy_n(numbers + own.first, length, pieces_.begin() + static_cast<std::ptrdiff_t>(me * length));
    add_up(numbers + own.first, length, ranks);
    std::fill(messages.begin(), messages.end(), bytes_of(links_.rank()));
    links_.exchange(messages, [&](int rank, uint64_t) { return bytes_of(rank); });
  }

  void add_up(float* sums, size_t length, size_t ranks) const {
    std::copy_n(pieces_.begin(), length, sums);
    for (size_t r = 1; r < ranks; ++r) {
      const float* piece = pieces_.data() + r * length;
      for (size_t i = 0; i < length; ++i) sums[i] += piece[i];
    }
  }

  Links& links_;
  std::vector<float> pieces_;  // [ranks][own share]
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Tensor> begun_;
  std::exception_ptr failure_;
  bool busy_ = false, stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Collective> make_socket_sum(Links& links) {
  return std::make_unique<SocketSum>(links);
}

}  // namespace tazuna
