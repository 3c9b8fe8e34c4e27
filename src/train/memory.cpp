// SPDX-License-Identifier: Apache-2.0
#include "train/memory.hpp"

#if defined(__GLIBC__)
#include <malloc.h>

#include <limits>
#endif

namespace tazuna {

void tune_allocator(Log& log) {
#if defined(__GLIBC__)
  constexpr int mmap_threshold = 1 << 30;
  const bool done = mallopt(M_MMAP_THRESHOLD, mmap_threshold) == 1 &&
                    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max()) == 1;
  if (!done) log.detail("the C library refused larger allocation thresholds; training may be slower");
#else
  log.detail("this C library has no allocation thresholds to tune; training may be slower");
#endif
}

}  // namespace tazuna
