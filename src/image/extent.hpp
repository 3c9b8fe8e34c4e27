// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace tazuna {

/// Bytes of the files that an image consists of; 0 for one that cannot be found.
double file_bytes_of(const std::filesystem::path& image);

/// How many volumes a NIfTI's header says it holds; 1 for other images and a header that cannot be read.
int64_t volumes_of(const std::filesystem::path& image);

/// Bytes that an image's voxels take as float32: of NIfTI what the header says, of others, and of a header
/// that cannot be read, as if every byte of the files were a voxel.
double float_bytes_of(const std::filesystem::path& image);

}  // namespace tazuna
