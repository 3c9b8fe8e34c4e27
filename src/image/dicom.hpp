// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

namespace tazuna {

/// True for a file that bears DICOM's mark (PS3.10: "DICM" at byte 128) or is named .dcm or .ima; false for
/// a DICOMDIR, which is an index without an image, and for what cannot be read.
bool is_dicom_file(const std::filesystem::path& file);

/// The DICOM files directly in a folder, sorted by name. Refuses a folder that cannot be read; the second
/// form says so in `problem`.
std::vector<std::filesystem::path> dicom_files(const std::filesystem::path& folder);
std::vector<std::filesystem::path> dicom_files(const std::filesystem::path& folder, std::error_code& problem);

}  // namespace tazuna
