// SPDX-License-Identifier: Apache-2.0
#include "kernels/machine.hpp"

#include <thread>

#include "core/files.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// Files of a made-up kernel.
class MadeUpMachine {
 public:
  MadeUpMachine() { write("proc/meminfo", "MemTotal: 9000 kB\nMemFree: 10 kB\nMemAvailable:   4000 kB\n"); }
  void write(const std::string& file, std::string_view text) const {
    write_atomically(folder_.path() / file, text);
  }
  double memory() const { return free_host_memory(folder_.path()).value_or(-1); }
  double quota() const { return processor_quota(folder_.path()).value_or(-1); }

 private:
  ScratchFolder folder_;
};

}  // namespace

DOCTEST_TEST_SUITE("kernels/machine") {
  DOCTEST_TEST_CASE("without control groups the kernel's own count is free, and no processor is kept back") {
    const MadeUpMachine machine;
    DOCTEST_CHECK(machine.memory() == 4000 * 1024);
    DOCTEST_CHECK(machine.quota() == -1);
    const ScratchFolder nothing;
    DOCTEST_CHECK_FALSE(free_host_memory(nothing.path()).has_value());
  }

  DOCTEST_TEST_CASE("the tightest of nested control groups counts, and cached files count as free") {
    const MadeUpMachine machine;
    machine.write("proc/self/cgroup", "0::/jobs/one\n");
    machine.write("sys/fs/cgroup/jobs/one/memory.max", "max\n");
    machine.write("sys/fs/cgroup/jobs/one/memory.current", "700000\n");
    machine.write("sys/fs/cgroup/jobs/memory.max", "1000000\n");
    machine.write("sys/fs/cgroup/jobs/memory.current", "800000\n");
    machine.write("sys/fs/cgroup/jobs/memory.stat", "anon 500000\ninactive_file 300000\nactive_file 1\n");
    DOCTEST_CHECK(machine.memory() == 500000);
    machine.write("sys/fs/cgroup/jobs/one/cpu.max", "150000 100000\n");
    machine.write("sys/fs/cgroup/jobs/cpu.max", "max 100000\n");
    DOCTEST_CHECK(machine.quota() == 1.5);
  }

  DOCTEST_TEST_CASE("control groups of version 1 are read, inside a container too") {
    const MadeUpMachine machine;
    machine.write("proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/\n");
    machine.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2000000\n");
    machine.write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1500000\n");
    machine.write("sys/fs/cgroup/memory/memory.stat", "cache 3\ntotal_inactive_file 250000\n");
    machine.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "400000\n");
    machine.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    DOCTEST_CHECK(machine.memory() == 750000);
    DOCTEST_CHECK(machine.quota() == 4);
    machine.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    machine.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    DOCTEST_CHECK(machine.memory() == 4000 * 1024);
    DOCTEST_CHECK(machine.quota() == -1);
  }

  DOCTEST_TEST_CASE("this machine has memory, and a core at least") {
    DOCTEST_CHECK(free_memory(at::kCPU).value_or(0) > 1e6);
    DOCTEST_CHECK(usable_cores() >= 1);
    DOCTEST_CHECK(usable_cores() <= static_cast<int>(std::thread::hardware_concurrency()));
  }
}
