// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "kernels/collective.hpp"
#include "train/distributed/links.hpp"

namespace tazuna {

/// Sums tensors of the CPU over the links, on a thread of its own, in the order in which they were begun.
/// Each process adds up its share of the numbers, always from rank 0's to the last rank's, and hands the sums
/// to all others: every process has the same bytes, run after run. `links` outlive the object and are used by
/// nobody else between begin_sum() and finish().
std::unique_ptr<Collective> make_socket_sum(Links& links);

}  // namespace tazuna
