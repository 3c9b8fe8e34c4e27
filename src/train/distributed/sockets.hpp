// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "train/distributed/links.hpp"

namespace tazuna {

using Deadline = std::chrono::steady_clock::time_point;

/// A socket that takes connections on any of this machine's addresses, at a port the system chose.
struct Listener {
  Socket socket;
  uint16_t port = 0;
};
Listener listen_anywhere();

/// A connection to a machine, by name or number; tries again until `deadline`. Without one by then: nothing,
/// and `reason` says why.
std::optional<Socket> connected(const std::string& address, uint16_t port, Deadline deadline,
                                std::string& reason);
/// The next connection made to `listener`; nothing at the deadline.
std::optional<Socket> accepted(const Listener& listener, Deadline deadline);

/// All bytes, or false at the deadline or where the other side has gone.
bool send_all(const Socket& socket, std::span<const std::byte> bytes, Deadline deadline);
bool receive_all(const Socket& socket, std::span<std::byte> bytes, Deadline deadline);

/// Under which address other machines reach this one, if they reach the machine at `address`: the own address
/// on the way there, or `address` itself where that is this machine.
std::string own_address(const std::string& address, uint16_t port);

}  // namespace tazuna
