// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/files.hpp"

namespace tazuna {

/// One tensor's place in a safetensors file.
struct SafetensorsEntry {
  std::string dtype;  ///< "F32", "BF16", "I64", …
  std::vector<int64_t> shape;
  size_t begin = 0, end = 0;  ///< bytes from the start of the data section
};
struct SafetensorsHeader {
  std::map<std::string, SafetensorsEntry> tensors;
  std::map<std::string, std::string> metadata;
  size_t data_begin = 0;  ///< bytes from the start of the file
};

/// Bytes of one element of a safetensors dtype; 0 for a name the format does not know.
size_t safetensors_element_bytes(const std::string& dtype);

/// Checks and reads a header without LibTorch: length, JSON, shapes against offsets, no overlap, no gap,
/// whole file covered. Anything else is an Error (refused).
SafetensorsHeader read_safetensors_header(std::span<const std::byte> file);
/// The header bytes (8-byte length + JSON padded with spaces to a multiple of 8) for tensors laid out in
/// order.
Bytes safetensors_header(const std::vector<std::pair<std::string, SafetensorsEntry>>& tensors,
                         const std::map<std::string, std::string>& metadata);

}  // namespace tazuna
