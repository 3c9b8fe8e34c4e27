// SPDX-License-Identifier: Apache-2.0
#include "data/inner_split.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/text.hpp"
#include "data/split_persons.hpp"

namespace tazuna {

Fold inner_split(const std::vector<Subject>& training, const SplitOptions& outer, double share,
                 int64_t seed) {
  KFoldOptions inner{.seed = seed};
  std::visit(
      [&inner](const auto& one) {
        if constexpr (requires { one.person; }) inner.person = one.person;
        if constexpr (requires { one.stratify; }) {
          inner.stratify = one.stratify;
        } else if constexpr (requires { one.column; }) {
          inner.stratify = {one.column};
        }
      },
      outer);
  std::set<std::string> persons;
  for (const auto& [id, person] : person_of_cases(training, inner.person)) persons.insert(person);
  const auto count = static_cast<int64_t>(persons.size());
  if (count < 2)
    throw refused(cat("train.select: inner: ", count, " person trains, but at least two are needed, ",
                      "one to learn from and one to choose the weights by"));
  const auto wanted = std::clamp<int64_t>(std::llround(share * static_cast<double>(count)), 1, count / 2);
  inner.folds = (count + wanted - 1) / wanted;
  return split(training, inner).front();
}

}  // namespace tazuna
