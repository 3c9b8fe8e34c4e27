// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/log.hpp"

namespace tazuna {

/// Makes the C library keep freed blocks instead of handing each large one back to the kernel: a step asks
/// for the same sizes again, and page faults otherwise cost a third of its time on the CPU. To be called
/// once, before the first large allocation; says so where the C library refuses or is not glibc.
void tune_allocator(Log& log);

}  // namespace tazuna
