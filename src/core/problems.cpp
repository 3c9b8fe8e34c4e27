// SPDX-License-Identifier: Apache-2.0
#include "core/problems.hpp"

#include <utility>

namespace tazuna {

void Problems::add(std::string where, std::string sentence) {
  list_.push_back({std::move(where), std::move(sentence)});
}

void Problems::throw_if_any(Fault fault) const {
  if (list_.empty()) return;
  std::string text;
  for (const Problem& problem : list_) {
    if (!text.empty()) text += '\n';
    text += problem.where.empty() ? problem.sentence : problem.where + ": " + problem.sentence;
  }
  throw Error(text, fault);
}

}  // namespace tazuna
