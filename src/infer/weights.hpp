// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/files.hpp"
#include "core/tensor.hpp"

namespace tazuna {

using NamedTensors = std::map<std::string, Tensor>;

/// A safetensors file as CPU tensors and back (in an order of its own, so that equal tensors give equal
/// bytes).
NamedTensors read_safetensors(const std::filesystem::path& file,
                              std::map<std::string, std::string>* metadata = nullptr);
Bytes safetensors_bytes(const NamedTensors& tensors, const std::map<std::string, std::string>& metadata = {});

}  // namespace tazuna
