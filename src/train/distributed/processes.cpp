// SPDX-License-Identifier: Apache-2.0
#include "train/distributed/processes.hpp"

#include <unistd.h>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <algorithm>
#include <charconv>
#include <map>

#include "core/error.hpp"
#include "core/text.hpp"
#include "train/distributed/rendezvous.hpp"
#include "train/distributed/socket_sum.hpp"

namespace tazuna {

namespace {

std::string machine_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

int64_t number_of(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

struct Processes::State {
  Met met;
  int on_this_machine = 1, exit_code = 0;
  std::map<std::string, std::unique_ptr<Collective>> collectives;  // by device; they use the links
};

Processes Processes::meet(const ProcessPlace& place, double limit) {
  Processes processes;
  if (place.count <= 1) return processes;
  processes.state_ = std::make_shared<State>();
  State& state = *processes.state_;
  state.met = meet_in_store(place, limit);
  const std::string own = machine_name();
  const std::vector<std::string> machines = processes.gather(own);
  state.on_this_machine = static_cast<int>(std::ranges::count(machines, own));
  for (size_t r = 0; r < machines.size(); ++r)
    state.met.links->name(static_cast<int>(r), cat("rank ", r, " (on ", machines[r], ")"));
  return processes;
}

int Processes::rank() const {
  return state_ ? state_->met.links->rank() : 0;
}

int Processes::count() const {
  return state_ ? state_->met.links->count() : 1;
}

int Processes::on_this_machine() const {
  return state_ ? state_->on_this_machine : 1;
}

std::vector<std::string> Processes::gather(std::string_view own) const {
  if (!state_) return {std::string(own)};
  Links& links = *state_->met.links;
  std::vector<std::string> texts(static_cast<size_t>(links.count()));
  const std::vector<Links::Message> messages(texts.size(), std::as_bytes(std::span(own)));
  links.exchange(messages, [&texts](int rank, uint64_t bytes) {
    std::string& text = texts[static_cast<size_t>(rank)];
    text.resize(bytes);
    return std::as_writable_bytes(std::span(text));
  });
  texts[static_cast<size_t>(links.rank())] = own;
  return texts;
}

int64_t Processes::first_says(int64_t own) const {
  return number_of(gather(std::to_string(own)).front());
}

bool Processes::first_says(bool own) const {
  return first_says(int64_t{own}) != 0;
}

int64_t Processes::least(int64_t own) const {
  int64_t least = own;
  for (const std::string& text : gather(std::to_string(own))) least = std::min(least, number_of(text));
  return least;
}

std::vector<int64_t> Processes::sums(const std::vector<int64_t>& own) const {
  if (!state_) return own;
  std::vector<int64_t> sums(own.size(), 0);
  for (const std::string& text : gather(join(own, " "))) {
    const std::vector<std::string> numbers = split_text(text, ' ');
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += number_of(numbers.at(i));
  }
  return sums;
}

void Processes::expect_same(const std::string& text, const std::string& what) const {
  if (!state_) return;
  const auto first = split_text(gather(text).front(), '\n'), own = split_text(text, '\n');
  for (size_t i = 0; i < std::max(first.size(), own.size()); ++i) {
    const std::string theirs = i < first.size() ? first[i] : "", ours = i < own.size() ? own[i] : "";
    if (theirs == ours) continue;
    throw refused(cat("rank ", rank(), " has another ", what, " than rank 0: '", trimmed(ours),
                      "' instead of '", trimmed(theirs),
                      "'; processes that were started together train one network"));
  }
}

Request Processes::agree(Request own, int exit_code) const {
  if (!state_) return own;
  Request strongest = own;
  for (const std::string& text : gather(cat(static_cast<int>(own), " ", exit_code))) {
    const std::vector<std::string> numbers = split_text(text, ' ');
    strongest = std::max(strongest, static_cast<Request>(number_of(numbers.at(0))));
    state_->exit_code = std::max(state_->exit_code, static_cast<int>(number_of(numbers.at(1))));
  }
  return strongest;
}

int Processes::exit_code() const {
  return state_ ? state_->exit_code : 0;
}

Collective& Processes::collective(at::Device device) const {
  if (!state_) throw Error("a process alone has nothing to sum with others");
  auto& collective = state_->collectives[device.str()];
  if (!collective) {
    collective = device.is_cpu() ? make_socket_sum(*state_->met.links)
                                 : make_nccl_sum(state_->met.store, rank(), count(), device);
  }
  return *collective;
}

void Processes::fail(const std::string& sentence) const noexcept {
  if (!state_) return;
  for (const auto& [device, collective] : state_->collectives) collective->abandon();
  state_->collectives.clear();
  // What another process said already needs no second name.
  state_->met.links->tell_failure(
      sentence.starts_with("rank ") ? sentence : cat("rank ", rank(), " has failed: ", sentence));
}

}  // namespace tazuna
