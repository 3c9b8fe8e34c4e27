// SPDX-License-Identifier: Apache-2.0
#include "data/reading_threads.hpp"

#include <algorithm>
#include <filesystem>

#include "image/extent.hpp"

namespace tazuna {
namespace {

constexpr size_t most_looked_at = 20;  // cases, since opening all files of a cohort takes a while
constexpr double copies = 4;           // of a case's images as float32, while it is read and prepared

/// Calls measure(file) for a case's images and adds up.
template <class Measure>
double sum_over(const Subject& subject, const std::vector<std::string>& sequences, const Measure& measure) {
  double sum = 0;
  for (const std::string& sequence : sequences)
    if (const auto found = subject.images.find(sequence); found != subject.images.end())
      sum += measure(found->second.file) / static_cast<double>(found->second.channels);
  return sum;
}

}  // namespace

int reading_threads(const std::vector<Subject>& subjects, const std::vector<std::string>& sequences,
                    int cores, std::optional<double> free) {
  if (cores <= 1 || !free) return std::max(cores, 1);
  std::vector<std::pair<double, const Subject*>> by_files;
  for (const Subject& subject : subjects)
    by_files.emplace_back(sum_over(subject, sequences, file_bytes_of), &subject);
  const size_t looked_at = std::min(most_looked_at, by_files.size());
  std::partial_sort(by_files.begin(), by_files.begin() + static_cast<std::ptrdiff_t>(looked_at),
                    by_files.end(), std::greater<>());
  double largest = 1;
  for (size_t i = 0; i < looked_at; ++i)
    largest = std::max(largest, sum_over(*by_files[i].second, sequences, float_bytes_of));
  return static_cast<int>(std::clamp(*free / (copies * largest), 1., static_cast<double>(cores)));
}

}  // namespace tazuna
