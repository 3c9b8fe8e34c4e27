// SPDX-License-Identifier: Apache-2.0
#include "data/cache.hpp"

#include <unistd.h>

#include <atomic>
#include <mutex>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "core/problems.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/cache_entry.hpp"
#include "data/digests.hpp"
#include "data/sidecar.hpp"
#include "data/worker_threads.hpp"

namespace tazuna {

struct Cache::State {
  std::filesystem::path folder;
  Preparation preparation;
  std::vector<std::string> maps;
  Digests digests;
  mutable std::mutex mutex;
  std::map<std::string, Sample> opened;  // by case id
  CacheCounts counts;

  std::string key_of(const Subject& subject) {
    std::string inputs;
    const auto add = [&](const char* role, const std::map<std::string, ImageRef>& refs,
                         const std::string& name) {
      const auto found = refs.find(name);
      if (found == refs.end()) return;
      inputs += cat(role, " ", name, " ", digests.of(found->second.file), found->second.part(), "\n");
    };
    // One file may hold the slices of several cases.
    const auto slice = subject.values.find(preparation.slice_column);
    if (!preparation.slice_column.empty() && slice != subject.values.end())
      inputs += cat("slice ", slice->second, "\n");
    for (const std::string& sequence : preparation.sequences) {
      add("image", subject.images, sequence);
      if (preparation.frame_seconds > 0 && subject.images.contains(sequence)) {
        const auto seconds = sidecar_repetition_time(subject.images.at(sequence).file);
        inputs += cat("seconds ", number_text(seconds.value_or(0)), "\n");
      }
    }
    for (const std::string& selector : maps) add("map", subject.maps, selector);
    return entry_key(preparation, inputs);
  }

  std::optional<Sample> found(const std::string& key, bool& damaged) {
    std::optional<Sample> sample = open_entry(folder, key, damaged);
    const std::lock_guard lock(mutex);
    counts.opened += sample.has_value();
    return sample;
  }

  Sample made(const std::shared_ptr<const Subject>& subject, const std::string& key) {
    const FileLock alone(folder / "locks" / key);
    bool damaged = false;
    if (auto sample = found(key, damaged)) return std::move(*sample);  // another process was faster
    write_entry(folder, key, prepare(subject, preparation, maps));
    {
      const std::lock_guard lock(mutex);
      ++counts.prepared;
      counts.damaged += damaged;
    }
    if (auto sample = found(key, damaged)) return std::move(*sample);
    throw Error(cat(subject->id, ": ", folder.string(),
                    " does not keep what is written to it; choose another data.cache"));
  }
};

Cache::Cache(std::filesystem::path folder, Preparation preparation, std::vector<std::string> maps)
    : state_(new State{
          folder, std::move(preparation), std::move(maps), Digests(folder / "digests.json"), {}, {}, {}}) {
  std::sort(state_->maps.begin(), state_->maps.end());
}

Cache::~Cache() = default;

Sample Cache::sample(const std::shared_ptr<const Subject>& subject) {
  {
    const std::lock_guard lock(state_->mutex);
    if (const auto found = state_->opened.find(subject->id); found != state_->opened.end())
      return found->second;
  }
  const std::string key = within(subject->id, [&] { return state_->key_of(*subject); });
  bool damaged = false;
  auto found = state_->found(key, damaged);
  Sample sample = found ? std::move(*found) : state_->made(subject, key);
  sample.subject = subject;
  const std::lock_guard lock(state_->mutex);
  return state_->opened.emplace(subject->id, std::move(sample)).first->second;
}

void Cache::fill(const std::vector<std::shared_ptr<const Subject>>& subjects, int threads, Log& log) {
  const size_t count = subjects.size();
  if (count == 0) return;
  Progress progress(log, "preparing", "cases", static_cast<int64_t>(count));
  std::atomic<size_t> next{0};
  std::vector<std::string> failures(count);
  std::atomic<bool> all_refused{true};  // bad input, and not a full disk
  // Processes that fill one folder at once begin at different places and meet each other's finished entries.
  const size_t offset = static_cast<size_t>(::getpid()) * 7919 % count;
  {
    const WorkerThreads workers(threads, [&] {
      for (size_t i; !stop_asked() && (i = next++) < count;) {
        const size_t index = (i + offset) % count;
        try {
          sample(subjects[index]);
        } catch (const std::exception& error) {
          failures[index] = error.what();
          const auto* own = dynamic_cast<const Error*>(&error);
          if (own == nullptr || own->fault() != Fault::refused) all_refused = false;
        }
        progress.advance();
      }
    });
  }
  state_->digests.save();
  stop_if_asked();
  Problems problems;
  for (size_t i = 0; i < count; ++i) {
    const std::string prefix = subjects[i]->id + ": ";
    if (!failures[i].empty())
      problems.add(subjects[i]->id,
                   failures[i].starts_with(prefix) ? failures[i].substr(prefix.size()) : failures[i]);
  }
  problems.throw_if_any(all_refused ? Fault::refused : Fault::failed);
}

CacheCounts Cache::counts() const {
  const std::lock_guard lock(state_->mutex);
  CacheCounts counts = state_->counts;
  counts.digested = state_->digests.files_read();
  return counts;
}

}  // namespace tazuna
