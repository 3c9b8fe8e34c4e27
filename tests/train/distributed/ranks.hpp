// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "train/distributed/processes.hpp"
#include "train/distributed/sockets.hpp"

namespace tazuna {

/// A port that nobody listens at.
inline uint16_t free_port() {
  return listen_anywhere().port;
}

inline ProcessPlace place_of(int rank, int count, uint16_t port) {
  ProcessPlace place;
  place.rank = rank;
  place.count = count;
  place.local_rank = rank;
  place.address = "127.0.0.1";
  place.port = port;
  return place;
}

/// Does `work` as each of `count` processes, on a thread each; the sentences with which they failed, by rank,
/// "" for those that did not. `absent`: ranks that do not come.
inline std::vector<std::string> as_processes(int count, const std::function<void(const Processes&)>& work,
                                             double limit = 20, const std::vector<int>& absent = {}) {
  const uint16_t port = free_port();
  std::vector<std::string> failures(static_cast<size_t>(count));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < count; ++rank) {
    if (std::find(absent.begin(), absent.end(), rank) != absent.end()) continue;
    threads.emplace_back([&, rank] {
      std::string& failure = failures[static_cast<size_t>(rank)];
      Processes processes;
      try {
        processes = Processes::meet(place_of(rank, count, port), limit);
        work(processes);
      } catch (const std::exception& error) {
        failure = error.what();
        processes.fail(failure);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return failures;
}

}  // namespace tazuna
