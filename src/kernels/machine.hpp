// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <optional>

namespace tazuna {

/// Processors that this process may keep busy: those of its affinity mask, fewer where a control group
/// grants it less time (a container's or a job's limit; rounded up). At least 1.
int usable_cores();

/// Bytes that this process can still ask for. CPU: what Linux counts as available without swapping, less
/// where a control group sets a limit. GPU: what its driver counts as free. None where nobody says.
std::optional<double> free_memory(at::Device device);

/// Processor time that control groups (version 1 or 2) grant per second, in processors; none without a
/// limit. `root` stands in for "/" in tests.
std::optional<double> processor_quota(const std::filesystem::path& root = "/");
/// free_memory() of the CPU.
std::optional<double> free_host_memory(const std::filesystem::path& root = "/");

}  // namespace tazuna
