// SPDX-License-Identifier: Apache-2.0
#include "train/distributed/sockets.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

using Clock = std::chrono::steady_clock;
using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

int milliseconds_to(Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

bool ready(int socket, short events, Deadline deadline) {
  for (;;) {
    pollfd waiting{socket, events, 0};
    const int found = ::poll(&waiting, 1, milliseconds_to(deadline));
    if (found > 0) return true;
    if ((found == 0 || errno == EINTR) && Clock::now() < deadline) continue;
    return false;
  }
}

Addresses addresses_of(const std::string& address, uint16_t port, int type, std::string& reason) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = type;
  addrinfo* found = nullptr;
  const int problem = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (problem != 0) reason = ::gai_strerror(problem);
  return {found, &::freeaddrinfo};
}

std::optional<Socket> connected_once(const addrinfo& address, Deadline deadline, std::string& reason) {
  Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (::connect(socket.number(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  int problem = errno;
  if (problem == EINPROGRESS) {
    const auto soon = std::min(deadline, Clock::now() + std::chrono::seconds(5));
    socklen_t size = sizeof problem;
    problem = ETIMEDOUT;
    if (ready(socket.number(), POLLOUT, soon))
      ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &problem, &size);
    if (problem == 0) return socket;
  }
  reason = std::strerror(problem);
  return std::nullopt;
}

/// This machine's number on the way to an address, and whether that is this machine itself.
std::pair<std::string, bool> way_to(const addrinfo& address) {
  const Socket probe(::socket(address.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // Connecting a datagram socket sends nothing; it only chooses the way.
  if (::connect(probe.number(), address.ai_addr, address.ai_addrlen) != 0) return {};
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (::getsockname(probe.number(), reinterpret_cast<sockaddr*>(&own), &size) != 0) return {};
  char text[NI_MAXHOST], there[NI_MAXHOST];
  const auto numeric = [](const sockaddr* of, socklen_t length, char* to) {
    return ::getnameinfo(of, length, to, NI_MAXHOST, nullptr, 0, NI_NUMERICHOST) == 0;
  };
  if (!numeric(reinterpret_cast<sockaddr*>(&own), size, text)) return {};
  if (!numeric(address.ai_addr, address.ai_addrlen, there)) return {};
  const std::string own_text = text;
  return {own_text, own_text == there || own_text.starts_with("127.") || own_text == "::1"};
}

}  // namespace

Listener listen_anywhere() {
  // A socket of version 6 takes connections of version 4 as well, where the machine has the former.
  for (const int family : {AF_INET6, AF_INET}) {
    Listener listener{Socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))};
    const int number = listener.socket.number(), both = 0;
    if (number < 0) continue;
    if (family == AF_INET6) ::setsockopt(number, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both);
    sockaddr_storage any{};
    any.ss_family = static_cast<sa_family_t>(family);
    socklen_t size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    auto* place = reinterpret_cast<sockaddr*>(&any);
    if (::bind(number, place, size) != 0 || ::listen(number, SOMAXCONN) != 0) continue;
    if (::getsockname(number, place, &size) != 0) continue;
    listener.port = ntohs(family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(place)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(place)->sin_port);
    return listener;
  }
  throw Error(cat("no socket can be opened for the other processes: ", std::strerror(errno)));
}

std::optional<Socket> connected(const std::string& address, uint16_t port, Deadline deadline,
                                std::string& reason) {
  for (;;) {
    const Addresses found = addresses_of(address, port, SOCK_STREAM, reason);
    for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next)
      if (auto socket = connected_once(*one, deadline, reason)) return socket;
    if (Clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::optional<Socket> accepted(const Listener& listener, Deadline deadline) {
  while (ready(listener.socket.number(), POLLIN, deadline)) {
    Socket socket(::accept4(listener.socket.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.number() >= 0) return socket;
  }
  return std::nullopt;
}

bool send_all(const Socket& socket, std::span<const std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (!ready(socket.number(), POLLOUT, deadline)) return false;
    const ssize_t sent = ::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) bytes = bytes.subspan(static_cast<size_t>(sent));
  }
  return true;
}

bool receive_all(const Socket& socket, std::span<std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (!ready(socket.number(), POLLIN, deadline)) return false;
    const ssize_t got = ::recv(socket.number(), bytes.data(), bytes.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return false;
    if (got > 0) bytes = bytes.subspan(static_cast<size_t>(got));
  }
  return true;
}

std::string own_address(const std::string& address, uint16_t port) {
  std::string reason;
  const Addresses found = addresses_of(address, port, SOCK_DGRAM, reason);
  for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
    const auto [own, same] = way_to(*one);
    if (!own.empty()) return same ? address : own;
  }
  return address;
}

}  // namespace tazuna
