// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/problems.hpp"
#include "data/subject.hpp"
#include "data/value_words.hpp"

namespace tazuna {

/// A case's value in a column, without blanks around it; nothing where it is missing, empty or "n/a". Other
/// words that say so are left out where cohorts are read (data/cohorts/found.hpp, cell_value()), which know
/// those that a task declares.
std::optional<std::string> value_in(const Subject& subject, const std::string& column);

/// The different values of a column, sorted as numbers if all are numbers, else as texts. Texts of one number
/// (1 and 1.0) count once.
std::vector<std::string> values_found(std::span<const Subject> subjects, const std::string& column);

/// "age of sub-03 is 'old', DEMAND".
std::string value_text(const Subject& subject, const std::string& column, const std::string& value,
                       const std::string& demand);
/// One problem for all values of a column that do not fit: the first as value_text(), and how many more there
/// are.
void expect_values(std::span<const Subject> subjects, const std::string& column,
                   const std::function<bool(const std::string&)>& fits, const std::string& demand,
                   const std::string& where, Problems& problems);

}  // namespace tazuna
