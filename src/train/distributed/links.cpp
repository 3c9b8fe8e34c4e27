// SPDX-License-Identifier: Apache-2.0
#include "train/distributed/links.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

constexpr uint32_t our_mark = 0x7a6e7461, a_message = 1, a_failure = 2;
constexpr int look_every = 200;  // ms, at abandon()
constexpr uint64_t longest_sentence = 1 << 16;

void set(int socket, int level, int option, int value) {
  // A system that does not know one of these options finds silent machines later; that is all.
  ::setsockopt(socket, level, option, &value, sizeof value);
}

/// Small messages go out at once; a machine that vanished is noticed after some minutes. One that computes
/// for long before it reads what it was sent must not be taken for that.
void prepare(int socket) {
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, 20);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, 4);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 300'000);
}

bool would_wait() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

Error lost(const std::string& name, const std::string& how) {
  return Error(cat(name, " ", how, "; all processes of a training end with one of them"));
}

}  // namespace

Socket::~Socket() {
  if (number_ >= 0) ::close(number_);
}

Socket::Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Links::Links(int rank, std::vector<Socket> sockets) : rank_(rank), peers_(sockets.size()) {
  for (size_t r = 0; r < sockets.size(); ++r) {
    peers_[r].socket = std::move(sockets[r]);
    peers_[r].name = cat("rank ", r);
    if (peers_[r].socket.number() >= 0) prepare(peers_[r].socket.number());
  }
}

void Links::begin(const std::vector<Message>& messages) {
  if (messages.size() != peers_.size())
    throw Error(cat("a round of ", peers_.size(), " processes got ", messages.size(), " messages"));
  ++round_;
  for (size_t r = 0; r < peers_.size(); ++r) {
    Peer& peer = peers_[r];
    const bool other = static_cast<int>(r) != rank_;
    peer.out = {our_mark, a_message, round_, messages[r].size()};
    peer.message = messages[r];
    peer.room = {};
    peer.sent = peer.got = 0;
    peer.has_sent = peer.has_got = !other;
  }
}

void Links::exchange(const std::vector<Message>& messages, const Room& room) {
  begin(messages);
  while (step(room)) {
    if (abandoned_) throw Error("the exchange with the other processes was given up");
  }
}

/// Waits for some sockets and goes on with them; false when the round is over.
bool Links::step(const Room& room) {
  std::vector<pollfd> waiting;
  std::vector<size_t> ranks;
  for (size_t r = 0; r < peers_.size(); ++r) {
    const Peer& peer = peers_[r];
    if (peer.has_sent && peer.has_got) continue;
    const int events = (peer.has_sent ? 0 : POLLOUT) | (peer.has_got ? 0 : POLLIN);
    waiting.push_back({peer.socket.number(), static_cast<short>(events), 0});
    ranks.push_back(r);
  }
  if (waiting.empty()) return false;
  if (::poll(waiting.data(), waiting.size(), look_every) < 0 && errno != EINTR)
    throw Error(cat("waiting for the other processes: ", std::strerror(errno)));
  for (size_t i = 0; i < waiting.size(); ++i) {
    Peer& peer = peers_[ranks[i]];
    const int events = waiting[i].revents;
    if (!peer.has_got && (events & (POLLIN | POLLERR | POLLHUP)) != 0) receive_more(ranks[i], room);
    if (!peer.has_sent && (events & (POLLOUT | POLLERR | POLLHUP)) != 0) send_more(peer);
  }
  return true;
}

void Links::send_more(Peer& peer) {
  const uint64_t heading = std::min<uint64_t>(peer.sent, sizeof peer.out), body = peer.sent - heading;
  iovec parts[2] = {{reinterpret_cast<char*>(&peer.out) + heading, sizeof peer.out - heading},
                    {const_cast<std::byte*>(peer.message.data()) + body, peer.message.size() - body}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  const ssize_t sent = ::sendmsg(peer.socket.number(), &message, MSG_NOSIGNAL);
  if (sent < 0 && would_wait()) return;
  if (sent < 0) {
    // Its last words may still lie in our socket; reading finds them or the end.
    peer.has_sent = true;
    return;
  }
  peer.sent += static_cast<uint64_t>(sent);
  peer.has_sent = peer.sent == sizeof peer.out + peer.message.size();
}

/// Reads on until `bytes` of this part have come; `peer.got` counts from the heading's first.
bool Links::received(Peer& peer, std::byte* to, uint64_t bytes) {
  const ssize_t got = bytes == 0 ? 0 : ::recv(peer.socket.number(), to, bytes, 0);
  if (got < 0 && would_wait()) return false;
  // Who is killed before it has read everything breaks the connection off.
  const bool ended = bytes > 0 && (got == 0 || (got < 0 && errno == ECONNRESET));
  if (ended) throw lost(peer.name, "has ended without a message");
  if (got < 0) throw lost(peer.name, cat("is lost (", std::strerror(errno), ")"));
  peer.got += static_cast<uint64_t>(got);
  return static_cast<uint64_t>(got) == bytes;
}

void Links::receive_more(size_t rank, const Room& room) {
  Peer& peer = peers_[rank];
  if (peer.got < sizeof peer.in) {
    if (!received(peer, reinterpret_cast<std::byte*>(&peer.in) + peer.got, sizeof peer.in - peer.got)) return;
    take_heading(rank, room);
  }
  const uint64_t body = peer.got - sizeof peer.in;
  peer.has_got = received(peer, peer.room.data() + body, peer.room.size() - body);
}

void Links::take_heading(size_t rank, const Room& room) {
  Peer& peer = peers_[rank];
  if (peer.in.mark == our_mark && peer.in.kind == a_failure) {
    std::string sentence(std::min(peer.in.bytes, longest_sentence), '\0');
    const std::span<std::byte> bytes = std::as_writable_bytes(std::span(sentence));
    for (size_t got = 0; got < bytes.size();) {
      pollfd waiting{peer.socket.number(), POLLIN, 0};
      ::poll(&waiting, 1, look_every);
      const ssize_t more = ::recv(peer.socket.number(), bytes.data() + got, bytes.size() - got, 0);
      if (more < 0 && would_wait()) continue;
      if (more <= 0) break;
      got += static_cast<size_t>(more);
    }
    throw Error(sentence);
  }
  if (peer.in.mark != our_mark || peer.in.kind != a_message || peer.in.round != round_) {
    throw Error(cat(peer.name, " is at another point of the work than rank ", rank_,
                    "; start all processes with the same program, configuration and flags"));
  }
  peer.room = room(static_cast<int>(rank), peer.in.bytes);
  if (peer.room.size() != peer.in.bytes) {
    throw Error(cat(peer.name, " sent ", peer.in.bytes, " bytes where ", peer.room.size(),
                    " were expected; start all processes with the same program, configuration and flags"));
  }
}

void Links::tell_failure(std::string_view sentence) noexcept {
  sentence = sentence.substr(0, longest_sentence);
  std::vector<pollfd> open;
  for (Peer& peer : peers_) {
    const int socket = peer.socket.number();
    if (socket < 0) continue;
    // In the middle of a message the sentence would be taken for a part of it.
    const bool between = peer.has_sent || peer.sent == 0;
    Heading heading{our_mark, a_failure, round_, sentence.size()};
    iovec parts[2] = {{&heading, sizeof heading}, {const_cast<char*>(sentence.data()), sentence.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    if (between && ::sendmsg(socket, &message, MSG_NOSIGNAL) > 0) open.push_back({socket, POLLIN, 0});
    ::shutdown(socket, SHUT_WR);
  }
  // Closing a socket with unread bytes in it could take the sentence back; so they are read away.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (!open.empty() && std::chrono::steady_clock::now() < end) {
    if (::poll(open.data(), open.size(), look_every) <= 0) continue;
    std::erase_if(open, [](const pollfd& one) {
      char unread[4096];
      return one.revents != 0 && ::recv(one.fd, unread, sizeof unread, MSG_DONTWAIT) <= 0;
    });
  }
}

}  // namespace tazuna
