// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace tazuna {

/// A JSON file as a tree whose objects keep their order. Refuses a file that cannot be read, is not JSON (the
/// sentence names line and column) or repeats a key of an object.
nlohmann::ordered_json read_json(const std::filesystem::path& file);

/// What a JSON value is, in words: "a text", "a list", "nothing (null)".
std::string_view kind_of_json(const nlohmann::ordered_json& value);

}  // namespace tazuna
