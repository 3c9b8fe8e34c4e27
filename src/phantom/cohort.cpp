// SPDX-License-Identifier: Apache-2.0
#include "phantom/cohort.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "kernels/machine.hpp"
#include "phantom/cohort_plan.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_threads = 2;

/// Runs `work` for 0..count-1 in a few threads until all are done, one throws (which is thrown again here) or
/// `stop` says so. True if all are done.
bool for_each_person(size_t count, const std::function<bool()>& stop,
                     const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::atomic<bool> halted{false};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto run = [&] {
    for (size_t i; !halted && (i = next++) < count;) {
      try {
        if (stop()) {
          halted = true;
        } else {
          work(i);
        }
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        halted = true;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    const size_t cores = static_cast<size_t>(usable_cores());
    while (threads.size() < std::min({most_threads, cores, count})) threads.emplace_back(run);
  }
  if (failure) std::rethrow_exception(failure);
  return !halted;
}

/// What is wrong with a cohort that was begun here and not finished; empty for any other folder.
std::string unfinished(const fs::path& out) {
  if (fs::exists(out / "derivatives" / "truth") && !fs::exists(out / "dataset_description.json"))
    return "it has no dataset_description.json";
  if (fs::exists(out / "images") && fs::exists(out / "masks") && !fs::exists(out / "samples.tsv"))
    return "it has no samples.tsv";
  return "";
}

void expect_new(const fs::path& out) {
  if (absent_or_empty(out)) return;
  if (!fs::is_directory(out)) throw refused(cat(out.string(), " is a file; --out needs a folder"));
  const std::string lacking = unfinished(out);
  throw refused(cat(out.string(), " is not empty",
                    lacking.empty() ? ";"
                                    : cat(" (a phantom cohort that was not finished: ", lacking,
                                          "); remove it and run again, or"),
                    " choose a new or empty folder for --out"));
}

CohortPlan plan_of(const PhantomOptions& options, const fs::path& out) {
  if (options.kind == "slice") return plan_slices(options, out);
  if (options.kind == "series") return plan_series(options, out);
  return plan_structural(options, out);
}

}  // namespace

bool write_phantom(const PhantomOptions& options, const fs::path& out, Log& log, Interrupts& interrupts) {
  check(options);
  expect_new(out);
  const CohortPlan plan = plan_of(options, out);
  {
    Progress progress(log, "phantom", "subjects", options.subjects);
    const auto stop = [&] { return interrupts.pending() == Request::stop; };
    const bool all = for_each_person(plan.people.size(), stop, [&](size_t i) {
      within(plan.people[i].id, [&] { plan.write_person(plan.people[i]); });
      progress.advance();
    });
    if (!all) return false;
  }
  plan.write_tables();
  return true;
}

}  // namespace tazuna
