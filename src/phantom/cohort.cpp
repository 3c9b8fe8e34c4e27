// SPDX-License-Identifier: Apache-2.0
#include "phantom/cohort.hpp"

#include <ATen/ATen.h>

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
#include "image/volume.hpp"
#include "phantom/cohort_tables.hpp"
#include "phantom/structural.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_threads = 2;

void write_subject(const StructuralPhantom& phantom, const Preset& preset, const Person& person,
                   const fs::path& out) {
  const Geometry& grid = phantom.painted.geometry;
  const fs::path subject = out / person.id;
  for (size_t i = 0; i < preset.sequences.size(); ++i) {
    if (!person.has[i]) continue;
    const Sequence& sequence = preset.sequences[i];
    const std::string name = cat(person.id, "_", sequence.name);
    write_image(subject / sequence.folder / (name + ".nii.gz"), phantom.images[i], grid, {});
    if (sequence.name == "dwi") {
      write_atomically(subject / sequence.folder / (name + ".bval"), "1000\n");
      write_atomically(subject / sequence.folder / (name + ".bvec"), "0\n0\n0\n");  // mean of all directions
    }
  }
  const fs::path truth = out / "derivatives" / "truth" / person.id / "anat";
  write_labels(truth / cat(person.id, "_dseg.nii.gz"), label_map(phantom.painted), grid, {});
  if (preset.lesions) {
    write_labels(truth / cat(person.id, "_label-lesion_mask.nii.gz"), lesion_mask(phantom.painted), grid, {});
  }
}

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
    const size_t cores = std::max<size_t>(1, std::thread::hardware_concurrency());
    while (threads.size() < std::min({most_threads, cores, count})) threads.emplace_back(run);
  }
  if (failure) std::rethrow_exception(failure);
  return !halted;
}

void expect_new(const fs::path& out) {
  if (absent_or_empty(out)) return;
  if (!fs::is_directory(out)) throw refused(cat(out.string(), " is a file; --out needs a folder"));
  const bool unfinished =
      fs::exists(out / "derivatives" / "truth") && !fs::exists(out / "dataset_description.json");
  throw refused(cat(out.string(), " is not empty",
                    unfinished ? " (a phantom cohort that was not finished: it has no "
                                 "dataset_description.json); remove it and run again, or"
                               : ";",
                    " choose a new or empty folder for --out"));
}

}  // namespace

bool write_phantom(const PhantomOptions& options, const fs::path& out, Log& log, Interrupts& interrupts) {
  check(options);
  expect_new(out);
  const Preset preset = preset_of(options.like, options.field);
  const auto shapes = options.shapes.empty() ? std::vector<LabelPair>() : read_label_pairs(options.shapes);
  const auto people = draw_people(options, preset);
  {
    Progress progress(log, "phantom", "subjects", options.subjects);
    const auto stop = [&] { return interrupts.pending() == Request::stop; };
    const bool all = for_each_person(people.size(), stop, [&](size_t i) {
      within(people[i].id, [&] {
        write_subject(make_structural(options, preset, people[i], shapes), preset, people[i], out);
      });
      progress.advance();
    });
    if (!all) return false;
  }
  write_cohort_tables(options, preset, people, out);
  return true;
}

}  // namespace tazuna
