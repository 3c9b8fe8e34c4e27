// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace tazuna {

/// Whether an exception says that memory ran out, on the CPU or on a GPU.
bool is_out_of_memory(const std::exception& error);

/// The sentence of any exception that a case can cause; where memory ran out, `remedy` says what helps.
std::string sentence_of(const std::exception& error, std::string_view remedy);

/// What helps where memory ran out in a training, in a prediction, and where label maps are scored.
inline constexpr std::string_view memory_for_training =
    "make train.patch or train.batch smaller, or lower train.memory_gb and plan anew";
inline constexpr std::string_view memory_for_predicting =
    "leave --probabilities out, choose --device cpu where a GPU is too small, or predict where more is free";
inline constexpr std::string_view memory_for_scoring =
    "every core scores a case of its own; score on fewer cores, for example by taskset -c 0, or where more "
    "is free";

}  // namespace tazuna
