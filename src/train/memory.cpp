// SPDX-License-Identifier: Apache-2.0
#include "train/memory.hpp"

#if defined(__GLIBC__)
#include <malloc.h>

#include <limits>
#endif

namespace tazuna {

void tune_allocator(Log& log) {
#if defined(__GLIBC__)
  // The manual of mallopt allows 32 MiB; newer releases of glibc take more.
  const bool kept = mallopt(M_MMAP_THRESHOLD, 1 << 30) == 1 || mallopt(M_MMAP_THRESHOLD, 32 << 20) == 1;
  const bool never_trimmed = mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max()) == 1;
  if (!kept || !never_trimmed)
    log.detail("the C library refused larger allocation thresholds; training may be slower");
#else
  log.detail("this C library has no allocation thresholds to tune; training may be slower");
#endif
}

}  // namespace tazuna
