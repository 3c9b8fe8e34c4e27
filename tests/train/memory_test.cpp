// SPDX-License-Identifier: Apache-2.0
#include "train/memory.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

int64_t page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// Page faults of a block of 64 MiB that is taken, filled and given back.
int64_t faults_of_a_block() {
  const int64_t before = page_faults();
  const std::vector<char> block(64 << 20, 1);
  DOCTEST_CHECK(std::ranges::count(block, 1) == std::ssize(block));
  return page_faults() - before;
}

}  // namespace

DOCTEST_TEST_SUITE("train/memory") {
  DOCTEST_TEST_CASE("a large block that was given back is taken again without new pages") {
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
    Log log(Verbosity::quiet);
    tune_allocator(log);
    faults_of_a_block();
    DOCTEST_CHECK(faults_of_a_block() < 100);  // the block has 16 384 pages
#else
    DOCTEST_MESSAGE("skipped: another allocator is at work");
#endif
  }
}
