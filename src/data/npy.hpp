// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "core/files.hpp"
#include "core/tensor.hpp"

namespace tazuna {

/// A tensor as the bytes of a .npy file (NumPy format 1.0, C order): float32, int16 or bool.
Bytes npy_bytes(const Tensor& tensor);

/// A .npy file of ours as a tensor over its mapped bytes, which live as long as the tensor. Read-only:
/// writing into it ends the program. Refuses anything that npy_bytes would not have written.
Tensor mapped_npy(std::shared_ptr<const MappedFile> file);

}  // namespace tazuna
