// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/demanded.hpp"

namespace tazuna {

/// The folder of a public dataset under TAZUNA_DATA. Nothing where it is missing: a message, or a failure
/// with TAZUNA_REQUIRE_DATA=1.
inline std::optional<std::filesystem::path> dataset(const std::string& name) {
  const char* root = std::getenv("TAZUNA_DATA");
  if (root && std::filesystem::is_directory(std::filesystem::path(root) / name))
    return std::filesystem::path(root) / name;
  skip_unless_demanded("there is no " + name + " under TAZUNA_DATA", "TAZUNA_REQUIRE_DATA");
  return std::nullopt;
}

/// Both labels of hippocampi of 200 people, from the Medical Segmentation Decathlon.
inline std::optional<std::filesystem::path> hippocampi() {
  return dataset("Task04_Hippocampus");
}

}  // namespace tazuna
