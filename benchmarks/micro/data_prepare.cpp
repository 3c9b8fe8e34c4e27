// SPDX-License-Identifier: Apache-2.0
// From files to the working grid: one head that is resampled, and small cases that fill a cache.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "benchmarks/micro/data_scene.hpp"
#include "core/text.hpp"
#include "data/cache.hpp"
#include "data/case_prints.hpp"
#include "data/fingerprint.hpp"

namespace tazuna::benchmarks {
namespace {

/// A case of one sequence "T1w" and one map "label" on 1 mm voxels.
std::shared_ptr<const Subject> written_case(const std::string& id, const std::array<int64_t, 3>& size) {
  auto subject = std::make_shared<Subject>();
  subject->id = subject->person = id;
  subject->images["T1w"].file = scratch_folder() / (id + "_T1w.nii.gz");
  subject->maps["label"].file = scratch_folder() / (id + "_label.nii.gz");
  Geometry grid;
  grid.size = size;
  const Tensor voxels = head(size, true)[0];
  write_labels(subject->images["T1w"].file, voxels.to(at::kShort), grid, {});
  write_labels(subject->maps["label"].file, voxels.gt(650).to(at::kByte), grid, {});
  return subject;
}

Preparation to_spacing(double spacing) {
  Preparation preparation;
  preparation.sequences = {"T1w"};
  preparation.spacing = {spacing, spacing, spacing};
  preparation.normalisation.resize(1);
  return preparation;
}

void prepare_head(benchmark::State& state) {
  at::set_num_threads(1);
  const auto subject = written_case("head", {160, 192, 160});
  const Preparation preparation = to_spacing(1.2);
  for (auto _ : state) benchmark::DoNotOptimize(prepare(subject, preparation, {"label"}));
}
BENCHMARK(prepare_head)->Unit(benchmark::kMillisecond)->UseRealTime();

std::vector<Subject> small_cohort() {
  std::vector<Subject> subjects;
  for (int64_t i = 0; i < 20; ++i) subjects.push_back(*written_case(cat("small", i), {35, 51, 36 + i % 3}));
  return subjects;
}

void fingerprint_small_cases(benchmark::State& state) {
  const std::vector<Subject> subjects = small_cohort();
  Log log(Verbosity::quiet);
  for (auto _ : state) {
    Problems problems;
    CasePrints none;  // so that every case is read
    benchmark::DoNotOptimize(
        take_fingerprint(subjects, {.sequences = {"T1w"}, .maps = {"label"}}, 1, none, log, problems));
  }
  state.SetItemsProcessed(state.iterations() * std::ssize(subjects));
}
BENCHMARK(fingerprint_small_cases)->Unit(benchmark::kMillisecond)->UseRealTime();

void fill_cache_with_small_cases(benchmark::State& state) {
  std::vector<std::shared_ptr<const Subject>> subjects;
  for (const Subject& subject : small_cohort()) subjects.push_back(std::make_shared<Subject>(subject));
  Log log(Verbosity::quiet);
  int64_t number = 0;
  for (auto _ : state) {
    Cache cache(scratch_folder() / cat("cache", number++), to_spacing(1), {"label"});
    cache.fill(subjects, static_cast<int>(state.range(0)), log);
  }
  state.SetItemsProcessed(state.iterations() * std::ssize(subjects));
}
BENCHMARK(fill_cache_with_small_cases)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace tazuna::benchmarks
