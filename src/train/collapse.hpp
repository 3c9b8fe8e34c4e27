// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tasks/task.hpp"

namespace tazuna {

/// Watches the answers of tasks that name one of several classes for the two ways in which a head gives up:
/// over three validations it answers every case alike although the truths differ, or its mean cross-entropy
/// stays within 3 % of ln K, that of answering by chance, without moving. Fewer than five cases with a known
/// truth say nothing.
class CollapseWatch {
 public:
  /// The next validation's cases of `task`; other answers than ClassShares are passed over. What is wrong and
  /// what to try, once a task.
  std::optional<std::string> add(const std::string& task, std::span<const AnsweredCase> cases);

 private:
  /// What a validation showed.
  struct Look {
    std::string only;  ///< the one answer given to all cases; empty: there were several
    double cross_entropy = 0, chance = 0;
  };
  static std::optional<Look> look_at(std::span<const AnsweredCase> cases);
  std::map<std::string, std::vector<Look>> looks_;
  std::set<std::string> warned_;
};

}  // namespace tazuna
