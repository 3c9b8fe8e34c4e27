// SPDX-License-Identifier: Apache-2.0
#include "kernels/machine.hpp"

#include <c10/core/CachingDeviceAllocator.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "core/text.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// The first number of a small file of the kernel's; none for "max" or a file that is not there.
std::optional<double> number_in(const fs::path& file) {
  double number = 0;
  if (std::ifstream in(file); in >> number) return number;
  return std::nullopt;
}

// The number behind a name in a file of lines "name number" or "name: number unit".
std::optional<double> number_behind(const fs::path& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string first;
    double number = 0;
    if (words >> first >> number && (first == name || first == name + ":")) return number;
  }
  return std::nullopt;
}

// This process's control group and those above it. In a container the names in /proc may be those outside it;
// the topmost folder is then its own.
std::vector<fs::path> groups_of(const fs::path& root, const std::string& controller) {
  std::ifstream in(root / "proc/self/cgroup");
  std::vector<fs::path> groups;
  const auto add = [&groups](const fs::path& mount, const std::string& path) {
    for (fs::path below = fs::path(path).relative_path();; below = below.parent_path()) {
      if (fs::exists(mount / below)) groups.push_back(mount / below);
      if (below.empty()) return;
    }
  };
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> parts = split_text(line, ':');  // number, controllers, path
    if (parts.size() < 3) continue;
    const std::vector<std::string> controllers = split_text(parts[1], ',');
    if (parts[1].empty()) add(root / "sys/fs/cgroup", parts[2]);
    if (std::ranges::find(controllers, controller) != controllers.end())
      add(root / "sys/fs/cgroup" / controller, parts[2]);
  }
  return groups;
}

std::optional<double> lower(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// Limit less use; cached files count as free, since the kernel drops them first.
std::optional<double> left_in(const fs::path& group) {
  const bool second = fs::exists(group / "memory.max");
  const auto limit = number_in(group / (second ? "memory.max" : "memory.limit_in_bytes"));
  const auto used = number_in(group / (second ? "memory.current" : "memory.usage_in_bytes"));
  if (!limit || !used) return std::nullopt;
  const auto cached = number_behind(group / "memory.stat", second ? "inactive_file" : "total_inactive_file");
  return std::max(0.0, *limit - std::max(0.0, *used - cached.value_or(0)));
}

std::optional<double> quota_of(const fs::path& group) {
  std::ifstream second(group / "cpu.max");  // "200000 100000" or "max 100000"
  double quota = 0, period = 0;
  if (second >> quota >> period && period > 0) return quota / period;
  const auto first = number_in(group / "cpu.cfs_quota_us"), of = number_in(group / "cpu.cfs_period_us");
  if (first && of && *first > 0 && *of > 0) return *first / *of;
  return std::nullopt;
}

}  // namespace

int usable_cores() {
  cpu_set_t mask;
  const bool known = sched_getaffinity(0, sizeof mask, &mask) == 0;
  const int cores = known ? CPU_COUNT(&mask) : static_cast<int>(std::thread::hardware_concurrency());
  const double quota = processor_quota().value_or(cores);
  return std::clamp(static_cast<int>(std::ceil(quota)), 1, std::max(1, cores));
}

std::optional<double> free_memory(at::Device device) {
  if (device.is_cpu()) return free_host_memory();
  return static_cast<double>(c10::getDeviceAllocator(device.type())->getMemoryInfo(device.index()).first);
}

std::optional<double> processor_quota(const fs::path& root) {
  std::optional<double> least;
  for (const fs::path& group : groups_of(root, "cpu")) least = lower(least, quota_of(group));
  return least;
}

std::optional<double> free_host_memory(const fs::path& root) {
  std::optional<double> least = number_behind(root / "proc/meminfo", "MemAvailable");
  if (least) *least *= 1024;
  for (const fs::path& group : groups_of(root, "memory")) least = lower(least, left_in(group));
  return least;
}

}  // namespace tazuna
