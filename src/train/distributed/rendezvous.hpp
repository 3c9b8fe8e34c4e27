// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/util/intrusive_ptr.h>

#include <memory>

#include "train/distributed/links.hpp"
#include "train/distributed/place.hpp"

namespace c10d {
class Store;
}

namespace tazuna {

/// What processes have when they have met: connections of their own, and the store in which they found each
/// other's addresses (GPUs find each other there, too).
struct Met {
  c10::intrusive_ptr<c10d::Store> store;
  std::unique_ptr<Links> links;
};

/// Waits for all processes in a key-value store (c10d::TCPStore) at the place's address, which rank 0 serves
/// unless the launcher does, and connects each with each. An Error after `limit` seconds that names the ranks
/// that did not come.
Met meet_in_store(const ProcessPlace& place, double limit);

}  // namespace tazuna
