// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tasks/task.hpp"

namespace tazuna {

/// Collects the answers to a subject task beside the true values of `column`; value(): that of `value` over
/// them.
std::unique_ptr<Score> make_answer_score(std::string column, std::string value_name,
                                         std::function<double(std::span<const AnsweredCase>)> value);

}  // namespace tazuna
