// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"

namespace tazuna {

/// One thing that is wrong, and where: a key path of the configuration ("train.patch"), a case or a file.
struct Problem {
  std::string where;
  std::string sentence;
};

/// Collects everything that is wrong so that it can be reported in one go.
class Problems {
 public:
  void add(std::string where, std::string sentence);
  bool empty() const { return list_.empty(); }
  const std::vector<Problem>& list() const { return list_; }
  /// Throws one Error with a line per problem ("where: sentence"), in the order of adding; nothing if empty.
  void throw_if_any(Fault fault = Fault::refused) const;

 private:
  std::vector<Problem> list_;
};

}  // namespace tazuna
