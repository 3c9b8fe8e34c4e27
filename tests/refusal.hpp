// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {

/// The sentence with which `work` refuses its input, "" if it does not.
template <class Work>
std::string refusal_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    DOCTEST_CHECK(error.fault() == Fault::refused);
    return error.what();
  }
  return "";
}

inline bool says(std::string_view sentence, std::string_view part) {
  return sentence.find(part) != std::string_view::npos;
}

}  // namespace tazuna
