// SPDX-License-Identifier: Apache-2.0
#include "train/profile.hpp"

#include <ATen/record_function.h>
#include <c10/core/Event.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>

#include "core/files.hpp"
#include "core/text.hpp"
#include "train/chrome_trace.hpp"
#include "train/step_parts.hpp"
#include "train/time_table.hpp"

namespace tazuna {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t operator_steps = 2;
constexpr size_t most_traced = 300'000;  // some 40 MB of trace.json

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

// An event that the device passes when it has done what was asked of it before; none on the CPU.
std::optional<c10::Event> mark(at::Device device) {
  if (device.is_cpu()) return std::nullopt;
  std::optional<c10::Event> event(std::in_place, device.type(), c10::EventFlag::BACKEND_DEFAULT);
  event->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  return event;
}

struct Stretch {
  Clock::time_point begin = {}, end = {};
  std::optional<c10::Event> device_begin = {}, device_end = {};

  double seconds() const { return seconds_between(begin, end); }
  double device_seconds() const { return device_begin->elapsedTime(*device_end) / 1e3; }
};

// A part of a step on the training thread.
struct Part {
  size_t part;
  int64_t step, outer;  // as in PartSpan
  Stretch stretch = {};
};

struct Traced {
  std::string name;
  const char* category;
  uint64_t thread;
  Clock::time_point begin, end;
};

// What a span that has begun hands on to its end.
struct Open : at::ObserverContext {
  Clock::time_point begin;
  int64_t part = -1;  // its place in the list of parts
  bool traced = false;
};

}  // namespace

class Profile::Recorder {
 public:
  Recorder(int64_t steps, at::Device device)
      : wanted_(steps), device_(device), training_thread_(at::RecordFunction::currentThreadId()) {
    origin_.device_begin = mark(device_);
    origin_.begin = Clock::now();
    listening_ = this;
    spans_handle_ = at::addGlobalCallback(
        at::RecordFunctionCallback(started, ended).scopes({at::RecordScope::USER_SCOPE}));
  }
  ~Recorder() {
    listen_to_operators(false);
    at::removeCallback(spans_handle_);
    listening_ = nullptr;
  }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void begin_step() {
    ++begun_;
    listen_to_operators(begun_ > warmup - operator_steps && begun_ <= warmup);
    tracing_ = begun_ > warmup - operator_steps && begun_ <= warmup + wanted_;
    measuring_ = begun_ > warmup && begun_ <= warmup + wanted_;
    if (!measuring_) return;
    Stretch& step = steps_.emplace_back();
    step.device_begin = mark(device_);
    step.begin = Clock::now();
  }

  void end_step() {
    if (!measuring_) return;
    steps_.back().end = Clock::now();
    steps_.back().device_end = mark(device_);
  }

  size_t measured() const { return steps_.size(); }
  bool on_cpu() const { return device_.is_cpu(); }
  bool trace_is_whole() const { return traced_.size() < most_traced; }

  /// By the host's clock, or between the device's events.
  std::vector<PartTime> times(bool of_device) const {
    if (of_device) mark(device_)->synchronize();
    const auto seconds = [of_device](const Stretch& stretch) {
      return of_device ? stretch.device_seconds() : stretch.seconds();
    };
    std::vector<double> steps;
    for (const Stretch& step : steps_) steps.push_back(seconds(step));
    std::vector<PartSpan> spans;
    for (const Part& one : parts_) spans.push_back({one.part, one.step, one.outer, seconds(one.stretch)});
    return part_times(steps, spans);
  }

  std::string trace() const {
    std::vector<std::string> lanes{"training"};
    std::map<uint64_t, size_t> lane_of{{training_thread_, 0}};
    std::vector<TracedSpan> spans;
    for (size_t k = 0; k < steps_.size(); ++k) {
      spans.push_back({cat("step ", k + 1), "step", 0, seconds_between(origin_.begin, steps_[k].begin),
                       steps_[k].seconds()});
    }
    const std::lock_guard lock(mutex_);
    for (const Traced& one : traced_) {
      const auto [lane, is_new] = lane_of.try_emplace(one.thread, lanes.size());
      if (is_new) lanes.push_back(cat("worker ", lanes.size()));
      spans.push_back({one.name, one.category, lane->second, seconds_between(origin_.begin, one.begin),
                       seconds_between(one.begin, one.end)});
    }
    if (!on_cpu()) add_device_lane(lanes, spans);
    return chrome_trace(lanes, spans);
  }

 private:
  static std::unique_ptr<at::ObserverContext> started(const at::RecordFunction& function) {
    Recorder* const recorder = listening_;
    return recorder ? recorder->begin(function) : nullptr;
  }
  static void ended(const at::RecordFunction& function, at::ObserverContext* open) {
    Recorder* const recorder = listening_;
    if (recorder && open) recorder->end(function, static_cast<Open&>(*open));
  }

  std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
    std::optional<size_t> part;
    if (function.scope() == at::RecordScope::USER_SCOPE && function.threadId() == training_thread_) {
      const auto found = std::ranges::find(step_part::all, std::string_view(function.name()));
      if (found != step_part::all.end()) part = static_cast<size_t>(found - step_part::all.begin());
    }
    const bool counts = part && (measuring_ || step_part::all[*part] == step_part::validation);
    if (!counts && !tracing_) return nullptr;
    auto open = std::make_unique<Open>();
    open->traced = tracing_;
    if (counts) {
      open->part = std::ssize(parts_);
      const int64_t step = measuring_ ? std::ssize(steps_) - 1 : -1;
      parts_.push_back({*part, step, open_parts_.empty() ? -1 : open_parts_.back()});
      parts_.back().stretch.device_begin = mark(device_);
      open_parts_.push_back(open->part);
    }
    open->begin = Clock::now();
    return open;
  }

  void end(const at::RecordFunction& function, const Open& open) {
    const auto now = Clock::now();
    if (open.part >= 0) {
      Stretch& stretch = parts_[static_cast<size_t>(open.part)].stretch;
      stretch.begin = open.begin;
      stretch.end = now;
      stretch.device_end = mark(device_);
      open_parts_.pop_back();
    }
    if (!open.traced) return;
    const bool of_ours = function.scope() == at::RecordScope::USER_SCOPE;
    const std::lock_guard lock(mutex_);
    if (traced_.size() < most_traced)
      traced_.push_back(
          {function.name(), of_ours ? "work" : "operator", function.threadId(), open.begin, now});
  }

  // Thread-local, so that the loader's threads stay as fast as they are; the backward pass takes it along.
  void listen_to_operators(bool wanted) {
    if (wanted == operators_handle_.has_value()) return;
    if (wanted) {
      operators_handle_ = at::addThreadLocalCallback(
          at::RecordFunctionCallback(started, ended)
              .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
    } else {
      at::removeCallback(*operators_handle_);
      operators_handle_.reset();
    }
  }

  void add_device_lane(std::vector<std::string>& lanes, std::vector<TracedSpan>& spans) const {
    const auto add = [&](const std::string& name, const Stretch& stretch) {
      const double begin = origin_.device_begin->elapsedTime(*stretch.device_begin) / 1e3;
      spans.push_back({name, "device", lanes.size(), begin, stretch.device_seconds()});
    };
    for (size_t k = 0; k < steps_.size(); ++k) add(cat("step ", k + 1), steps_[k]);
    for (const Part& one : parts_)
      if (one.step >= 0) add(std::string(step_part::all[one.part]), one.stretch);
    lanes.push_back(device_.str());
  }

  inline static std::atomic<Recorder*> listening_ = nullptr;

  const int64_t wanted_;
  const at::Device device_;
  const uint64_t training_thread_;
  at::CallbackHandle spans_handle_;
  std::optional<at::CallbackHandle> operators_handle_;
  Stretch origin_;
  int64_t begun_ = 0;
  std::atomic<bool> tracing_ = false;
  // Of the training thread alone.
  bool measuring_ = false;
  std::vector<Stretch> steps_;
  std::vector<Part> parts_;
  std::vector<int64_t> open_parts_;
  mutable std::mutex mutex_;  // for what follows
  std::vector<Traced> traced_;
};

Profile::Profile(int64_t steps, at::Device device) : recorder_(std::make_unique<Recorder>(steps, device)) {}
Profile::~Profile() = default;

Profile::InStep::InStep(Profile* profile) : profile_(profile) {
  if (profile_) profile_->recorder_->begin_step();
}
Profile::InStep::~InStep() {
  if (profile_) profile_->recorder_->end_step();
}

void Profile::write(const std::filesystem::path& folder, Log& log) const {
  const Recorder& recorder = *recorder_;
  if (recorder.measured() == 0) {
    log.warn(cat("--profile: the run ended before a step was measured; the first ", warmup, " are not"));
    return;
  }
  std::vector<PartTime> times = recorder.times(/*of_device=*/false);
  Table table = empty_time_table();
  add_part_times(table, "host", times);
  if (!recorder.on_cpu()) {
    times = recorder.times(/*of_device=*/true);
    add_part_times(table, "device", times);
  }
  const auto trace = folder / "trace.json";
  write_atomically(folder / "profile.tsv", table.tsv());
  write_atomically(trace, recorder.trace());
  log.info(cat("profile of ", recorder.measured(), " steps after ", warmup, " others, by the ",
               recorder.on_cpu() ? "host's clock" : "GPU's clock", "\n", time_text(times), "  ",
               trace.string(), recorder.trace_is_whole() ? "" : cat(" (the first ", most_traced, " spans)"),
               " shows them in Perfetto or chrome://tracing"));
}

}  // namespace tazuna
