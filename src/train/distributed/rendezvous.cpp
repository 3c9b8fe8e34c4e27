// SPDX-License-Identifier: Apache-2.0
#include "train/distributed/rendezvous.hpp"

#include <c10/util/Logging.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <random>
#include <thread>

#include "core/error.hpp"
#include "core/text.hpp"
#include "train/distributed/sockets.hpp"

namespace tazuna {

namespace {

using Clock = std::chrono::steady_clock;

/// What a process says when it connects to another, so that a stranger is told apart.
struct Greeting {
  uint64_t meeting = 0;
  int64_t rank = 0;
};

std::string seconds_text(double limit) {
  return number_text(limit) + " s";
}

/// While it lives LibTorch writes nothing to stderr: it would tell with a stack what our sentences say.
class Hush {
 public:
  Hush() { FLAGS_caffe2_log_level = c10::GLOG_FATAL; }
  ~Hush() { FLAGS_caffe2_log_level = before_; }
  Hush(const Hush&) = delete;
  Hush& operator=(const Hush&) = delete;

 private:
  const int before_ = FLAGS_caffe2_log_level;
};

class Meeting {
 public:
  Meeting(const ProcessPlace& place, double limit)
      : place_(place),
        limit_(limit),
        deadline_(Clock::now() + std::chrono::milliseconds(static_cast<int64_t>(limit * 1000))) {}

  Met hold() {
    open_store();
    const Listener listener = listen_anywhere();
    const std::string own = place_.rank == 0 ? place_.address : own_address(place_.address, place_.port);
    if (place_.rank == 0) store_->set(key("meeting"), cat(std::random_device{}(), std::random_device{}()));
    store_->set(key("address", place_.rank), cat(listener.port, " ", own));
    wait_for_all();
    const uint64_t meeting = std::hash<std::string>{}(store_->get_to_str(key("meeting")));
    auto links = std::make_unique<Links>(place_.rank, connect_all(listener, meeting));
    return {store_, std::move(links)};
  }

 private:
  std::string key(const std::string& what) const { return cat("tazuna/", place_.attempt, "/", what); }
  std::string key(const std::string& what, int rank) const { return cat(key(what), "/", rank); }

  std::chrono::milliseconds left() const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
    return std::max(left, std::chrono::milliseconds(1000));
  }

  void open_store() {
    const bool serves = place_.rank == 0 && !place_.served;
    // Tried by ourselves before, so that the sentence can say why nothing answers.
    std::string reason;
    if (!serves && !connected(place_.address, place_.port, deadline_, reason)) {
      throw Error(cat("rank 0 did not come within ", seconds_text(limit_), ": nothing answers at ",
                      place_.address, ":", place_.port, " (", reason,
                      "); look at its own messages, or at MASTER_ADDR and ", "MASTER_PORT"));
    }
    c10d::TCPStoreOptions options;
    options.port = place_.port;
    options.isServer = serves;
    options.waitWorkers = false;
    options.timeout = left();
    try {
      store_ = c10::make_intrusive<c10d::TCPStore>(place_.address, options);
    } catch (const c10::Error& error) {
      throw Error(
          cat(serves ? "rank 0 cannot serve the other processes at port " : "no store answers at port ",
              place_.port, " of ", place_.address, " (", first_line(error.what_without_backtrace()),
              "); give another MASTER_PORT"));
    }
  }

  static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

  /// The ranks that have not left their address yet.
  std::vector<int> missing() {
    std::vector<int> ranks;
    for (int r = 0; r < place_.count; ++r)
      if (!store_->check({key("address", r)})) ranks.push_back(r);
    return ranks;
  }

  // Whoever gives up says so, since others may have come later and would wait longer.
  void wait_for_all() {
    try {
      for (;;) {
        if (store_->check({key("given_up")})) throw Error(store_->get_to_str(key("given_up")));
        const std::vector<int> absent = missing();
        if (absent.empty() && store_->check({key("meeting")})) return;
        if (Clock::now() >= deadline_) give_up(absent);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    } catch (const c10::Error&) {
      throw Error(
          cat("rank 0 has left before all ", place_.count, " processes had met; look at its own messages"));
    }
  }

  [[noreturn]] void give_up(const std::vector<int>& absent) {
    const size_t here = static_cast<size_t>(place_.count) - absent.size();
    const std::string sentence =
        cat(absent.size() == 1 ? "rank " : "ranks ", join(absent, ", "), " did not come within ",
            seconds_text(limit_), "; ", here, " of ", place_.count, " processes ", here == 1 ? "is" : "are",
            " here. Look at the messages of those that are missing, or give them longer by --join-timeout");
    store_->set(key("given_up"), sentence);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // the store goes with this process
    throw Error(sentence);
  }

  // Each process connects to those of lower rank and is connected to by those of higher rank.
  std::vector<Socket> connect_all(const Listener& listener, uint64_t meeting) {
    const Deadline deadline = std::max(deadline_, Clock::now() + std::chrono::seconds(10));
    std::vector<Socket> sockets(static_cast<size_t>(place_.count));
    for (int r = 0; r < place_.rank; ++r) {
      const std::string at = store_->get_to_str(key("address", r));
      const size_t blank = at.find(' ');
      unsigned port = 0;
      std::from_chars(at.data(), at.data() + std::min(blank, at.size()), port);
      const std::string address = blank == std::string::npos ? "" : at.substr(blank + 1);
      std::string reason = "it does not take the connection";
      auto socket = connected(address, static_cast<uint16_t>(port), deadline, reason);
      const Greeting greeting{meeting, place_.rank};
      if (!socket || !send_all(*socket, std::as_bytes(std::span(&greeting, 1)), deadline)) {
        throw Error(cat("rank ", place_.rank, " does not reach rank ", r, " at ", address, ":", port, " (",
                        reason, "); machines of one training must reach each other at every port"));
      }
      sockets[static_cast<size_t>(r)] = std::move(*socket);
    }
    for (int left = place_.count - 1 - place_.rank; left > 0;) {
      auto socket = accepted(listener, deadline);
      if (!socket)
        throw Error(cat("rank ", place_.rank,
                        " is not reached by all ranks above it; machines of one training must ",
                        "reach each other at every port"));
      Greeting greeting;
      const auto soon = std::min(deadline, Clock::now() + std::chrono::seconds(5));
      if (!receive_all(*socket, std::as_writable_bytes(std::span(&greeting, 1)), soon)) continue;
      const bool known =
          greeting.meeting == meeting && greeting.rank > place_.rank && greeting.rank < place_.count;
      if (!known || sockets[static_cast<size_t>(greeting.rank)].number() >= 0) continue;
      sockets[static_cast<size_t>(greeting.rank)] = std::move(*socket);
      --left;
    }
    return sockets;
  }

  const Hush hush_;
  const ProcessPlace& place_;
  const double limit_;
  const Deadline deadline_;
  c10::intrusive_ptr<c10d::Store> store_;
};

}  // namespace

Met meet_in_store(const ProcessPlace& place, double limit) {
  return Meeting(place, limit).hold();
}

}  // namespace tazuna
