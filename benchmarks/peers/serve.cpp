// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/peers/serve.hpp"

#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

namespace tazuna::benchmarks {

namespace {

// A field of /proc/self/status in MB: VmRSS, VmHWM.
double status_megabytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
  return 0;
}

// Linux forgets the greatest resident size (proc(5)).
void forget_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

}  // namespace

void serve(const Work& work) {
  const double held = status_megabytes("VmRSS");
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    forget_peak();
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t ticks = std::clock();
    work.once();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    const double cpu = static_cast<double>(std::clock() - ticks) / CLOCKS_PER_SEC;
    const auto pieces = static_cast<double>(work.pieces);
    nlohmann::json answer{{"seconds", spent.count() / pieces},
                          {"cpu_seconds", cpu / pieces},
                          {"peak_mb", status_megabytes("VmHWM") - held}};
    answer["values"] = work.values ? work.values() : nlohmann::json::object();
    std::cout << answer.dump() << std::endl;
  }
}

}  // namespace tazuna::benchmarks
