// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/interrupt.hpp"
#include "kernels/collective.hpp"
#include "train/distributed/place.hpp"

namespace tazuna {

/// The processes that train one network together, as one of them sees them; a handle, copies are the same.
/// Whatever is asked of all is asked by all, in the same order; it throws an Error where another process has
/// ended, with that one's sentence if it left one.
class Processes {
 public:
  /// A process alone.
  Processes() = default;
  /// Meets the others; an Error after `limit` seconds that names those who did not come.
  static Processes meet(const ProcessPlace& place, double limit);

  int rank() const;
  int count() const;
  /// Rank 0 writes all files but those of the cache.
  bool writes() const { return rank() == 0; }
  /// How many of them run on this machine.
  int on_this_machine() const;

  /// Everybody's text, by rank.
  std::vector<std::string> gather(std::string_view own) const;
  /// Waits until all have come here.
  void meet_here() const { gather(""); }
  /// What rank 0 says.
  bool first_says(bool own) const;
  int64_t first_says(int64_t own) const;
  /// The least of all numbers.
  int64_t least(int64_t own) const;
  /// Sums of each number over all.
  std::vector<int64_t> sums(const std::vector<int64_t>& own) const;
  /// Refuses texts that differ from rank 0's; the sentence shows the first line that differs. `what` names
  /// them: "the configuration".
  void expect_same(const std::string& text, const std::string& what) const;
  /// The strongest request made of any process; a stop also sets exit_code().
  Request agree(Request own, int exit_code) const;
  /// Of the stop that was agreed on, as Interrupts::exit_code(); 0 without one.
  int exit_code() const;

  /// Sums tensors of `device` over all; made at the first call. Between begin_sum() and finish() nothing else
  /// is asked of the processes.
  Collective& collective(at::Device device) const;

  /// Tells all others why this process ends.
  void fail(const std::string& sentence) const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;  // none: alone
};

}  // namespace tazuna
