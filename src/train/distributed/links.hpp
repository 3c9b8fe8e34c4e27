// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tazuna {

/// A TCP socket that is closed with the object.
class Socket {
 public:
  explicit Socket(int number = -1) : number_(number) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  int number() const { return number_; }  ///< -1: none

 private:
  int number_;
};

/// This process' connections to all others. A round is a message to every other process and one from each;
/// all processes take part in the same rounds in the same order.
class Links {
 public:
  /// `sockets`: connected, one a rank, none at the own. Silent machines are found by the system's own probes
  /// within about five minutes.
  Links(int rank, std::vector<Socket> sockets);
  int rank() const { return rank_; }
  int count() const { return static_cast<int>(peers_.size()); }
  /// How a process is called in messages, "rank 2" at first.
  void name(int rank, std::string name) { peers_[static_cast<size_t>(rank)].name = std::move(name); }

  using Message = std::span<const std::byte>;
  /// Where the message of `bytes` from `rank` is to be put; as long as that.
  using Room = std::function<std::span<std::byte>(int rank, uint64_t bytes)>;
  /// One round; `messages` are by rank, the own is not looked at. One thread at a time. An Error where a
  /// process has ended, with its sentence if it left one, and where it is at another round.
  void exchange(const std::vector<Message>& messages, const Room& room);

  /// Tells all others why this process ends, as far as that can be done within about a second; nothing can be
  /// exchanged any more.
  void tell_failure(std::string_view sentence) noexcept;
  /// Ends a round that another thread is waiting in by an Error.
  void abandon() { abandoned_ = true; }

 private:
  /// What stands before every message.
  struct Heading {
    uint32_t mark = 0, kind = 0;
    uint64_t round = 0, bytes = 0;
  };
  struct Peer {
    Socket socket;
    std::string name;
    Heading out, in;
    Message message;
    std::span<std::byte> room;
    uint64_t sent = 0, got = 0;  // of heading and message together
    bool has_sent = true, has_got = true;
  };
  void begin(const std::vector<Message>& messages);
  bool step(const Room& room);
  void send_more(Peer& peer);
  void receive_more(size_t rank, const Room& room);
  void take_heading(size_t rank, const Room& room);
  bool received(Peer& peer, std::byte* to, uint64_t bytes);

  int rank_;
  std::vector<Peer> peers_;
  uint64_t round_ = 0;
  std::atomic<bool> abandoned_{false};
};

}  // namespace tazuna
